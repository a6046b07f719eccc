#include "aisle/features/store.h"

#include <algorithm>
#include <cmath>

#include "aisle/base/hash.h"

namespace aisle::features {
namespace {

Key key_of(std::string_view text, std::uint64_t seed) noexcept {
  const Key key = hash_bytes(text, seed);
  return key == 0 ? 1 : key;
}

/// The scratch memory of a writer; a thread has its own.
std::vector<Key>& scratch() {
  thread_local std::vector<Key> keys;
  return keys;
}

}  // namespace

FeatureStore::FeatureStore(const Definition& definition)
    : plan_(definition), items_(plan_.item.words()), visitors_(plan_) {
  for (const Layout& layout : plan_.value)
    values_.push_back(std::make_unique<RowTable>(layout.words()));
}

double log_price(const catalog::Catalog& catalog, ItemId item) noexcept {
  const catalog::Column* const price = catalog.role(catalog::Role::price);
  const double asked = price == nullptr ? 0.0 : price->number(item);
  return asked > 0.0 ? std::log(asked) : Layout::kNoAmount;
}

Key FeatureStore::item_key(std::string_view id) noexcept { return key_of(id, 0x17e3); }
Key FeatureStore::value_key(std::string_view value) noexcept { return key_of(value, 0xa1e5); }

Key FeatureStore::row_key(std::uint64_t visitor, Timestamp stretch) noexcept {
  return stretch == kFirstStretch ? visitor : mix(visitor ^ mix(word_of(stretch)));
}

/// The event with all that the catalogue says of its item.
Counted FeatureStore::described(const Event& event, Key item, const catalog::Catalog& catalog,
                                std::vector<Key>& values) const {
  values.assign(plan_.columns.size(), 0);
  Counted counted{.item = item, .type = event.type, .time = event.time, .values = &values};
  if (!is_known(event.item) || value_of(event.item) >= catalog.size()) return counted;
  for (std::size_t c = 0; c < values.size(); ++c) {
    const catalog::Column* const column = plan_.columns[c].in(catalog);
    const auto text = column == nullptr ? std::string_view{} : column->text(event.item);
    if (!text.empty()) values[c] = value_key(text);
  }
  if (plan_.needs_price) counted.log_price = log_price(catalog, event.item);
  return counted;
}

void FeatureStore::observe(const Arrived& arrived, const catalog::Catalog& catalog, Into into) {
  const Event& event = arrived.event;
  const bool has_item = is_known(event.item) && value_of(event.item) < catalog.size();
  std::vector<Key>& values = scratch();
  Key item = 0;
  if (has_item) {
    item = arrived.item_key != 0 ? arrived.item_key
                                 : item_key(catalog.items()->name(value_of(event.item)));
  }
  Counted counted = described(event, item, catalog, values);
  counted.visitor = arrived.visitor;
  counted.row = row_key(arrived.visitor, arrived.stretch);
  counted.session_key = arrived.session_key;
  if (has_item && into != Into::visitors) count_item(event, item, values);
  if (into != Into::items) visitors_.count(counted, arrived.ticket);
}

void FeatureStore::count_item(const Event& event, Key item, std::span<const Key> values) {
  if (plan_.item.counts(event.type)) {
    items_.change(item, [&](Word* row) { plan_.item.count(row, event.type, event.time); });
  }
  for (std::size_t c = 0; c < values.size(); ++c) {
    if (values[c] == 0 || !plan_.value[c].counts(event.type)) continue;
    values_[c]->change(values[c],
                       [&](Word* row) { plan_.value[c].count(row, event.type, event.time); });
  }
}

void FeatureStore::take_greater(const FeatureStore& other) {
  const auto merge = [](const Layout& layout, RowTable& mine, const RowTable& its) {
    its.for_each([&](Key key, const Word* from) {
      mine.change(key, [&](Word* to) { layout.take_greater(to, from); });
    });
  };
  merge(plan_.item, items_, other.items_);
  for (std::size_t c = 0; c < values_.size(); ++c)
    merge(plan_.value[c], *values_[c], *other.values_[c]);
  counted_until_ = std::max(counted_until_, other.counted_until_);
}

std::size_t FeatureStore::memory_bytes() const {
  std::size_t bytes = items_.memory_bytes() + visitors_.memory_bytes();
  for (const auto& table : values_) bytes += table->memory_bytes();
  return bytes;
}

}  // namespace aisle::features
