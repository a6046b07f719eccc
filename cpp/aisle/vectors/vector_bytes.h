#pragma once

/// Vectors in bytes, a quarter of their floats: a first look at many rows, in lists.
///
/// Data path   [retrieve] behind the exact and the IVF backend; the best few are rescored in floats
/// Threads     const methods may run together
/// Ownership   owns its bytes
/// Cost        dim bytes a row, read in order

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/base/dot.h"
#include "aisle/base/ids.h"
#include "aisle/vectors/vector_backend.h"

namespace aisle::vectors {

class VectorBytes {
 public:
  explicit VectorBytes(std::size_t dim) : dim_(dim), quads_((dim + 3) / 4) {}

  /// The next list: ids.size() rows of dim floats.
  void append_list(std::span<const ItemId> ids, const float* rows);

  /// Puts the query into work.bytes and empties work.shortlist for the rows to rescore.
  void prepare(const VectorQuery& query, VectorWorkspace& work) const;

  /// Offers the admitted rows of a list to work.shortlist. Scores lack the query's scale, which
  /// is the same for all rows.
  void scan(std::size_t list, const VectorQuery& query, VectorWorkspace& work) const;

 private:
  struct List {
    std::size_t first;  // row, a multiple of the block's
    std::size_t count;
  };

  std::size_t dim_;
  std::size_t quads_;
  std::vector<List> lists_;
  std::vector<std::int8_t> bytes_;  // laid out as Int8Blocks says; a list starts with a block
  std::vector<float> scales_;
  std::vector<ItemId> ids_;
};

}  // namespace aisle::vectors
