#pragma once

/// An Arrow C stream read a bounded number of rows at a time: logs larger than memory.
///
/// Data path   DuckDB or any producer -> [stream] -> ArrowColumns -> ids and arrays
/// Threads     one caller at a time
/// Ownership   takes the stream over and releases it at its end; shares the batch it stands in
///             with the tables that it gave out, so no row is copied
/// Cost        the producer's; at most one batch of it beyond the rows asked for is held

#include <functional>
#include <memory>

#include "aisle/catalog/arrow_columns.h"

namespace aisle::catalog {

class ArrowStream {
 public:
  /// @throws DataError with the producer's message if the schema cannot be read.
  explicit ArrowStream(ArrowArrayStream& stream);
  ArrowStream(const ArrowStream&) = delete;
  ArrowStream& operator=(const ArrowStream&) = delete;
  ~ArrowStream();

  /// The next `rows` rows, or what is left of them: none at the end. `on_batch` hears the rows so
  /// far whenever the producer gave some.
  /// @throws DataError with the producer's message if it fails, or if the arrays break the format.
  [[nodiscard]] ArrowColumns read(std::size_t rows,
                                  const std::function<void(std::size_t)>& on_batch = {});

  /// Takes an array over; the last that shares it releases it.
  static std::shared_ptr<const ArrowArray> owned(ArrowArray& array);

 private:
  bool pull();

  ArrowArrayStream stream_;
  ArrowSchema schema_{};
  std::shared_ptr<const ArrowArray> batch_;  // null: none, or all of it was given out
  std::size_t next_ = 0;                     // the first row of it that was not
  bool at_end_ = false;
};

}  // namespace aisle::catalog
