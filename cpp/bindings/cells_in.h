#pragma once

/// Arrays and lists of Python as cells of a column, all checked before the first is written.
///
/// Data path   fit, update_items -> [cells in] -> catalog
/// Threads     needs the GIL, which makes its holder the catalogue's one writer
/// Ownership   borrows for the call
/// Cost        a few ns a number or code; a text or list what the conversion of it costs

#include <cstdint>
#include <string>

#include "aisle/catalog/catalog.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {

/// The codes of another table, and what they mean there.
struct Words {
  const catalog::Dictionary* words = nullptr;  ///< null: the values are no codes
  const catalog::LabelSets* sets = nullptr;    ///< of labels
};

/// Writes a column's cells of some items. The values are what the kind takes: a list, an array, or
/// codes of `words`.
/// @throws DataError naming column, row and value; UnknownNameError for the column.
void update_cells(catalog::Catalog& catalog, const In<std::uint32_t>& items,
                  const std::string& name, const py::object& values, const Words& words);

}  // namespace aisle::bindings
