#pragma once

/// The records of a shard in order of their tags, each at its home or as near behind it as can be.
///
/// Data path   session, inside the store only
/// Threads     none of its own: the shard's lock guards it
/// Ownership   owns its records; their memory is the store's, in pieces. A record's address holds
///             until the next insert() or erase()
/// Cost        find() one wait for memory, most often; growing is spread over the inserts
///
/// An ordered hash table (Amble and Knuth 1974, "Ordered hash tables", The Computer Journal 17) with
/// linear probing and a home that rises with the tag. So it can grow where it lies: from its end
/// backwards the records move to their new homes, a few with each insert, and the tags from
/// `frontier_` on have moved. It shrinks the same way from its beginning. No event waits for more.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aisle/session/pieces.h"
#include "aisle/session/record.h"

namespace aisle::session {

class Table {
 public:
  explicit Table(PiecePool& pieces) noexcept : pieces_(pieces) {}

  [[nodiscard]] Record* find(std::uint32_t tag, const InlineId& id) const noexcept;

  /// The record that was active the longest time ago, of those with this tag: nearly always the
  /// only one. Null when there is none.
  [[nodiscard]] Record* idlest(std::uint32_t tag) const noexcept;

  /// Both lines of the tag's home, and the first of the place behind it.
  void prefetch(std::uint32_t tag) const noexcept;

  /// A new record, with its tag and id; it must not be there yet.
  Record& insert(std::uint32_t tag, const InlineId& id);

  /// Takes the record out and wipes what is left of it.
  void erase(const Record& record);

  template <class Each>
  void for_each(const Each& each) {
    for (Record* const page : pages_) {
      for (std::size_t i = 0; page != nullptr && i < kPage; ++i) {
        if (page[i].tag != 0) each(page[i]);
      }
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return live_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return high_ * sizeof(Record); }
  /// What bytes() will not exceed for so many records, whatever came and went before.
  [[nodiscard]] static constexpr std::size_t most_bytes(std::size_t records) noexcept {
    return (2 * kLeast + records * 7 / 4) * sizeof(Record);
  }

 private:
  static constexpr std::size_t kPage = PiecePool::kPiece / sizeof(Record);
  static constexpr std::size_t kLeast = 8;   // homes
  static constexpr std::size_t kSteps = 64;  // places looked at by one insert() or erase()
  static constexpr std::uint64_t kAllTags = std::uint64_t{1} << 32U;
  enum class Motion : std::uint8_t { none, growing, shrinking };

  [[nodiscard]] std::size_t home(std::uint64_t tag) const noexcept {
    return (tag * (tag < frontier_ ? low_ : high_)) >> 32U;
  }
  [[nodiscard]] std::size_t end() const noexcept { return pages_.size() * kPage; }
  [[nodiscard]] bool is_taken(std::size_t place) const noexcept {
    return place < end() && pages_[place / kPage] != nullptr && at(place).tag != 0;
  }
  [[nodiscard]] Record& at(std::size_t place) const noexcept {
    return pages_[place / kPage][place % kPage];
  }

  [[nodiscard]] std::size_t first_of(std::uint32_t tag) const noexcept;
  Record& make_place(std::size_t place);
  std::size_t put(const Record& record);
  void take_out(std::size_t place);
  void begin_motion();
  void go_on();
  void move_up();
  void move_down();
  void settle();

  PiecePool& pieces_;
  std::vector<Record*> pages_;   // null where nobody has been yet
  std::uint64_t frontier_ = 0;   // tags below it live by low_, the others by high_
  std::uint64_t low_ = kLeast;   // homes before growing, or after shrinking
  std::uint64_t high_ = kLeast;  // homes after growing, or before shrinking
  std::size_t cursor_ = 0;       // the next place to move: downwards in growing, else upwards
  std::size_t live_ = 0;
  Motion motion_ = Motion::none;
};

}  // namespace aisle::session
