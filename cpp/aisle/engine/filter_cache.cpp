#include "aisle/engine/filter_cache.h"

#include <cstring>

namespace aisle::engine {
namespace {

void append_bytes(std::string& key, const void* data, std::size_t size) {
  key.append(static_cast<const char*>(data), size);
}

std::string key_of(std::uint32_t generation, const std::vector<Condition>& conditions) {
  std::string key;
  const auto add_text = [&](const std::string& text) {
    const std::size_t size = text.size();  // lengths keep ["a", "b"] apart from ["ab"]
    append_bytes(key, &size, sizeof size);
    key += text;
  };
  append_bytes(key, &generation, sizeof generation);
  for (const Condition& one : conditions) {
    append_bytes(key, &one.kind, sizeof one.kind);
    append_bytes(key, &one.low, sizeof one.low);
    append_bytes(key, &one.high, sizeof one.high);
    append_bytes(key, &one.flag, sizeof one.flag);
    add_text(one.column);
    const std::size_t count = one.values.size();
    append_bytes(key, &count, sizeof count);
    for (const std::string& value : one.values) add_text(value);
  }
  return key;
}

}  // namespace

catalog::Filter make_filter(const catalog::Catalog& catalog,
                            const std::vector<Condition>& conditions) {
  catalog::Filter filter;
  for (const Condition& one : conditions) {
    const catalog::Column& column = catalog.column(one.column);
    switch (one.kind) {
      case Condition::Kind::is_in: {
        const std::vector<std::string_view> values(one.values.begin(), one.values.end());
        filter.is_in(column, values);
        break;
      }
      case Condition::Kind::is_between:
        filter.is_between(column, one.low, one.high);
        break;
      case Condition::Kind::is_flag:
        filter.is_flag(column, one.flag);
        break;
      case Condition::Kind::is_null:
        filter.is_null(column);
        break;
    }
  }
  return filter;
}

std::shared_ptr<const Bitmap> FilterCache::get(const catalog::Catalog& catalog,
                                               std::uint32_t generation,
                                               const std::vector<Condition>& conditions) {
  const std::string key = key_of(generation, conditions);
  std::uint64_t epoch = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = bitmaps_.find(key); found != bitmaps_.end()) return found->second;
    epoch = epoch_;
  }
  auto bitmap = std::make_shared<const Bitmap>(make_filter(catalog, conditions).to_bitmap(catalog));
  const std::scoped_lock lock(mutex_);
  if (bitmaps_.size() >= kMost) bitmaps_.clear();
  if (epoch == epoch_) bitmaps_[key] = bitmap;
  return bitmap;
}

void FilterCache::clear() {
  const std::scoped_lock lock(mutex_);
  ++epoch_;
  bitmaps_.clear();
}

}  // namespace aisle::engine
