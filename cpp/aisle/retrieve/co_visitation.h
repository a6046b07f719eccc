#pragma once

/// Which items are met in one session, and in which order: co-visitation and sequential rules.
///
/// Data path   fit -> [co-visitation] <- observe; -> retrieve
/// Threads     the table is immutable; live rows are read and written under the lock of a stripe of
///             items, so a reader sees a row before or after an event, never in between
/// Ownership   CoVisitationData owns, CoVisitationView borrows (from it or from a mapped bundle);
///             LiveCoVisitation owns its rows, at most `neighbours` an item
/// Cost        a query reads a row for each of the session's last items; an event writes two rows
///             for each item before it

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/retrieve/item_scores.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/trending.h"

namespace aisle::retrieve {

struct CoVisitationOptions {
  std::size_t neighbours = 48;      ///< Kept for each item.
  std::size_t max_sessions = 1000;  ///< Newest sessions of an item that count (in fit).
  std::size_t distance = 10;        ///< Steps within a session that still make a pair; at most 10.
  Timestamp half_life = 30 * kDay;  ///< After this long a pair counts half; 0: for ever.
  std::size_t k_anonymity = 1;      ///< Visitors that must have made a pair; 1: anybody.
  std::array<float, kEventTypes> type_weight = {1, 2, 0, 3, 0, 0, 0, 1, 1, 0, 0};

  void validate() const;
};

/// How rows become scores (one source each).
struct CoVisitationQuery {
  std::size_t last_items = 8;  ///< Distinct items of the session, newest first.
  double step_decay = 0.7;     ///< Weight of the j-th of them: step_decay^j.
  double backward = 0.5;       ///< Weight of "seen before" beside 1 for "seen after".
  double item_power = 0.5;     ///< Row divided by (sessions of its item)^item_power.
  double popularity_power =
      0.2;  ///< Score divided by (count of the candidate + 1)^popularity_power.
};

struct CoVisitationView {
  std::span<const std::uint32_t> offsets;  ///< One more than there are items.
  std::span<const ItemId> items;
  std::span<const float> forward;   ///< Weight of "items[i] came after".
  std::span<const float> backward;  ///< Weight of "items[i] came before".

  [[nodiscard]] std::size_t item_count() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  void validate() const;
  [[nodiscard]] bool has(ItemId of, ItemId other) const noexcept;
};

struct CoVisitationData {
  std::vector<std::uint32_t> offsets;
  std::vector<ItemId> items;
  std::vector<float> forward;
  std::vector<float> backward;
  [[nodiscard]] CoVisitationView view() const noexcept {
    return {offsets, items, forward, backward};
  }
};

/// Counts the pairs of each item's newest sessions and keeps its strongest neighbours; of those
/// alone that enough visitors made.
/// @throws ConfigError for options, and where k_anonymity asks for visitors that the index lacks.
[[nodiscard]] CoVisitationData build_co_visitation(const SessionIndexData& index,
                                                   const CoVisitationOptions& options);

/// The table of an index that grew: rows of items that are in none of the `later` sessions are
/// those of `before`, where pairs do not fade.
[[nodiscard]] CoVisitationData extend_co_visitation(const CoVisitationView& before,
                                                    const SessionIndexData& index,
                                                    const SessionIndexData& later,
                                                    const CoVisitationOptions& options);

/// The pairs of what was observed since the table was built.
class LiveCoVisitation {
 public:
  /// `origin`: the time at which a live pair weighs as much as one of the table's newest. `among`:
  /// the only pairs that are learned, borrowed; null: all.
  LiveCoVisitation(const CoVisitationOptions& options, Timestamp origin,
                   const CoVisitationView* among = nullptr);

  /// The session's events before (oldest first) and the new one.
  void observe(std::span<const Event> before, const Event& event);

  struct Pair {
    ItemId item = kNoItem;
    float forward = 0.0F;
    float backward = 0.0F;
  };
  /// Copies the row of `item` into `out`; returns how many.
  std::size_t row(ItemId item, std::span<Pair> out) const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] const CoVisitationOptions& options() const noexcept { return options_; }

 private:
  struct Row {
    std::vector<Pair> pairs;
  };
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    std::vector<Row> rows;  // item / kStripes
  };
  static constexpr std::size_t kStripes = 1024;
  void add(ItemId of, ItemId other, float forward, float backward);

  CoVisitationOptions options_;
  Timestamp origin_;
  const CoVisitationView* among_;
  std::unique_ptr<Stripe[]> stripes_;
  std::atomic<std::size_t> pair_bytes_{0};
};

/// One query over the table and the live rows; either may be absent.
struct CoVisitation {
  CoVisitationView table;
  const LiveCoVisitation* live = nullptr;
  const Trending* counts = nullptr;

  void score(std::span<const ItemId> session, std::size_t item_count,
             const CoVisitationQuery& query, ItemScores& scores) const;
};

}  // namespace aisle::retrieve
