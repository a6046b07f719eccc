#pragma once

/// What is behind a VectorIndex: an immutable set of vectors that can be searched.
///
/// Data path   [retrieve] VectorIndex -> VectorBackend (exact, IVF, HNSW)
/// Threads     immutable once tuned: const methods may run together
/// Ownership   owns its vectors; find() lends a row for the life of the backend
/// Cost        see each backend; find() is one load

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/base/dot.h"
#include "aisle/base/ids.h"
#include "aisle/vectors/vector_delta.h"
#include "aisle/vectors/vector_workspace.h"

namespace aisle::vectors {

/// Vectors in rows, one behind the other; row r belongs to ids[r].
struct VectorRows {
  std::size_t dim = 0;
  std::vector<ItemId> ids;
  std::vector<float> values;

  [[nodiscard]] std::span<const float> row(std::size_t r) const noexcept {
    return std::span(values).subspan(r * dim, dim);
  }
};

/// One search as a backend sees it.
struct VectorQuery {
  std::span<const float> vector;
  std::size_t k;
  const Bitmap* allowed;     ///< null: everything
  double allowed_share;      ///< part of the items that `allowed` lets through, in (0, 1]
  const VectorDelta* newer;  ///< its items hide those of the backend
  std::size_t newer_rows;    ///< as many of them as this search sees

  [[nodiscard]] bool admits(ItemId item) const noexcept {
    return (allowed == nullptr || allowed->test(value_of(item))) && !is_replaced(item);
  }
  [[nodiscard]] bool is_replaced(ItemId item) const noexcept {
    return newer_rows != 0 && newer->newest(item, newer_rows) != VectorDelta::kNone;
  }
};

inline constexpr std::size_t kTile = 512;  ///< Rows scored before the best list is looked at.

/// Calls offer(place, score) for the rows that may enter work.best, by their float scores.
template <typename Offer>
void scan_rows(std::span<const float> query, const float* rows, std::size_t count,
               VectorWorkspace& work, Offer&& offer) {
  for (std::size_t first = 0; first < count; first += kTile) {
    const std::span<float> scores(work.scores.data(), std::min(kTile, count - first));
    dot_rows(query, rows + first * query.size(), scores);
    const std::size_t hits = places_above(scores, work.best.threshold(), work.places.data());
    for (std::size_t i = 0; i < hits; ++i) {
      offer(first + work.places[i], scores[work.places[i]]);
    }
  }
}

/// What a vector search may spend, and what that was measured to bring.
struct VectorEffort {
  std::size_t base = 0;    ///< probes (IVF) or beam (HNSW) for twenty results; 0: does not apply
  double growth = 0.5;     ///< it grows with (results / 20) to this power
  double recall = 1.0;     ///< recall@20 against the exact answer, measured at build
  double reach = 0.0;      ///< IVF: standard deviations a cell is trusted with, for twenty results;
                           ///< 0: `base` cells are visited, whatever they hold
  double far_reach = 0.0;  ///< what `reach` goes to when the results are few of many allowed, or
                           ///< when many are wanted
};

class VectorBackend {
 public:
  virtual ~VectorBackend() = default;
  VectorBackend(const VectorBackend&) = delete;
  VectorBackend& operator=(const VectorBackend&) = delete;

  /// Offers what it finds to work.best.
  virtual void search(const VectorQuery& query, VectorWorkspace& work) const = 0;
  /// The same vectors with those of `newer` added or in place of theirs.
  [[nodiscard]] virtual std::unique_ptr<VectorBackend> folded(const VectorDelta& newer) const = 0;
  [[nodiscard]] virtual std::vector<std::uint8_t> to_bytes() const = 0;
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;

  /// The vector of an item, or null.
  [[nodiscard]] const float* find(ItemId item) const noexcept {
    return value_of(item) < places_.size() ? places_[value_of(item)] : nullptr;
  }
  /// One past the largest item number.
  [[nodiscard]] std::size_t item_end() const noexcept { return places_.size(); }

  /// The effort that leaves nothing out; 0 where there is nothing to choose.
  [[nodiscard]] virtual std::size_t max_effort() const noexcept = 0;
  [[nodiscard]] const VectorEffort& effort() const noexcept { return effort_; }
  void set_effort(const VectorEffort& effort) noexcept { effort_ = effort; }

 protected:
  VectorBackend() = default;

  /// More results, and the same results out of fewer allowed items, lie further apart.
  [[nodiscard]] static double twenties_of(const VectorQuery& query) noexcept {
    return std::max(static_cast<double>(query.k) / 20.0, 1.0) / query.allowed_share;
  }
  [[nodiscard]] float reach_for(const VectorQuery& query) const noexcept {
    const double share = 1.0 / twenties_of(query);
    return static_cast<float>(share * effort_.reach + (1.0 - share) * effort_.far_reach);
  }
  [[nodiscard]] std::size_t effort_for(const VectorQuery& query) const noexcept {
    const double effort =
        static_cast<double>(effort_.base) * std::pow(twenties_of(query), effort_.growth);
    return static_cast<std::size_t>(
        std::clamp(std::ceil(effort), 1.0, static_cast<double>(max_effort())));
  }

  /// The floats of what the bytes put on work.shortlist, to work.best.
  void rescore(const VectorQuery& query, VectorWorkspace& work) const {
    const auto shortlist = work.shortlist.unsorted();
    for (const Candidate& candidate : shortlist) {
      for (std::size_t i = 0; i < query.vector.size(); i += 16) {
        __builtin_prefetch(find(candidate.item) + i);
      }
    }
    for (const Candidate& candidate : shortlist) {
      const std::span row(find(candidate.item), query.vector.size());
      work.best.push({candidate.item, dot(query.vector, row)});
    }
  }

  void place(ItemId item, const float* row) {
    if (value_of(item) >= places_.size()) places_.resize(value_of(item) + std::size_t{1}, nullptr);
    places_[value_of(item)] = row;
  }

 private:
  std::vector<const float*> places_;  // by item number, into the backend's own storage
  VectorEffort effort_;
};

}  // namespace aisle::vectors
