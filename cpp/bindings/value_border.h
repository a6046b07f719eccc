#pragma once

/// What the shop gains, across the border: the parts of strategy, engine and slate that the value
/// room knows.

#include "aisle/engine/engine.h"
#include "bindings.h"

namespace aisle::bindings {

void add_value(py::class_<live::Strategy>& strategy);
void add_offers(py::class_<engine::Engine>& engine);
/// place from 0 -> (name, discount, price before, price after)
[[nodiscard]] py::dict offers_made(const slate::Slate& slate);

}  // namespace aisle::bindings
