#pragma once

/// What the four binding files of the engine share.

#include <array>
#include <optional>
#include <string_view>

#include "aisle/engine/engine.h"
#include "bindings.h"
#include "shop_ids.h"

namespace aisle::bindings {

/// Microseconds UTC of the system's clock.
[[nodiscard]] Timestamp clock_now();
/// Where the system's clock was set back since the state's last event, it goes on from that one.
void carry_clock_on(const engine::Engine& engine);
/// An integer is microseconds UTC, none before 1990; None is `now`; anything else is what aisle.events.times makes of it.
[[nodiscard]] Timestamp time_of(py::handle time, Timestamp now);

inline constexpr std::array<const char*, engine::kObserved> kObservedNames = {
    "accepted", "reordered", "duplicate", "late", "future", "item_limit", "no_consent"};

/// The id of an argument: what is none is bad data, whatever its type.
class GivenId : public IdText {
 public:
  explicit GivenId(py::handle id) try : IdText(id) {
  } catch (const py::type_error& error) {
    throw DataError(error.what());
  }
};

template <class Id>
[[nodiscard]] std::string_view text_or_empty(const std::optional<Id>& id) {
  return id && id->text() ? *id->text() : std::string_view{};
}

/// @throws ConfigError for a name that is none, with the near one.
[[nodiscard]] EventType event_type_of(std::string_view name);
/// A dict for each item of the slate.
/// @throws ConfigError where the request did not ask for an explanation.
[[nodiscard]] py::list explanations_of(const slate::Slate& slate);
/// Each item's values of these columns, {"price": 9.5, "title": None}, as they are now.
/// @throws UnknownNameError for a column that there is not.
[[nodiscard]] py::list attributes_of(const slate::Slate& slate, const catalog::View& catalog,
                                     const std::vector<std::string>& names);
/// All of it but the reason, whose names the caller has.
[[nodiscard]] py::dict verdict_of(const slate::Verdict& verdict);

/// Each adds its methods to the class.
void add_observe(py::class_<engine::Engine>& engine);
void add_recommend(py::module_& m, py::class_<engine::Engine>& engine);
void add_replay(py::class_<engine::Engine>& engine);
void add_outcomes(py::class_<engine::Engine>& engine);
void add_features(py::class_<engine::Engine>& engine);
void add_exploring(py::class_<live::Strategy>& strategy);

}  // namespace aisle::bindings
