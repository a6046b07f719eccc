#include "aisle/catalog/arrow_columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/catalog/arrow_stream.h"
#include "aisle/catalog/arrow_values.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

using namespace arrow;  // NOLINT(google-build-using-namespace): the layouts this file reads

std::string shortened(std::string_view value) { return '"' + printable(value, 24) + '"'; }

/// Numbers each id of one column; bad ones are thrown with their place, or collected.
class Encoder {
 public:
  Encoder(Dictionary& dictionary, const std::string& column, std::vector<BadCell>* bad)
      : dictionary_(dictionary), column_(column), bad_(bad) {}

  std::uint32_t text(std::string_view id, std::size_t row) {
    if (const auto known = dictionary_.find(id)) return *known;
    try {
      return dictionary_.insert(id);
    } catch (const DataError& error) {
      const std::string reason = std::string(error.what()) + " (value " + shortened(id) + ")";
      if (bad_ == nullptr) {
        throw DataError("row " + std::to_string(row + 1) + ", column \"" + column_ +
                        "\": " + reason + "; on_error=\"skip\" leaves such rows out");
      }
      bad_->push_back({row, reason});
      return ArrowColumns::kNone;
    }
  }

  template <typename Integer>
  std::uint32_t integer(Integer id) {
    const auto key = static_cast<std::uint64_t>(id);
    if (const auto known = seen_.find(key); known != IntegerCache::kMiss) return known;
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id).ptr;
    const auto number =
        dictionary_.insert({digits.data(), static_cast<std::size_t>(end - digits.data())});
    seen_.put(key, number);
    return number;
  }

 private:
  Dictionary& dictionary_;
  const std::string& column_;
  std::vector<BadCell>* bad_;
  IntegerCache seen_;
};

}  // namespace

ArrowColumns ArrowColumns::read(ArrowArrayStream& stream,
                                const std::function<void(std::size_t)>& on_batch) {
  return ArrowStream(stream).read(std::numeric_limits<std::size_t>::max(), on_batch);
}

ArrowColumns ArrowColumns::of(const ArrowSchema& schema, ArrowArray& array) {
  ArrowColumns table;
  table.take_schema(schema);
  auto owned = ArrowStream::owned(array);
  const auto rows = static_cast<std::size_t>(std::max<std::int64_t>(owned->length, 0));
  table.take_rows(std::move(owned), 0, rows);
  return table;
}

void ArrowColumns::take_schema(const ArrowSchema& schema) {
  is_struct_ = std::string_view(schema.format) == "+s";
  const auto add = [this](const ArrowSchema& field) {
    Column column{field.name == nullptr ? "" : field.name, field.format, {}, {}};
    if (field.dictionary != nullptr) {
      column.index_format = std::exchange(column.format, field.dictionary->format);
    }
    if (arrow::kind_of(column.format) == ColumnKind::list && field.n_children == 1) {
      const ArrowSchema& items = *field.children[0];
      column.item_format = items.dictionary == nullptr ? items.format : "a dictionary's";
    }
    columns_.push_back(std::move(column));
  };
  if (!is_struct_) return add(schema);
  for (std::int64_t i = 0; i < schema.n_children; ++i) add(*schema.children[i]);
}

void ArrowColumns::take_rows(std::shared_ptr<const ArrowArray> batch, std::size_t first,
                             std::size_t rows) {
  const bool fits = !is_struct_ || batch->n_children == static_cast<std::int64_t>(size());
  if (!fits || batch->length < 0 || batch->offset < 0) {
    throw DataError("the table's arrays do not fit its schema");
  }
  ArrowArray view = *batch;
  view.offset += static_cast<std::int64_t>(first);
  view.length = static_cast<std::int64_t>(rows);
  batches_.push_back(view);
  owned_.push_back(std::move(batch));
  rows_ += rows;
}

const ArrowColumns::Column& ArrowColumns::at(std::size_t column) const {
  if (column >= columns_.size()) {
    throw DataError("there is no column " + std::to_string(column) + " among " +
                    std::to_string(columns_.size()));
  }
  return columns_[column];
}

void ArrowColumns::check_span(std::size_t column, std::size_t size) const {
  if (size != rows_) throw DataError("column \"" + name(column) + "\": wrong length of the output");
}

ColumnKind ArrowColumns::kind(std::size_t column) const {
  return arrow::kind_of(at(column).format);
}

