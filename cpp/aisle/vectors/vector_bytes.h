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

  /// Puts the query into work.bytes and empties work.shortlist for the rows to rescore, 2k and
  /// `spare` of them: bytes are off by about 1 % of a typical score.
  void prepare(const VectorQuery& query, std::size_t spare, VectorWorkspace& work) const;

  [[nodiscard]] std::size_t block_count(std::size_t list) const noexcept {
    return (lists_[list].count + Int8Blocks::kRows - 1) / Int8Blocks::kRows;
  }

  /// Marks the rows of a list that `allowed` lets through, sixteen a lane; false: there is none.
  bool admit(std::size_t list, const Bitmap& allowed, std::uint16_t* lanes) const noexcept;

  /// Offers the rows of a list that `lanes` marks (null: all) to work.shortlist. Scores are
  /// work.byte_factor times the inner products.
  void scan(std::size_t list, const VectorQuery& query, const std::uint16_t* lanes,
            VectorWorkspace& work) const;

  /// The same scores of all rows of a list, to `out`.
  void score(std::size_t list, std::span<const std::int8_t> query, std::vector<float>& out) const;

  /// Sends for the beginning of what scan() and admit() will read.
  void prefetch(std::size_t list) const noexcept;
  void prefetch_ids(std::size_t list) const noexcept;

 private:
  struct List {
    std::size_t first;  // row, a multiple of the block's
    std::size_t count;
  };
  [[nodiscard]] Int8Blocks blocks(std::size_t first, std::size_t count) const noexcept;

  std::size_t dim_;
  std::size_t quads_;
  std::vector<List> lists_;
  std::vector<std::int8_t> bytes_;  // laid out as Int8Blocks says; a list starts with a block
  std::vector<float> scales_;
  std::vector<ItemId> ids_;
};

}  // namespace aisle::vectors
