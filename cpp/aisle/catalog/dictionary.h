#pragma once

/// The shop's own ids (UTF-8 strings, or integers) to dense numbers and back.
///
/// Data path   every border: ids come in as strings, tables inside are indexed by number
/// Threads     find(), name() and size() take no lock and may run beside one another and beside
///             insert(); insert() calls exclude each other by a mutex
/// Ownership   owns a copy of every id, or keeps the block they were loaded from; the views that
///             name() returns live as long as the dictionary
/// Cost        find() one hash and about one cache miss; insert() amortised O(1)

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "aisle/catalog/text.h"  // IWYU pragma: export

namespace aisle::catalog {

class Dictionary {
 public:
  static constexpr std::size_t kMaxIdBytes = 4096;  ///< Longer ids are refused with a DataError.

  enum class Lookup : std::uint8_t { now, later };

  Dictionary();
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  /// A dictionary of ids that lie one behind the other: id i is text[offsets[i], offsets[i + 1]).
  /// Neither is copied; `keep` holds them. It grows from there as any other. With Lookup::later
  /// the table is made at the first insert(); until then find() reads all ids.
  /// @throws DataError if the offsets do not fit, an id is none (see insert()) or, with
  /// Lookup::now, is there twice.
  [[nodiscard]] static std::shared_ptr<Dictionary> from_blob(std::span<const char> text,
                                                             std::span<const std::uint64_t> offsets,
                                                             std::shared_ptr<const void> keep,
                                                             Lookup lookup = Lookup::now);

  /// The number of `id`, or nothing. 42 and "42" are one id: integers are looked up as decimals.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const noexcept;

  /// The number of `id`; an unknown id gets the next free number (0, 1, 2, ...).
  /// @throws DataError if the id is empty, longer than kMaxIdBytes, or not valid UTF-8.
  std::uint32_t insert(std::string_view id);

  /// The id of a number below size().
  [[nodiscard]] std::string_view name(std::uint32_t number) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// True when the shop's ids are integers: answers then go back as integers where they parse.
  [[nodiscard]] bool integer_ids() const noexcept {
    return integer_ids_.load(std::memory_order_relaxed);
  }
  void set_integer_ids(bool value) noexcept {
    integer_ids_.store(value, std::memory_order_relaxed);
  }

 private:
  struct Table;
  struct Entry {
    const char* data;
    std::uint32_t size;
  };
  // Chunk c holds kFirst << c entries, so that a small dictionary is small; chunks never move.
  static constexpr std::size_t kFirst = 256;
  static constexpr std::size_t kFirstBits = 9;  // of kFirst
  static constexpr std::size_t kChunks = 33 - kFirstBits + 1;

  struct Place {
    std::size_t chunk;
    std::size_t index;
  };
  [[nodiscard]] Place place_of(std::uint32_t number) const noexcept {
    const std::size_t shifted = number - loaded_ + kFirst;
    const auto chunk = static_cast<std::size_t>(std::bit_width(shifted)) - kFirstBits;
    return {chunk, shifted - (kFirst << chunk)};
  }
  Entry& make_entry(std::uint32_t number);
  void grow();
  void index(std::size_t slots);
  void index_new();
  [[nodiscard]] std::optional<std::uint32_t> scan(std::string_view id) const noexcept;
  const char* keep(std::string_view id);

  std::array<std::atomic<Entry*>, kChunks> chunks_{};
  std::atomic<Table*> table_;                   // null: made later
  std::vector<std::unique_ptr<Table>> tables_;  // retired ones stay: a reader may be inside
  std::vector<std::unique_ptr<Entry[]>> entry_blocks_;
  std::vector<std::unique_ptr<char[]>> text_blocks_;
  std::uint32_t loaded_ = 0;  // ids below it lie in a block, as from_blob() got them
  const char* loaded_text_ = nullptr;
  const std::uint64_t* loaded_offsets_ = nullptr;
  std::shared_ptr<const void> keep_;
  std::size_t text_left_ = 0;
  char* text_at_ = nullptr;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::size_t> text_bytes_{0};
  std::atomic<bool> integer_ids_{false};
  std::mutex writer_;
};

}  // namespace aisle::catalog
