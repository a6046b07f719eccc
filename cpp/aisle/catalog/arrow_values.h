#pragma once

/// The non-null values of one Arrow array, plain or dictionary-encoded, in order of rows.
///
/// Data path   inside arrow_columns.cpp
/// Threads     pure readers; the cache belongs to one call
/// Ownership   borrows the array for the call
/// Cost        a load and a test a cell; the cache one probe in most cases

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "aisle/base/hash.h"
#include "aisle/catalog/arrow_cells.h"

namespace aisle::catalog::arrow {

/// The indices of a dictionary-encoded array, checked against its dictionary.
class Indices {
 public:
  Indices(std::string_view format, const ArrowArray& array) : array_(array) {
    if (array.dictionary == nullptr || array.n_buffers < 2 || format.size() != 1) {
      throw DataError("a dictionary-encoded column lacks its dictionary");
    }
    code_ = format[0];
  }

  [[nodiscard]] std::size_t dictionary_size() const noexcept {
    return static_cast<std::size_t>(array_.dictionary->length);
  }
  /// Where entry `index` of the dictionary lies in its buffers.
  [[nodiscard]] std::size_t row_of(std::size_t index) const noexcept {
    return index + static_cast<std::size_t>(array_.dictionary->offset);
  }
  /// The entry of row `at`, or nothing if it is null here or in the dictionary.
  [[nodiscard]] std::optional<std::size_t> operator()(std::size_t at) const {
    if (is_null(array_, at)) return std::nullopt;
    const std::uint64_t index = raw(at);
    if (index >= dictionary_size()) {
      throw DataError("a dictionary-encoded column points outside its dictionary");
    }
    if (is_null(*array_.dictionary, row_of(index))) return std::nullopt;
    return index;
  }

 private:
  template <typename Index>
  [[nodiscard]] std::uint64_t load(std::size_t at) const noexcept {
    return static_cast<std::uint64_t>(static_cast<const Index*>(array_.buffers[1])[at]);
  }
  [[nodiscard]] std::uint64_t raw(std::size_t at) const {
    switch (code_) {
      case 'c':
        return load<std::int8_t>(at);
      case 'C':
        return load<std::uint8_t>(at);
      case 's':
        return load<std::int16_t>(at);
      case 'S':
        return load<std::uint16_t>(at);
      case 'i':
        return load<std::int32_t>(at);
      case 'I':
        return load<std::uint32_t>(at);
      case 'l':
        return load<std::int64_t>(at);
      case 'L':
        return load<std::uint64_t>(at);
      default:
        throw DataError("a dictionary-encoded column has no integer indices");
    }
  }

  const ArrowArray& array_;
  char code_ = '?';
};

/// Calls `use(i, value)` for each row i of [offset, offset + length) that is not null.
template <typename Use>
void for_values(const std::string& column, std::string_view format, std::string_view index_format,
                const ArrowArray& array, std::size_t offset, std::size_t length, Use&& use) {
  if (format == "n") return;
  if (const auto kind = kind_of(format); kind == ColumnKind::other || kind == ColumnKind::list) {
    throw DataError("column \"" + column + "\" holds " + describe(format) + "; cast it first");
  }
  if (!index_format.empty()) {
    const Indices indices(index_format, array);
    return with_cells(format, *array.dictionary, [&](const auto& cells) {
      for (std::size_t i = 0; i < length; ++i) {
        if (const auto index = indices(offset + i)) use(i, cells(indices.row_of(*index)));
      }
    });
  }
  with_cells(format, array, [&](const auto& cells) {
    for (std::size_t i = 0; i < length; ++i) {
      if (!is_null(array, offset + i)) use(i, cells(offset + i));
    }
  });
}

template <typename Integer>
[[nodiscard]] std::int64_t saturated(Integer value) noexcept {
  if constexpr (std::is_same_v<Integer, std::uint64_t>) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    return value > static_cast<std::uint64_t>(kMost) ? kMost : static_cast<std::int64_t>(value);
  } else {
    return static_cast<std::int64_t>(value);
  }
}

/// A cell of a date or timestamp column in microseconds; other integers unchanged.
[[nodiscard]] inline std::int64_t to_micros(std::string_view format, std::int64_t value) noexcept {
  std::int64_t factor = 1;
  if (format == "tdD") factor = 86'400'000'000;
  if (format == "tdm" || format.starts_with("tsm")) factor = 1'000;
  if (format.starts_with("tss")) factor = 1'000'000;
  if (format.starts_with("tsn")) return value / 1000 - (value % 1000 < 0 ? 1 : 0);
  std::int64_t micros = 0;
  if (!__builtin_mul_overflow(value, factor, &micros)) return micros;
  return value < 0 ? std::numeric_limits<std::int64_t>::min()
                   : std::numeric_limits<std::int64_t>::max();
}

/// Integer -> number, so that a repeated integer id is not written out and hashed as text again.
class IntegerCache {
 public:
  static constexpr std::uint32_t kMiss = 0xffffffffU;

  IntegerCache() : keys_(1024), numbers_(1024, kMiss) {}

  [[nodiscard]] std::uint32_t find(std::uint64_t key) const noexcept {
    for (std::size_t at = mix(key) & mask();; at = (at + 1) & mask()) {
      if (numbers_[at] == kMiss || keys_[at] == key) return numbers_[at];
    }
  }

  void put(std::uint64_t key, std::uint32_t number) {
    if (2 * ++size_ > keys_.size()) grow();
    place(key, number);
  }

 private:
  [[nodiscard]] std::size_t mask() const noexcept { return keys_.size() - 1; }

  void place(std::uint64_t key, std::uint32_t number) noexcept {
    std::size_t at = mix(key) & mask();
    while (numbers_[at] != kMiss) at = (at + 1) & mask();
    keys_[at] = key;
    numbers_[at] = number;
  }

  void grow() {
    const std::vector<std::uint64_t> keys =
        std::exchange(keys_, std::vector<std::uint64_t>(2 * keys_.size()));
    const std::vector<std::uint32_t> numbers =
        std::exchange(numbers_, std::vector<std::uint32_t>(keys_.size(), kMiss));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (numbers[i] != kMiss) place(keys[i], numbers[i]);
    }
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> numbers_;
  std::size_t size_ = 0;
};

}  // namespace aisle::catalog::arrow
