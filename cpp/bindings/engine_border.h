#pragma once

/// What the three binding files of the engine share.

#include <optional>
#include <string_view>

#include "aisle/engine/engine.h"
#include "bindings.h"
#include "shop_ids.h"

namespace aisle::bindings {

/// Microseconds UTC of the system's clock.
[[nodiscard]] Timestamp clock_now();
/// An int is microseconds UTC, None is `now`; anything else is what aisle.events.times makes of it.
[[nodiscard]] Timestamp time_of(py::handle time, Timestamp now);

[[nodiscard]] inline std::string_view text_or_empty(const std::optional<IdText>& id) {
  return id && id->text() ? *id->text() : std::string_view{};
}

/// Each adds its methods to the class.
void add_recommend(py::module_& m, py::class_<engine::Engine>& engine);
void add_replay(py::class_<engine::Engine>& engine);

}  // namespace aisle::bindings
