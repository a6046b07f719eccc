#pragma once

/// One attribute of every item, typed; unset is null.
///
/// Data path   catalog -> score (affinities), rerank (limits), filters
/// Threads     cells are atomic: any reader beside one writer sees a whole cell, old or new
/// Ownership   owns its cells and, where they are codes, the dictionary and the sets of their values
/// Cost        two loads a cell; 4 bytes a category, text, flag or set of labels, 8 a number or time

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "aisle/base/chunked.h"
#include "aisle/base/ids.h"
#include "aisle/catalog/changes.h"
#include "aisle/catalog/dictionary.h"
#include "aisle/catalog/label_sets.h"

namespace aisle::catalog {

/// The numbers are part of the bundle format: append, never reorder.
enum class AttributeKind : std::uint8_t { category, number, flag, text, time, labels };
inline constexpr std::size_t kAttributeKinds = 6;

[[nodiscard]] std::string_view name_of(AttributeKind kind) noexcept;
[[nodiscard]] std::optional<AttributeKind> kind_of(std::string_view name) noexcept;
/// For messages: "a number", "a set of labels".
[[nodiscard]] std::string described(AttributeKind kind);

inline constexpr std::uint32_t kNullCode = std::numeric_limits<std::uint32_t>::max();
inline constexpr double kNullNumber = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::uint8_t kNullFlag = 2;  ///< besides 0 (no) and 1 (yes)
inline constexpr Timestamp kNullTime = std::numeric_limits<Timestamp>::min();

class Column {
 public:
  /// `values` are those of categories, texts and labels, `sets` those of labels; none means none
  /// yet.
  Column(std::string name, AttributeKind kind, std::shared_ptr<Dictionary> values = nullptr,
         std::shared_ptr<LabelSets> sets = nullptr);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] AttributeKind kind() const noexcept { return kind_; }
  /// True for categories and texts: the code of an item is that of its one value.
  [[nodiscard]] bool has_codes() const noexcept { return values_ != nullptr && sets_ == nullptr; }

