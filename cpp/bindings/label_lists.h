#pragma once

/// Sets of labels as Python lists.

#include <cstdint>

#include "aisle/catalog/dictionary.h"
#include "aisle/catalog/label_sets.h"
#include "bindings.h"

namespace aisle::bindings {

/// A list of the texts of each set, in the order in which the labels were first seen, or None.
py::array label_lists(const catalog::LabelSets& sets, const catalog::Dictionary& labels,
                      const py::array_t<std::uint32_t>& codes);

}  // namespace aisle::bindings
