#pragma once

/// What is counted of each visitor, bounded: the idle ones go.
///
/// Data path   observe -> [visitor table] -> read, profile
/// Threads     every method may run beside every other; each holds the lock of one shard; an event on
///             its way while its visitor is forgotten stays out
/// Ownership   owns its visitors; copy() copies out
/// Cost        count() a look-up and a few ns a counter; copy() some hundred bytes

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "aisle/features/plan.h"
#include "aisle/features/row_table.h"

namespace aisle::features {

/// The visitor's events of one value of a column.
struct ShareCell {
  Key key = 0;
  std::array<Word, DecayCell::kWords> sum{};
  std::size_t track = 0;
};
/// The visitor's last event on one item.
struct TouchCell {
  Key key = 0;
  Word last = 0;
  std::size_t track = 0;
};

struct VisitorState {
  bool has_events = false;
  Timestamp newest = 0;
  Timestamp session_begin = 0;
  std::uint32_t session_key = 0;
  std::vector<Word> row;  ///< By the plan's visitor layout.
  std::vector<ShareCell> shares;
  std::vector<TouchCell> touched;
};

/// One event as the tables take it.
struct Counted {
  Key visitor = 0;
  Key row = 0;  ///< Of the stretch of the visitor's time that the event is of.
  Key item = 0;
  EventType type = EventType::view;
  Timestamp time = 0;
  std::uint32_t session_key = 0;  ///< 0: sessions are cut at pauses.
  double log_price = Layout::kNoAmount;
  const std::vector<Key>* values = nullptr;  ///< The item's, by column; 0: none.
};

/// What is counted of a stretch of a visitor's time. It belongs to a person whole, or, where it holds
/// events from `until` on, not at all: who had a device then can't be told apart any more.
struct Stretch {
  Key row = 0;
  Timestamp until = std::numeric_limits<Timestamp>::max();
};

/// How far ahead of its event memory is brought on its way: first where a row is, then the row.
enum class Ahead : std::uint8_t { far, middle, near };

class VisitorTable {
 public:
  explicit VisitorTable(const Plan& plan);
  ~VisitorTable();
  VisitorTable(const VisitorTable&) = delete;
  VisitorTable& operator=(const VisitorTable&) = delete;

  /// To be taken before the event goes anywhere: what forget() erases from then on stays erased.
  [[nodiscard]] std::uint32_t ticket(Key visitor) const noexcept {
    return forgotten_[visitor % kForgotten].load(std::memory_order_acquire);
  }
  void count(const Counted& event, std::uint32_t ticket);

  /// For batches: called far, middle and near before count().
  void prefetch(Key row, Ahead ahead) const noexcept;

  /// Copies what is known at `now`; false, and zeros, when that is nothing.
  bool copy(Key row, Timestamp now, VisitorState& out) const;
  /// The same of several stretches together: sums are added, of times the newest holds.
  bool copy(std::span<const Stretch> stretches, Timestamp now, VisitorState& one,
            VisitorState& out) const;
  /// A visitor of whom nothing is known.
  void clear(VisitorState& state) const;
  /// Takes an event into a state that lies in no table.
  void add(VisitorState& state, const Counted& event) const;

  /// Erases a row of the visitor; returns whether there was anything.
  bool forget(Key visitor, Key row);
  /// Drops the visitors who have been idle for too long at `now`; returns how many.
  std::size_t expire(Timestamp now);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Node;
  struct Shard;
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kForgotten = 4096;  // who shares a count loses an event on its way
  [[nodiscard]] Shard& shard_of(Key visitor) const noexcept;
  void join(VisitorState& all, const VisitorState& one) const;
  void add_share(VisitorState& state, std::size_t track, Key value, const Counted& event) const;
  void touch(VisitorState& state, std::size_t track, const Counted& event) const;

  const Plan& plan_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<std::atomic<std::uint32_t>[]> forgotten_;
};

}  // namespace aisle::features