  // Readers: any item may be asked for. A reader of another kind than the column's gives null.
  // The code of labels is that of a set: sets()->labels(code) are the codes of its labels.
  [[nodiscard]] std::uint32_t code(ItemId item) const noexcept {
    return values_ != nullptr ? narrow(item) ^ kNullCode : kNullCode;
  }
  [[nodiscard]] double number(ItemId item) const noexcept {
    return kind_ == AttributeKind::number ? std::bit_cast<double>(wide(item) ^ kNanBits)
                                          : kNullNumber;
  }
  [[nodiscard]] std::uint8_t flag(ItemId item) const noexcept {
    return kind_ == AttributeKind::flag ? static_cast<std::uint8_t>(narrow(item) ^ kNullFlag)
                                        : kNullFlag;
  }
  [[nodiscard]] Timestamp time(ItemId item) const noexcept {
    return kind_ == AttributeKind::time ? std::bit_cast<Timestamp>(wide(item) ^ kNullTimeBits)
                                        : kNullTime;
  }
  /// The same for items of one block of kNear, the first of which is a multiple of it: `out[i]` is
  /// of items[i].
  static constexpr std::size_t kNear = 256;
  void codes_near(std::span<const ItemId> items, std::uint32_t* out) const noexcept {
    read_near(narrow_.get(), items, out, [](std::uint32_t cell) { return cell ^ kNullCode; });
  }
  void numbers_near(std::span<const ItemId> items, double* out) const noexcept {
    read_near(wide_.get(), items, out,
              [](std::uint64_t cell) { return std::bit_cast<double>(cell ^ kNanBits); });
  }
  /// The text of a category or text; empty where null.
  [[nodiscard]] std::string_view text(ItemId item) const noexcept {
    const std::uint32_t found = has_codes() ? code(item) : kNullCode;
    return found == kNullCode ? std::string_view() : values_->name(found);
  }
  /// A cell that nobody set holds the null of its kind, which is stored as zero.
  [[nodiscard]] bool is_null(ItemId item) const noexcept {
    return narrow_ ? narrow(item) == 0 : wide(item) == 0;
  }

  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    narrow_ ? narrow_->prefetch(value_of(item)) : wide_->prefetch(value_of(item));
  }

  // Writers, of the column's own kind. The code comes from encode(), values() or sets().
  void set_code(ItemId item, std::uint32_t code) { set_narrow(item, code ^ kNullCode); }
  void set_number(ItemId item, double value) { set_wide(item, stored_number(value)); }
  void set_flag(ItemId item, std::uint8_t value) {
    set_narrow(item, std::uint32_t{value} ^ kNullFlag);
  }
  void set_time(ItemId item, Timestamp value) {
    set_wide(item, std::bit_cast<std::uint64_t>(value) ^ kNullTimeBits);
  }
  void set_null(ItemId item) { narrow_ ? set_narrow(item, 0) : set_wide(item, 0); }

  /// The code of a category or text, a new one where it is new; kNullCode for the empty text. A
  /// text (not a category) that is too long for a dictionary is cut.
  /// @throws DataError as Dictionary::insert() does.
  [[nodiscard]] std::uint32_t encode(std::string_view value);
  /// The codes of the item's texts: one, which then lies in `single`, those of its set of labels, or
  /// none.
  [[nodiscard]] std::span<const std::uint32_t> codes(ItemId item, std::uint32_t& single) const {
    single = code(item);
    if (single == kNullCode) return {};
    if (sets_ != nullptr) return sets_->labels(single);
    return {&single, 1};
  }
  /// What the codes mean, those of single labels too; null for numbers, flags and times.
  [[nodiscard]] const std::shared_ptr<Dictionary>& values() const noexcept { return values_; }
  /// The distinct sets of a column of labels, else null. The empty set is one of them, not null.
  [[nodiscard]] const std::shared_ptr<LabelSets>& sets() const noexcept { return sets_; }

  /// How many cells got another value since load(), and whose cell change number n was. Nothing
  /// where that is not among the last Changes::kKept: too late to follow, look at all items again.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_.count(); }
  [[nodiscard]] std::optional<ItemId> changed(std::uint64_t change) const noexcept {
    return changes_.item(change);
  }

  /// Cells of the items 0, 1, ... as a bundle holds them (codes, numbers, flags or times), or back:
  /// load() is for a column that nobody reads yet. T is the kind's own type: uint32 codes, double,
  /// uint8 flags, Timestamp.
  template <class T>
  void copy_to(std::span<T> cells) const noexcept;
  template <class T>
  void load(std::span<const T> cells);

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  using Narrow = Chunked<std::atomic<std::uint32_t>>;
  using Wide = Chunked<std::atomic<std::uint64_t>>;
  static constexpr std::uint64_t kNanBits = std::bit_cast<std::uint64_t>(kNullNumber);
  static constexpr std::uint64_t kNullTimeBits = std::bit_cast<std::uint64_t>(kNullTime);

  /// Any NaN is the one null.
  static constexpr std::uint64_t stored_number(double value) noexcept {
    return value != value ? 0 : std::bit_cast<std::uint64_t>(value) ^ kNanBits;
  }

  // Acquire and release: who sees a code also sees its name.
  [[nodiscard]] std::uint32_t narrow(ItemId item) const noexcept {
    const auto* cell = narrow_->find(value_of(item));
    return cell == nullptr ? 0 : cell->load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t wide(ItemId item) const noexcept {
    const auto* cell = wide_->find(value_of(item));
    return cell == nullptr ? 0 : cell->load(std::memory_order_acquire);
  }
  template <class Cells, class Out, class Read>
  static void read_near(const Cells* cells, std::span<const ItemId> items, Out* out,
                        const Read& read) noexcept {
    static_assert(Cells::kChunk % kNear == 0, "a block lies in one chunk");
    if (items.empty()) return;
    const std::size_t begin = value_of(items.front()) / kNear * kNear;
    const auto* const near = cells == nullptr ? nullptr : cells->find(begin);
    if (near == nullptr) {
      std::fill_n(out, items.size(), read(0));
      return;
    }
    for (std::size_t i = 0; i < items.size(); ++i)
      out[i] = read(near[value_of(items[i]) % kNear].load(std::memory_order_acquire));
  }
  void set_narrow(ItemId item, std::uint32_t stored) { set(*narrow_, item, stored); }
  void set_wide(ItemId item, std::uint64_t stored) { set(*wide_, item, stored); }
  template <class Cells, class Stored>
  void set(Cells& cells, ItemId item, Stored stored) {
    auto& cell = cells.at(value_of(item));
    if (cell.load(std::memory_order_relaxed) == stored) return;  // no change to tell of
    cell.store(stored, std::memory_order_release);
    changes_.add(item);
  }

  std::string name_;
  AttributeKind kind_;
  std::shared_ptr<Dictionary> values_;
  std::shared_ptr<LabelSets> sets_;  // of labels alone
  std::unique_ptr<Narrow> narrow_;   // one of the two, by kind
  std::unique_ptr<Wide> wide_;
  Changes changes_;
};

}  // namespace aisle::catalog
