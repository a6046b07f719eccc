// The event reader's border: columns as a foreign library might hand them over. Buffers have the
// sizes that the format promises (Arrow's interface cannot say them, so no reader can check them);
// everything inside them is the fuzzer's: texts that are no UTF-8, huge ids, times at the end of
// int64, indices beyond the dictionary, nulls, slices.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/arrow_columns.h"
#include "aisle/catalog/dictionary.h"

namespace {

using aisle::catalog::ArrowColumns;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}
  std::uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }
  std::vector<std::uint8_t> take(std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = next();
    return bytes;
  }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

struct Format {
  const char* name;
  std::size_t width;  // bytes a value; 0: no fixed width
};
constexpr std::array kFixed = {
    Format{"c", 1},    Format{"C", 1},       Format{"s", 2},    Format{"S", 2},
    Format{"i", 4},    Format{"I", 4},       Format{"l", 8},    Format{"L", 8},
    Format{"e", 2},    Format{"f", 4},       Format{"g", 8},    Format{"tdD", 4},
    Format{"tdm", 8},  Format{"tss:", 8},    Format{"tsm:", 8}, Format{"tsu:", 8},
    Format{"tsn:", 8}, Format{"tsu:UTC", 8}, Format{"ttu", 8},  Format{"w:16", 16},
    Format{"vu", 16},  Format{"n", 0},
};

/// An array with its memory. Values, validity and offsets come from the fuzzer's bytes.
struct Made {
  ArrowArray array{};
  std::vector<std::uint8_t> validity;
  std::vector<std::uint8_t> values;
  std::vector<std::int32_t> offsets;
  std::vector<std::int64_t> large_offsets;
  std::array<const void*, 3> buffers{};

  void finish(std::int64_t length, std::int64_t offset, bool has_nulls, std::int64_t count) {
    array.length = length;
    array.offset = offset;
    array.null_count = has_nulls ? -1 : 0;
    array.n_buffers = count;
    buffers[0] = has_nulls ? validity.data() : nullptr;
    array.buffers = buffers.data();
    array.release = [](ArrowArray* held) { held->release = nullptr; };
  }
};

void make_text(Bytes& bytes, bool is_large, std::size_t rows, Made& made) {
  std::size_t total = 0;
  made.offsets.push_back(0);
  made.large_offsets.push_back(0);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t length = bytes.next();
    total += length == 255 ? 5000 : length % 40;  // one length beyond what an id may have
    made.offsets.push_back(static_cast<std::int32_t>(total));
    made.large_offsets.push_back(static_cast<std::int64_t>(total));
  }
  made.values = bytes.take(total);
  made.values.push_back(0);  // never an empty buffer
  made.buffers[1] =
      is_large ? static_cast<const void*>(made.large_offsets.data()) : made.offsets.data();
  made.buffers[2] = made.values.data();
}

/// Views of at most 12 bytes: those lie inside the view.
void shorten_views(std::vector<std::uint8_t>& values) {
  for (std::size_t at = 0; at + 16 <= values.size(); at += 16) {
    std::int32_t length = 0;
    std::memcpy(&length, &values[at], sizeof length);
    length = static_cast<std::int32_t>(static_cast<std::uint32_t>(length) % 13);
    std::memcpy(&values[at], &length, sizeof length);
  }
}

const char* make(Bytes& bytes, std::size_t rows, std::size_t offset, Made& made) {
  const std::uint8_t choice = bytes.next();
  const bool has_nulls = choice % 2 == 1;
  const std::size_t all = rows + offset;
  const auto length = static_cast<std::int64_t>(rows);
  const auto skipped = static_cast<std::int64_t>(offset);
  made.validity = bytes.take(all / 8 + 1);
  if (choice / 2 % 3 == 0) {
    const bool is_large = choice >= 128;
    make_text(bytes, is_large, all, made);
    made.finish(length, skipped, has_nulls, 3);
    return is_large ? "U" : "u";
  }
  const Format& format = kFixed[choice % kFixed.size()];
  made.values = bytes.take(all * format.width + 8);
  if (std::string_view(format.name) == "vu") shorten_views(made.values);
  made.buffers[1] = made.values.data();
  made.finish(length, skipped, has_nulls, std::string_view(format.name) == "n" ? 0 : 2);
  return format.name;
}

void read_all(const ArrowColumns& columns) {
  const auto attempt = [](const auto& read) {
    try {
      read();
    } catch (const aisle::Error&) {  // what a reader may say; anything else is a finding
    }
  };
  std::vector<std::uint32_t> numbers(columns.rows());
  std::vector<std::int64_t> integers(columns.rows());
  std::vector<double> reals(columns.rows());
  std::vector<std::uint8_t> valid(columns.rows());
  std::vector<aisle::catalog::BadCell> bad;
  aisle::catalog::Dictionary dictionary;
  attempt([&] { columns.encode(0, dictionary, numbers, &bad); });
  attempt([&] { columns.encode(0, dictionary, numbers); });
  attempt([&] { columns.integers(0, integers); });
  attempt([&] { columns.reals(0, reals); });
  attempt([&] { columns.validity(0, valid); });
  attempt([&] { columns.texts(0, [](std::optional<std::string_view>) {}); });
  attempt([&] { static_cast<void>(columns.contiguous(0)); });
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const std::size_t rows = bytes.next() % 64;
  const std::size_t offset = bytes.next() % 9;
  const bool has_dictionary = bytes.next() % 4 == 0;
  Made made;
  Made words;
  ArrowSchema schema{};
  ArrowSchema word_schema{};
  schema.name = "item";
  word_schema.name = "";
  schema.format = make(bytes, rows, offset, made);
  if (has_dictionary) {
    word_schema.format = make(bytes, bytes.next() % 32, 0, words);
    schema.dictionary = &word_schema;
    made.array.dictionary = &words.array;
  }
  try {
    read_all(ArrowColumns::of(schema, made.array));
  } catch (const aisle::Error&) {
  }
  return 0;
}
