#pragma once

/// Scratch of one thread's vector searches, and the best-k list they fill.
///
/// Data path   [retrieve]
/// Threads     one workspace a thread
/// Ownership   owns its buffers; they grow to the largest search and stay
/// Cost        no allocation once warm; a push is O(log k), a refused one O(1)

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/base/candidate.h"

namespace aisle::vectors {

/// The best `limit` candidates of those offered, in the house's order (ranks_before).
class TopCandidates {
 public:
  void reset(std::size_t limit) {
    limit_ = limit;
    heap_.clear();
    heap_.reserve(limit);
  }

  void push(const Candidate& candidate) {
    if (heap_.size() < limit_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end(), ranks_before);
    } else if (limit_ != 0 && ranks_before(candidate, heap_.front())) {
      replace_last(candidate);
    }
  }

  /// No candidate below this score can enter; minus infinity until the list is full.
  [[nodiscard]] float threshold() const noexcept {
    return is_full() && limit_ != 0 ? heap_.front().score : -std::numeric_limits<float>::infinity();
  }
  [[nodiscard]] bool is_full() const noexcept { return heap_.size() == limit_; }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

  /// Best first. Only reset() may follow.
  [[nodiscard]] std::span<const Candidate> sorted() {
    std::sort_heap(heap_.begin(), heap_.end(), ranks_before);
    return heap_;
  }
  /// In no order.
  [[nodiscard]] std::span<const Candidate> unsorted() const noexcept { return heap_; }

 private:
  // The root ranks last: one sift-down instead of pop_heap's and push_heap's two walks.
  void replace_last(const Candidate& candidate) noexcept {
    std::size_t hole = 0;
    for (std::size_t child = 1; child < limit_; child = 2 * hole + 1) {
      if (child + 1 < limit_ && ranks_before(heap_[child], heap_[child + 1])) ++child;
      if (ranks_before(heap_[child], candidate)) break;
      heap_[hole] = heap_[child];
      hole = child;
    }
    heap_[hole] = candidate;
  }

  std::vector<Candidate> heap_;
  std::size_t limit_ = 0;
};

struct VectorWorkspace {
  Bitmap allowed;                      ///< the filter, as it was when the search began
  TopCandidates best;                  ///< what the search is for
  TopCandidates shortlist;             ///< exact, IVF: the best by bytes; HNSW: the beam
  TopCandidates lists;                 ///< IVF: the cells to visit, a cell's number for the item's
  std::vector<Candidate> frontier;     ///< HNSW: still to expand
  std::vector<std::uint32_t> visited;  ///< HNSW: a stamp a row
  std::uint32_t stamp = 0;
  std::vector<float> query;        ///< the query, normalised where the index is
  std::vector<std::int8_t> bytes;  ///< the query again
  float byte_factor = 0.0F;        ///< bytes over query
  std::vector<float> scores;
  std::vector<std::uint32_t> places;
  std::vector<std::uint16_t> lanes;  ///< exact, IVF: rows that the filter lets through
  std::vector<float> bounds;         ///< IVF: what each cell may reach
  std::vector<std::uint32_t> cells;  ///< IVF: the cells of a band of bounds
  float band = 0.0F;                 ///< IVF: the cells at or above it were visited
  float band_step = 0.0F;
  std::size_t cells_visited = 0;  ///< IVF: by the last search
};

}  // namespace aisle::vectors
