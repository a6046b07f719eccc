#include "aisle/engine/features.h"

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/session/session_store.h"

namespace aisle::engine {

const features::FeatureStore& features_of(const live::Model& model) {
  if (model.features() != nullptr) return *model.features();
  throw ConfigError(
      "the bundle has no features: fit it with them, aisle.fit(events, items=items, "
      "features=aisle.features.FeatureSet.default(items))");
}

void read_features(const live::Model& model, std::string_view visitor,
                   std::span<const std::string_view> items, Timestamp now,
                   std::vector<float>& rows) {
  const features::FeatureStore& store = features_of(model);
  thread_local features::ReadWorkspace work;
  thread_local std::vector<ItemId> numbers;
  thread_local std::vector<features::Key> keys;
  numbers.clear();
  keys.clear();
  for (const std::string_view id : items) {
    const auto number = model.catalog().items()->find(id);
    numbers.push_back(number ? ItemId{*number} : features::kStranger);
    keys.push_back(features::FeatureStore::item_key(id));
  }
  rows.resize(std::max<std::size_t>(1, numbers.size()) * store.width());
  store.read(
      {.visitor = session::Visitor(visitor).hash, .items = numbers, .now = now, .keys = keys},
      model.catalog(), work, rows);
}

}  // namespace aisle::engine
