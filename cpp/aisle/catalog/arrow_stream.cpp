#include "aisle/catalog/arrow_stream.h"

#include <algorithm>
#include <string>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

/// Releases what an Arrow struct holds, once.
template <typename Arrow>
void release(Arrow& held) noexcept {
  if (held.release != nullptr) held.release(&held);
  held.release = nullptr;
}

std::string said(ArrowArrayStream& stream, const char* doing) {
  const char* why = stream.get_last_error == nullptr ? nullptr : stream.get_last_error(&stream);
  return std::string(doing) + ": " + (why == nullptr ? "no reason given" : why);
}

}  // namespace

ArrowStream::ArrowStream(ArrowArrayStream& stream) : stream_(stream) {
  stream.release = nullptr;
  if (stream_.get_schema(&stream_, &schema_) == 0) return;
  const std::string why = said(stream_, "the table's schema cannot be read");
  release(stream_);
  throw DataError(why);
}

ArrowStream::~ArrowStream() {
  batch_.reset();
  release(schema_);
  release(stream_);
}

std::shared_ptr<const ArrowArray> ArrowStream::owned(ArrowArray& array) {
  auto taken = std::make_unique<ArrowArray>(array);
  array.release = nullptr;
  return {taken.release(), [](ArrowArray* held) {
            release(*held);
            delete held;
          }};
}

bool ArrowStream::pull() {
  ArrowArray batch{};
  if (stream_.get_next(&stream_, &batch) != 0) {
    throw DataError(said(stream_, "the table cannot be read"));
  }
  at_end_ = batch.release == nullptr;
  next_ = 0;
  if (!at_end_) batch_ = owned(batch);
  return !at_end_;
}

ArrowColumns ArrowStream::read(std::size_t rows, const std::function<void(std::size_t)>& on_batch) {
  ArrowColumns table;
  table.take_schema(schema_);
  while (table.rows() < rows && !at_end_) {
    if (batch_ == nullptr && !pull()) break;
    const auto length = static_cast<std::size_t>(std::max<std::int64_t>(batch_->length, 0));
    const std::size_t some = std::min(rows - table.rows(), length - next_);
    table.take_rows(batch_, next_, some);
    next_ += some;
    if (next_ == length) batch_.reset();
    if (on_batch) on_batch(table.rows());
  }
  return table;
}

}  // namespace aisle::catalog