void ArrowColumns::encode(std::size_t column, Dictionary& dictionary, std::span<std::uint32_t> out,
                          std::vector<BadCell>* bad) const {
  check_span(column, out.size());
  const Column& what = at(column);
  const ColumnKind kind = arrow::kind_of(what.format);
  if (kind == ColumnKind::null) return std::fill(out.begin(), out.end(), kNone);
  if (kind != ColumnKind::text && kind != ColumnKind::integer) {
    throw DataError("column \"" + what.name + "\" holds " + describe(what.format) +
                    "; ids are texts or integers: cast it first");
  }
  Encoder encoder(dictionary, what.name, bad);
  const auto cell = [&]<typename Id>(Id id, std::size_t row) {
    if constexpr (std::is_same_v<Id, std::string_view>) {
      return encoder.text(id, row);
    } else if constexpr (std::is_integral_v<Id> && !std::is_same_v<Id, bool>) {
      return encoder.integer(id);
    } else {
      return kNone;  // never reached: `kind` was checked
    }
  };
  for_chunks(column, [&](const Chunk& chunk) {
    const auto target = out.subspan(chunk.row, chunk.length);
    if (what.index_format.empty()) {
      return with_cells(what.format, *chunk.array, [&](const auto& cells) {
        for (std::size_t i = 0; i < chunk.length; ++i) {
          const std::size_t at = chunk.offset + i;
          target[i] = is_null(*chunk.array, at) ? kNone : cell(cells(at), chunk.row + i);
        }
      });
    }
    const Indices indices(what.index_format, *chunk.array);
    constexpr std::uint32_t kUnset = kNone - 1;
    std::vector<std::uint32_t> known(indices.dictionary_size(), kUnset);
    with_cells(what.format, *chunk.array->dictionary, [&](const auto& cells) {
      for (std::size_t i = 0; i < chunk.length; ++i) {
        const auto index = indices(chunk.offset + i);
        if (!index) {
          target[i] = kNone;
          continue;
        }
        std::uint32_t& number = known[*index];
        if (number == kUnset) number = cell(cells(indices.row_of(*index)), chunk.row + i);
        target[i] = number;
      }
    });
  });
  if (kind == ColumnKind::integer) dictionary.set_integer_ids(true);
}

void ArrowColumns::integers(std::size_t column, std::span<std::int64_t> out) const {
  check_span(column, out.size());
  const Column& what = at(column);
  std::fill(out.begin(), out.end(), 0);
  for_chunks(column, [&](const Chunk& chunk) {
    for_values(what.name, what.format, what.index_format, *chunk.array, chunk.offset, chunk.length,
               [&]<typename Value>(std::size_t i, Value value) {
                 if constexpr (std::is_integral_v<Value>) {
                   out[chunk.row + i] = to_micros(what.format, saturated(value));
                 } else {
                   throw DataError("column \"" + what.name + "\" holds " + describe(what.format) +
                                   ", not integers");
                 }
               });
  });
}

void ArrowColumns::reals(std::size_t column, std::span<double> out) const {
  check_span(column, out.size());
  const Column& what = at(column);
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  for_chunks(column, [&](const Chunk& chunk) {
    for_values(what.name, what.format, what.index_format, *chunk.array, chunk.offset, chunk.length,
               [&]<typename Value>(std::size_t i, Value value) {
                 if constexpr (std::is_arithmetic_v<Value>) {
                   out[chunk.row + i] = static_cast<double>(value);
                 } else {
                   throw DataError("column \"" + what.name + "\" holds " + describe(what.format) +
                                   ", not numbers");
                 }
               });
  });
}

const void* ArrowColumns::contiguous(std::size_t column) const {
  const Column& what = at(column);
  const bool as_is = what.format == "l" || what.format == "g" || what.format.starts_with("tsu");
  if (batches_.size() != 1 || !as_is || !what.index_format.empty()) return nullptr;
  const void* values = nullptr;
  for_chunks(column, [&](const Chunk& chunk) {
    if (chunk.array->null_count != 0 || chunk.array->n_buffers < 2) return;
    values = static_cast<const std::int64_t*>(chunk.array->buffers[1]) + chunk.offset;
  });
  return values;
}

void ArrowColumns::validity(std::size_t column, std::span<std::uint8_t> out) const {
  check_span(column, out.size());
  const Column& what = at(column);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  if (kind(column) == ColumnKind::null) return;
  for_chunks(column, [&](const Chunk& chunk) {
    for_values(what.name, what.format, what.index_format, *chunk.array, chunk.offset, chunk.length,
               [&](std::size_t i, auto) { out[chunk.row + i] = 1; });
  });
}

void ArrowColumns::texts(std::size_t column,
                         const std::function<void(std::optional<std::string_view>)>& visit) const {
  const Column& what = at(column);
  for_chunks(column, [&](const Chunk& chunk) {
    std::size_t next = 0;
    for_values(what.name, what.format, what.index_format, *chunk.array, chunk.offset, chunk.length,
               [&]<typename Value>(std::size_t i, Value value) {
                 if constexpr (std::is_same_v<Value, std::string_view>) {
                   for (; next < i; ++next) visit(std::nullopt);
                   visit(value);
                   next = i + 1;
                 } else {
                   throw DataError("column \"" + what.name + "\" holds " + describe(what.format) +
                                   ", not texts");
                 }
               });
    for (; next < chunk.length; ++next) visit(std::nullopt);
  });
}

}  // namespace aisle::catalog
