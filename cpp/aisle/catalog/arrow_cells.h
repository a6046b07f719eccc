#pragma once

/// The cells of one Arrow array by their format string: the only place that knows the layouts.
///
/// Data path   inside arrow_columns.cpp
/// Threads     pure readers
/// Ownership   borrows the array for the call
/// Cost        one dispatch an array, then a load a cell

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "aisle/base/error.h"
#include "aisle/catalog/arrow_abi.h"
#include "aisle/catalog/arrow_columns.h"

namespace aisle::catalog::arrow {

[[nodiscard]] inline ColumnKind kind_of(std::string_view format) noexcept {
  if (format == "n") return ColumnKind::null;
  if (format == "b") return ColumnKind::boolean;
  if (format.size() == 1 && std::string_view("cCsSiIlL").find(format[0]) != format.npos) {
    return ColumnKind::integer;
  }
  if (format == "f" || format == "g") return ColumnKind::real;
  if (format == "u" || format == "U" || format == "vu") return ColumnKind::text;
  if (format.starts_with("ts") || format == "tdD" || format == "tdm") return ColumnKind::timestamp;
  if (format == "+l" || format == "+L") return ColumnKind::list;
  return ColumnKind::other;
}

/// A person's word for a format, for messages.
[[nodiscard]] inline std::string describe(std::string_view format) {
  switch (kind_of(format)) {
    case ColumnKind::null:
      return "only nulls";
    case ColumnKind::boolean:
      return "booleans";
    case ColumnKind::integer:
      return "integers";
    case ColumnKind::real:
      return "floating-point numbers";
    case ColumnKind::text:
      return "texts";
    case ColumnKind::timestamp:
      return "dates or times";
    case ColumnKind::list:
      return "lists";
    case ColumnKind::other:
      break;
  }
  return "a type that aisle does not read (Arrow format \"" + std::string(format) + "\")";
}

[[nodiscard]] inline bool is_null(const ArrowArray& array, std::size_t at) noexcept {
  if (array.null_count == 0 || array.n_buffers == 0 || array.buffers[0] == nullptr) return false;
  const auto* bits = static_cast<const std::uint8_t*>(array.buffers[0]);
  return ((unsigned{bits[at / 8]} >> (at % 8)) & 1U) == 0;
}

template <typename Value>
struct FixedCells {
  const Value* values;
  Value operator()(std::size_t at) const noexcept { return values[at]; }
};

struct BitCells {
  const std::uint8_t* bits;
  bool operator()(std::size_t at) const noexcept {
    return ((unsigned{bits[at / 8]} >> (at % 8)) & 1U) != 0;
  }
};

template <typename Offset>
struct TextCells {
  const Offset* offsets;
  const char* text;
  std::string_view operator()(std::size_t at) const noexcept {
    return {text + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])};
  }
};

/// Arrow's string views: 16 bytes each, up to 12 bytes of text inline.
struct ViewCells {
  const ArrowArray* array;
  std::string_view operator()(std::size_t at) const noexcept {
    const char* view = static_cast<const char*>(array->buffers[1]) + 16 * at;
    std::int32_t size = 0;
    std::memcpy(&size, view, sizeof size);
    if (size <= 12) return {view + 4, static_cast<std::size_t>(size)};
    std::int32_t buffer = 0;
    std::int32_t offset = 0;
    std::memcpy(&buffer, view + 8, sizeof buffer);
    std::memcpy(&offset, view + 12, sizeof offset);
    return {static_cast<const char*>(array->buffers[2 + buffer]) + offset,
            static_cast<std::size_t>(size)};
  }
};

/// Calls `use` with the cells of `array` as the format says. @throws DataError on other formats.
template <typename Use>
void with_cells(std::string_view format, const ArrowArray& array, Use&& use) {
  const auto need = [&](std::int64_t buffers) {
    if (array.n_buffers < buffers) throw DataError("an Arrow array lacks buffers");
    return array.buffers;
  };
  const auto fixed = [&]<typename Value>(Value) {
    use(FixedCells<Value>{static_cast<const Value*>(need(2)[1])});
  };
  if (format == "vu") return need(2), use(ViewCells{&array});
  const char code = format.starts_with("ts") || format == "tdm" ? 'l'
                    : format == "tdD"                           ? 'i'
                    : format.size() == 1                        ? format[0]
                                                                : '?';
  switch (code) {
    case 'b':
      return use(BitCells{static_cast<const std::uint8_t*>(need(2)[1])});
    case 'c':
      return fixed(std::int8_t{});
    case 'C':
      return fixed(std::uint8_t{});
    case 's':
      return fixed(std::int16_t{});
    case 'S':
      return fixed(std::uint16_t{});
    case 'i':
      return fixed(std::int32_t{});
    case 'I':
      return fixed(std::uint32_t{});
    case 'l':
      return fixed(std::int64_t{});
    case 'L':
      return fixed(std::uint64_t{});
    case 'f':
      return fixed(float{});
    case 'g':
      return fixed(double{});
    case 'u':
      return use(TextCells<std::int32_t>{static_cast<const std::int32_t*>(need(3)[1]),
                                         static_cast<const char*>(array.buffers[2])});
    case 'U':
      return use(TextCells<std::int64_t>{static_cast<const std::int64_t*>(need(3)[1]),
                                         static_cast<const char*>(array.buffers[2])});
    default:
      throw DataError("a column holds " + describe(format) + "; cast it first");
  }
}

}  // namespace aisle::catalog::arrow
