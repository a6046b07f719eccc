#pragma once

/// Bitmaps of filters that come again and again: the same "category is shoes" on every request.
///
/// Data path   request's conditions -> [filter cache] -> retrieve
/// Threads     get() and clear() may run together; one lock, never held while a bitmap is made
/// Ownership   shares bitmaps: one that was dropped lives until its last request is done
/// Cost        a hit is a hash of the conditions; a miss is one pass over the catalogue

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/catalog/filter.h"

namespace aisle::engine {

/// One condition with the column by its name; all of a request's must hold.
struct Condition {
  enum class Kind : std::uint8_t { is_in, is_between, is_flag, is_null };
  Kind kind = Kind::is_in;
  std::string column;
  std::vector<std::string> values;  ///< is_in
  double low = -catalog::Filter::kOpen;
  double high = catalog::Filter::kOpen;
  bool flag = true;
};

/// The filter over this catalogue's columns.
/// @throws UnknownNameError for a column that is not there, ConfigError for one of another kind.
[[nodiscard]] catalog::Filter make_filter(const catalog::Catalog& catalog,
                                          const std::vector<Condition>& conditions);

class FilterCache {
 public:
  static constexpr std::size_t kMost = 64;

  /// The bitmap of the conditions over the catalogue of model `generation`, made when it is not
  /// there.
  std::shared_ptr<const Bitmap> get(const catalog::Catalog& catalog, std::uint32_t generation,
                                    const std::vector<Condition>& conditions);
  /// To be called after attributes changed.
  void clear();

 private:
  std::mutex mutex_;
  std::uint64_t epoch_ = 0;  // a bitmap made before a clear() must not be kept after it
  std::unordered_map<std::string, std::shared_ptr<const Bitmap>> bitmaps_;
};

}  // namespace aisle::engine
