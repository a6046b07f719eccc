#pragma once

/// The columns of an Arrow C stream, read where they lie: ids to dense numbers, numbers to arrays.
///
/// Data path   every table that comes in (DuckDB, polars, pyarrow, pandas with pyarrow)
/// Threads     immutable once read; encode() writes only the dictionary it is given
/// Ownership   shares the batches of the stream, which are released with the last that holds them
/// Cost        read() copies nothing; encode() about 30 ns a repeated string, 5 ns a repeated
/// integer

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/catalog/arrow_abi.h"
#include "aisle/catalog/dictionary.h"
#include "aisle/catalog/label_sets.h"

namespace aisle::catalog {

/// What a column holds, as far as aisle cares.
enum class ColumnKind : std::uint8_t { null, boolean, integer, real, text, timestamp, list, other };

/// A cell that could not become an id, or a set of labels.
struct BadCell {
  std::size_t row;
  std::string reason;
};

class ArrowStream;

class ArrowColumns {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;  ///< The number of a null.

  /// Takes the stream over and pulls all of its batches; `on_batch` hears the rows so far.
  /// @throws DataError with the producer's message if it fails, or if the arrays break the format.
  static ArrowColumns read(ArrowArrayStream& stream,
                           const std::function<void(std::size_t)>& on_batch = {});
  /// The same for a single array, which it takes over; the schema stays the caller's.
  static ArrowColumns of(const ArrowSchema& schema, ArrowArray& array);

  ArrowColumns(ArrowColumns&& other) noexcept = default;
  ArrowColumns& operator=(ArrowColumns&& other) = delete;
  ArrowColumns(const ArrowColumns&) = delete;
  ArrowColumns& operator=(const ArrowColumns&) = delete;
  ~ArrowColumns() = default;

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t size() const noexcept { return columns_.size(); }
  [[nodiscard]] const std::string& name(std::size_t column) const { return at(column).name; }
  /// Arrow's own name of the type, for messages.
  [[nodiscard]] const std::string& format(std::size_t column) const { return at(column).format; }
  [[nodiscard]] ColumnKind kind(std::size_t column) const;

  /// The number of each id of a text or integer column, new ids inserted; kNone for a null. Bad
  /// ids (empty, too long, invalid UTF-8) go to `bad` with kNone, or throw if `bad` is null.
  /// @throws DataError naming column, row and value; or if the column holds neither.
  void encode(std::size_t column, Dictionary& dictionary, std::span<std::uint32_t> out,
              std::vector<BadCell>* bad = nullptr) const;

  /// The number of each set of a column of lists of texts or numbers, new labels and sets inserted;
  /// kNone for a null. Empty texts are left out. Bad lists go to `bad` with kNone, or throw.
  /// @throws DataError naming column, row and value; or if the column holds something else.
  void encode_sets(std::size_t column, Dictionary& labels, LabelSets& sets,
                   std::span<std::uint32_t> out, std::vector<BadCell>* bad = nullptr) const;

  /// Integers, booleans (0, 1), dates and timestamps (microseconds, saturated); a null is 0.
  void integers(std::size_t column, std::span<std::int64_t> out) const;
  /// Any number as a double; a null is NaN.
  void reals(std::size_t column, std::span<double> out) const;
  /// 1 where there is a value, 0 where there is null.
  void validity(std::size_t column, std::span<std::uint8_t> out) const;
  /// The values themselves where integers() or reals() would only copy them (64 bits wide, no
  /// nulls, one batch, microseconds); else null. They live as long as this.
  [[nodiscard]] const void* contiguous(std::size_t column) const;
  /// Each text in order, or nothing where it is null.
  void texts(std::size_t column,
             const std::function<void(std::optional<std::string_view>)>& visit) const;

 private:
  struct Column {
    std::string name;
    std::string format;        // of the values: of the dictionary where there is one
    std::string index_format;  // of a dictionary's indices, else empty
    std::string item_format;   // of what lists hold, else empty
  };
  /// A run of rows of one column: `array`'s rows [offset, offset + length).
  struct Chunk {
    const ArrowArray* array;
    std::size_t offset;
    std::size_t length;
    std::size_t row;  // of its first row in the table
  };

  friend class ArrowStream;

  ArrowColumns() = default;
  void take_schema(const ArrowSchema& schema);
  /// Shares the rows [first, first + rows) of a batch.
  void take_rows(std::shared_ptr<const ArrowArray> batch, std::size_t first, std::size_t rows);
  [[nodiscard]] const Column& at(std::size_t column) const;
  template <typename Visit>
  void for_chunks(std::size_t column, Visit&& visit) const {
    std::size_t row = 0;
    for (const ArrowArray& batch : batches_) {
      const auto length = static_cast<std::size_t>(batch.length);
      const ArrowArray& array = is_struct_ ? *batch.children[column] : batch;
      const std::int64_t offset = array.offset + (is_struct_ ? batch.offset : 0);
      if (length != 0) visit(Chunk{&array, static_cast<std::size_t>(offset), length, row});
      row += length;
    }
  }
  void check_span(std::size_t column, std::size_t size) const;

  std::vector<Column> columns_;
  std::vector<std::shared_ptr<const ArrowArray>> owned_;
  std::vector<ArrowArray> batches_;  // views of what is owned: offset and length are their own
  bool is_struct_ = false;
  std::size_t rows_ = 0;
};

}  // namespace aisle::catalog
