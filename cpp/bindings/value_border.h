#pragma once

/// What the shop gains, across the border: the parts of a strategy that the value room knows.

#include "aisle/live/strategy.h"
#include "bindings.h"

namespace aisle::bindings {

void add_value(py::class_<live::Strategy>& strategy);

}  // namespace aisle::bindings
