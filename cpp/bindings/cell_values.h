#pragma once

/// One value of Python as a cell, and back: a code of a column, a set of labels, a number.
///
/// Data path   fit, update_items, update_item -> [cell values] -> catalog; -> [cell values] -> slate
/// Threads     needs the GIL, which makes its holder the catalogue's one writer
/// Ownership   borrows for the call
/// Cost        about 100 ns a value, once Python has it as an object

#include <cstdint>
#include <vector>

#include "aisle/catalog/catalog.h"
#include "bindings.h"

namespace aisle::bindings {

/// The values of a list, or of an array as Python has them.
py::list listed(const py::object& values);

/// The code of a category or text: a str, a whole number or None.
/// @throws DataError for anything else.
std::uint32_t code_of(catalog::Column& column, py::handle value);

/// The set of one row: a list, tuple, set or array of str and int, or None. Empty texts are left
/// out, as an empty text is no category.
/// @throws DataError for anything else.
std::uint32_t set_of(py::handle row, catalog::Dictionary& labels, catalog::LabelSets& sets);

/// The number of each row's set.
/// @throws DataError naming the row.
std::vector<std::uint32_t> encode_sets(const py::object& rows, catalog::Dictionary& labels,
                                       catalog::LabelSets& sets);

/// The value of one item's cell: a str, float, bool, datetime64, list of labels, or None for null.
[[nodiscard]] py::object value_of_cell(const catalog::Column& column, ItemId item);

/// Writes one item's cells, {"price": 9.5, "stock": 3}, if all of them fit. A time is an int of
/// microseconds, None is null.
/// @throws DataError naming attribute and value; UnknownNameError for an attribute there is not.
void set_cells(catalog::Catalog& catalog, std::uint32_t item, const py::dict& cells);

}  // namespace aisle::bindings
