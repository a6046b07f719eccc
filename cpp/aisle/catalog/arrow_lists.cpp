// Columns of lists as sets of labels: the part of ArrowColumns that looks into lists.

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <type_traits>

#include "aisle/base/error.h"
#include "aisle/catalog/arrow_columns.h"
#include "aisle/catalog/arrow_values.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

/// The labels of one list after the other.
class Labels {
 public:
  explicit Labels(Dictionary& dictionary) : dictionary_(dictionary) {}

  void clear() noexcept { codes_.clear(); }
  [[nodiscard]] std::span<const std::uint32_t> codes() const noexcept { return codes_; }

  /// @throws DataError for what is no label.
  template <typename Value>
  void add(Value value) {
    if constexpr (std::is_same_v<Value, std::string_view>) {
      if (!value.empty()) codes_.push_back(coded(value));
    } else if constexpr (std::is_same_v<Value, bool>) {
      throw DataError("a label is a text or a number, not a boolean");
    } else {
      if (std::isnan(static_cast<double>(value))) throw DataError("a label is missing (NaN)");
      add_number(value);
    }
  }

 private:
  template <typename Number>
  void add_number(Number value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    codes_.push_back(
        dictionary_.insert({digits.data(), static_cast<std::size_t>(end - digits.data())}));
  }
  std::uint32_t coded(std::string_view text) {
    try {
      return dictionary_.insert(text);
    } catch (const DataError& error) {
      throw DataError(std::string(error.what()) + " (label \"" + printable(text, 24) + "\")");
    }
  }

  Dictionary& dictionary_;
  std::vector<std::uint32_t> codes_;
};

/// The lists of one array, which borrow it.
class Lists {
 public:
  Lists(const ArrowArray& array, bool is_large) : array_(array), is_large_(is_large) {
    if (array.n_children != 1 || array.n_buffers < 2) {
      throw DataError("an Arrow list lacks its items");
    }
  }

  [[nodiscard]] const ArrowArray& items() const noexcept { return *array_.children[0]; }

  /// Adds the items of list `at` to `labels`. @throws DataError for one that is no label.
  template <typename Cells>
  void read(std::size_t at, const Cells& cells, Labels& labels) const {
    const auto first = static_cast<std::size_t>(items().offset);
    for (std::size_t i = first + begin(at); i < first + begin(at + 1); ++i) {
      if (arrow::is_null(items(), i))
        throw DataError("a label is null, or neither a text nor a number");
      labels.add(cells(i));
    }
  }

 private:
  [[nodiscard]] std::size_t begin(std::size_t at) const noexcept {
    const void* const offsets = array_.buffers[1];
    return is_large_ ? static_cast<std::size_t>(static_cast<const std::int64_t*>(offsets)[at])
                     : static_cast<std::size_t>(static_cast<const std::int32_t*>(offsets)[at]);
  }

  const ArrowArray& array_;
  bool is_large_;
};

/// Refuses what lists of labels do not hold.
void check_items(const std::string& column, const std::string& format, const std::string& items) {
  const ColumnKind kind = items.empty() ? ColumnKind::other : arrow::kind_of(items);
  if (kind != ColumnKind::list && kind != ColumnKind::other && kind != ColumnKind::timestamp)
    return;
  throw DataError("column \"" + column + "\" holds " + arrow::describe(format) +
                  (items.empty() ? std::string() : " of " + arrow::describe(items)) +
                  "; labels are lists of texts or numbers: cast it first");
}

}  // namespace

void ArrowColumns::encode_sets(std::size_t column, Dictionary& labels, LabelSets& sets,
                               std::span<std::uint32_t> out, std::vector<BadCell>* bad) const {
  check_span(column, out.size());
  std::fill(out.begin(), out.end(), kNone);
  const Column& what = at(column);
  if (kind(column) == ColumnKind::null) return;
  check_items(what.name, what.format, what.item_format);
  Labels found(labels);
  const auto refuse = [&](std::size_t row, const DataError& error) {
    if (bad != nullptr) return bad->push_back({row, error.what()});
    throw DataError("row " + std::to_string(row + 1) + ", column \"" + what.name +
                    "\": " + error.what());
  };
  for_chunks(column, [&](const Chunk& chunk) {
    const Lists lists(*chunk.array, what.format == "+L");
    const auto encode = [&](const auto& cells) {
      for (std::size_t i = 0; i < chunk.length; ++i) {
        if (arrow::is_null(*chunk.array, chunk.offset + i)) continue;
        try {
          found.clear();
          lists.read(chunk.offset + i, cells, found);
          out[chunk.row + i] = sets.insert(found.codes());
        } catch (const DataError& error) {
          refuse(chunk.row + i, error);
        }
      }
    };
    if (arrow::kind_of(what.item_format) != ColumnKind::null) {
      return arrow::with_cells(what.item_format, lists.items(), encode);
    }
    encode([](std::size_t) -> std::string_view {
      throw DataError("a label is null, or neither a text nor a number");
    });
  });
}

}  // namespace aisle::catalog
