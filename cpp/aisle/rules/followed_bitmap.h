#pragma once

/// The items for which a condition holds, as a bitmap that follows the catalogue.
///
/// Data path   condition on columns -> [followed bitmap] -> retrieve, rerank
/// Threads     get() from any thread, beside the catalogue's one writer; a lock for look and mend
/// Ownership   shares the program, borrows the catalogue, which outlives it; lends its bitmap
/// Cost        get() a lock and a counter a column; a changed cell one test; else a pass over all

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/catalog/catalog.h"
#include "aisle/expression/evaluation.h"

namespace aisle::rules {

class FollowedBitmap {
 public:
  /// `program` depends on nothing but items.
  FollowedBitmap(std::shared_ptr<const expression::Program> program,
                 const catalog::Catalog& catalog);

  /// The bitmap with every change that was made before the call. It may gain and lose bits while
  /// it is held: those of later changes.
  [[nodiscard]] std::shared_ptr<const Bitmap> get();

 private:
  void make(std::size_t items);
  void add_items(std::size_t items);
  bool mend();

  std::shared_ptr<const expression::Program> program_;
  const catalog::Catalog& catalog_;
  std::vector<const catalog::Column*> columns_;
  std::mutex mutex_;
  std::shared_ptr<Bitmap> bitmap_;   // longer than the catalogue, so that new items find room
  std::size_t covered_ = 0;          // items that were judged
  std::vector<std::uint64_t> seen_;  // changes of each column that were taken in
  expression::Evaluation evaluation_;
};

}  // namespace aisle::rules
