#pragma once

/// The newest events of every live visitor, bounded per visitor and in all.
///
/// Data path   observe -> [session] -> retrieve -> score -> rerank
/// Threads     every method may run beside every other; each holds the lock of one shard
/// Ownership   owns its events and visitor ids; recent() copies out, no view outlives a lock
/// Cost        append() one wait for memory, and a second one when the newest five events go to
///             their ring; recent() O(max_events)

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/base/hash.h"

namespace aisle::session {

/// Events before minus this or after this (the year 3111) do not fit into memory's 56 bits.
inline constexpr Timestamp kLatest = (Timestamp{1} << 55U) - 1;

struct SessionStoreOptions {
  std::size_t max_events = 50;         ///< Per visitor; the oldest makes room. 4 to 1024.
  Timestamp idle_gap = 30 * kMinute;   ///< A longer pause begins a new session.
  Timestamp time_to_live = 30 * kDay;  ///< A visitor idle for longer is dropped.
  Timestamp max_lateness = kHour;      ///< Older than the visitor's newest by more: refused.
  Timestamp max_future = 5 * kMinute;  ///< Later than the clock by more: refused.
  std::size_t memory_limit = std::size_t{1} << 30U;  ///< Bytes; the idlest visitors go first.
  std::size_t shards = 64;  ///< Power of two; more shards, less contention.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

/// What became of an event. None of these is an error: streams repeat, reorder and arrive late.
enum class AppendOutcome : std::uint8_t {
  accepted,   ///< The visitor's newest event.
  reordered,  ///< Late within max_lateness: put in its place in time.
  duplicate,  ///< Same visitor, item, type and time (or event id) as before: counted once.
  late,       ///< Older than max_lateness allows: refused.
  future,     ///< Later than the clock allows: refused.
  stale,      ///< The caller's item numbers are of an older model: nothing done, look up again.
};
inline constexpr std::size_t kAppendOutcomes = 5;  ///< Those that a stream can have: without stale.

/// A visitor's id with its hash, made once for each call.
struct Visitor {
  explicit Visitor(std::string_view name) noexcept : Visitor(name, hash_bytes(name, 0x5e55)) {}
  Visitor(std::string_view name, std::uint64_t known_hash) noexcept : id(name), hash(known_hash) {}
  std::string_view id;
  std::uint64_t hash;
};

/// What the learners need to know of the session an event came into: the events before it, oldest
/// first, at most kLength of them.
struct Tail {
  static constexpr std::size_t kLength = 10;
  std::array<Event, kLength> events;
  std::size_t count = 0;
  [[nodiscard]] std::span<const Event> before() const { return std::span(events).first(count); }
};

/// Whether the visitor was shown what they clicked, by the events that are kept of them.
enum class Impression : std::uint8_t {
  not_asked,  ///< No click, or nobody asked for a Tail.
  none,       ///< None of the item is kept.
  fresh,      ///< The newest one has no click but this.
  clicked,    ///< It had one before.
};

struct Appended {
  AppendOutcome outcome = AppendOutcome::accepted;
  bool is_new_session = false;
  bool is_second = false;  ///< The second event of its session.
  Impression impression = Impression::not_asked;
  std::uint32_t act = 0;  ///< Its number among its session's acts; 0: another line of one, or none.
  std::uint64_t session_number = 0;  ///< Counts up; one for each session that began here.
};

/// Whether two events in a row are one thing that somebody did: the lines of one order.
[[nodiscard]] constexpr bool is_one_act(const Event& before, const Event& after) noexcept {
  const bool comes_alone = after.type == EventType::view || after.type == EventType::click ||
                           after.type == EventType::search;
  return !comes_alone && before.type == after.type && after.time - before.time <= kSecond;
}

/// A copy of what is known of one visitor.
struct Recent {
  std::vector<Event> events;         ///< Oldest first; keeps its capacity between calls.
  std::size_t session_begin = 0;     ///< events[session_begin..] is the running session.
  std::uint64_t session_number = 0;  ///< 0: the running session is in no index.
  bool is_stale = false;             ///< The caller's model is older than the store's item numbers.
  [[nodiscard]] std::span<const Event> session() const {
    return std::span(events).subspan(session_begin);
  }
};

class PiecePool;
struct Record;

class SessionStore {
 public:
  explicit SessionStore(const SessionStoreOptions& options);
  ~SessionStore();
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  /// Adds one event. `now` is the clock that "future" is measured against; `session_key` is 0 or a
  /// hash of the shop's own session id, and then sessions follow it instead of idle_gap.
  /// `tail`, where given, receives the session's events before this one.
  /// `generation` says which model the event's item number is of (see renumber()).
  Appended append(const Visitor& visitor, const Event& event, Timestamp now,
                  std::uint32_t session_key = 0, Tail* tail = nullptr,
                  std::uint32_t generation = 0);

  /// Fetches the cache lines of the visitor with this hash ahead of append(): for batches.
  void prefetch(std::uint64_t visitor_hash) const noexcept;

  /// Copies the visitor's events into `out`; false, and `out` empty, when there are none at `now`.
  bool recent(const Visitor& visitor, Timestamp now, Recent& out,
              std::uint32_t generation = 0) const;

  /// Erases the visitor; returns whether there was anything.
  bool forget(const Visitor& visitor);

  /// Drops the visitors idle for longer than time_to_live at `now`; returns how many.
  std::size_t expire(Timestamp now);

  /// A model swap in two steps, while events and requests go on. First announce_renumbering(), then
  /// publish the model of `generation`, then finish_renumbering(). A shard is renumbered by whoever
  /// comes first with the new generation; who still comes with the old one is told `stale`.
  void announce_renumbering(std::vector<ItemId> new_item_of, std::uint32_t generation);
  void finish_renumbering();

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] std::uint64_t evicted() const noexcept {
    return evicted_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const SessionStoreOptions& options() const noexcept { return options_; }

 private:
  struct Shard;
  [[nodiscard]] Shard& shard_of(std::uint64_t visitor_hash) const noexcept;
  bool is_current(Shard& shard, std::uint32_t generation) const;
  [[nodiscard]] bool is_other_session(const Record& record, const Event& event,
                                      std::uint32_t session_key) const noexcept;
  Timestamp reach_of(const Record& record, std::uint32_t session_key) const noexcept;
  template <class Goes>
  void drop(Shard& shard, const Goes& goes);
  void keep_to_limit(Shard& shard, const Visitor& active);

  SessionStoreOptions options_;
  std::unique_ptr<PiecePool> pieces_;  // the memory of all shards
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<ItemId> new_item_of_;  // written before generation_ is raised, then only read
  std::uint32_t generation_ = 0;
  std::atomic<std::uint64_t> next_session_{1};
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace aisle::session
