#pragma once

/// What was told of items while the engine serves: it is newer than any bundle.
///
/// Data path   update_items -> [updates] -> catalog; swap carries it into the next model's
/// Threads     one at a time; readers of the catalogue may run beside it
/// Ownership   remembers which cells were written; their values lie in the catalogue
/// Cost        one bit an item for each column that was ever written; writing a few ns a cell

#include <map>
#include <span>
#include <string>
#include <vector>

#include "aisle/catalog/catalog.h"

namespace aisle::engine {

class Updates {
 public:
  /// Writes every cell of `told` to the item of the same id in `live`; new items are added.
  /// @throws ConfigError when a column is there with another kind, or there are too many; nothing
  /// is written then.
  void write(const catalog::Catalog& told, catalog::Catalog& live);

  /// Writes the same cells into the catalogue of a new model, where item i of `from` is
  /// `new_item_of[i]`, and returns what is remembered of it.
  /// @throws ConfigError as write(); `to` is to be thrown away then.
  [[nodiscard]] Updates carry_over(const catalog::Catalog& from,
                                   std::span<const ItemId> new_item_of, catalog::Catalog& to) const;

 private:
  std::map<std::string, std::vector<bool>> written_;  // by column; a bit for each item
};

}  // namespace aisle::engine
