#pragma once

/// Past sessions, and for each item the sessions it is in, newest first.
///
/// Data path   fit -> [session index] -> session kNN, sequential rules
/// Threads     immutable: any number of readers
/// Ownership   SessionIndexData owns; SessionIndexView borrows from it or from a mapped bundle
/// Cost        4 bytes an event in the sessions, 4 in the postings, 6 a session; kept for models that
///             learn on, 1 and 4 an event more for types and times, and 12 a session

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/base/event.h"

namespace aisle::retrieve {

/// Rows of a log in their order: one column each, all of one length.
struct SessionRows {
  std::span<const std::uint32_t> session;  ///< Number of the session, 0 to session_count - 1.
  std::span<const ItemId> item;
  std::span<const Timestamp> time;
  std::span<const EventType> type;  ///< May be empty: then all events are alike.
  std::size_t session_count = 0;
  /// Settles which of two sessions with the same end is newer: the one of higher rank. May be
  /// empty: then the session's number decides.
  std::span<const std::uint32_t> session_rank;
  std::span<const std::uint32_t> session_visitor{};  ///< Whose each session is; may be empty.
};

struct SessionIndexOptions {
  std::size_t max_postings = 0;   ///< Newest sessions kept for each item; 0 keeps all.
  bool distinct_items = false;    ///< Keep the first of an item's occurrences in a session only.
  double longest_quantile = 1.0;  ///< Sessions longer than this quantile get no postings.
  bool keep_times = false;        ///< Of each event, from the session's first.
};

/// What a query reads. Session z's items are items[offsets[z] .. offsets[z + 1]), oldest first;
/// sessions are numbered from the oldest to the newest, by their last event.
struct SessionIndexView {
  std::span<const std::uint32_t> offsets;
  std::span<const ItemId> items;
  std::span<const std::uint16_t> distinct;         ///< Distinct items of each session.
  std::span<const std::uint32_t> posting_offsets;  ///< One more than there are items.
  std::span<const std::uint32_t> postings;         ///< Sessions of each item, newest first.
  std::span<const std::uint32_t> item_rows;        ///< Rows of each item in the whole log.
  std::span<const std::uint32_t> item_sessions;    ///< Sessions of each item in the whole log.
  std::uint64_t row_count = 0;                     ///< Rows of the whole log.
  std::span<const Timestamp> last_time{};          ///< Of each session; may be empty.

  [[nodiscard]] std::size_t session_count() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  [[nodiscard]] std::size_t item_count() const noexcept {
    return posting_offsets.empty() ? 0 : posting_offsets.size() - 1;
  }
  [[nodiscard]] std::span<const ItemId> session(std::uint32_t z) const noexcept {
    return items.subspan(offsets[z], offsets[z + 1] - offsets[z]);
  }
  [[nodiscard]] std::span<const std::uint32_t> sessions_of(ItemId item) const noexcept {
    const std::size_t i = value_of(item);
    if (i >= item_count()) return {};
    return postings.subspan(posting_offsets[i], posting_offsets[i + 1] - posting_offsets[i]);
  }

  /// @throws BundleError naming the array when an offset or a number is out of range.
  void validate() const;
};

struct SessionIndexData {
  std::vector<std::uint32_t> offsets;
  std::vector<ItemId> items;
  std::vector<std::uint16_t> distinct;
  std::vector<Timestamp> last_time;    ///< Of each session.
  std::vector<std::uint32_t> order;    ///< Its place in the log; not part of the view.
  std::vector<std::uint32_t> visitor;  ///< Of each session, where rows said; not part of the view.
  std::vector<EventType> types;  ///< Of each item, where rows had types; not part of the view.
  std::vector<float> seconds;    ///< Since the session's first event, where kept; nor this.
  std::vector<std::uint32_t> posting_offsets;
  std::vector<std::uint32_t> postings;
  std::vector<std::uint32_t> item_rows;
  std::vector<std::uint32_t> item_sessions;
  std::uint64_t row_count = 0;

  [[nodiscard]] SessionIndexView view() const noexcept;
};

/// Groups the rows by session (stably by time), orders the sessions by their last event, and builds
/// the postings. Rows with kNoItem are left out.
/// @throws ConfigError when the columns differ in length or a number is out of range.
[[nodiscard]] SessionIndexData build_session_index(const SessionRows& rows, std::size_t item_count,
                                                   const SessionIndexOptions& options);

/// Fills in what follows from the sessions alone: counts and postings.
void complete_session_index(SessionIndexData& index, std::size_t item_count,
                            const SessionIndexOptions& options);

/// The index of both logs, as if it had been built of them one after the other: sessions of `later`
/// are sessions of their own, and of two that ended at one time the newer.
/// @throws ConfigError when one of them has types, times or visitors and the other none.
[[nodiscard]] SessionIndexData merge_session_indexes(const SessionIndexData& earlier,
                                                     const SessionIndexData& later,
                                                     std::size_t item_count,
                                                     const SessionIndexOptions& options);

/// The index of sessions that were saved: offsets, items, last_time, order, and what else there was.
/// @throws BundleError naming the array that does not hold.
[[nodiscard]] SessionIndexData restore_session_index(SessionIndexData sessions,
                                                     std::size_t item_count,
                                                     const SessionIndexOptions& options);

}  // namespace aisle::retrieve
