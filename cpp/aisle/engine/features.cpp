#include "aisle/engine/features.h"

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/session/session_store.h"

namespace aisle::engine {
namespace {

/// Items by the model's numbers and the store's keys.
struct Named {
  void look_up(std::span<const std::string_view> ids, const live::Model& model) {
    numbers.clear();
    keys.clear();
    for (const std::string_view id : ids) {
      const auto number = model.catalog().items()->find(id);
      numbers.push_back(number ? ItemId{*number} : features::kStranger);
      keys.push_back(features::FeatureStore::item_key(id));
    }
  }
  std::vector<ItemId> numbers;
  std::vector<features::Key> keys;
};

}  // namespace

const features::FeatureStore& features_of(const live::Model& model) {
  if (model.features() != nullptr) return *model.features();
  throw ConfigError(
      "the bundle has no features: fit it with them, aisle.fit(events, items=items, "
      "features=aisle.features.FeatureSet.default(items))");
}

std::vector<features::Stretch> stretches_of(const person::Identities& identities,
                                            std::string_view visitor, Timestamp now) {
  const std::uint64_t own = session::Visitor(visitor).hash;
  if (identities.is_empty()) return {{.row = own}};
  std::vector<person::Part> parts;
  identities.stretches(visitor, now, parts);
  std::vector<features::Stretch> stretches;
  for (const person::Part& part : parts) {
    const std::uint64_t hash = session::Visitor(part.visitor).hash;
    stretches.push_back({features::FeatureStore::row_key(hash, part.from), part.until});
  }
  return stretches;
}

void read_features(const live::Model& model, const person::Identities& identities,
                   const FeatureRequest& asked, std::vector<float>& rows) {
  const features::FeatureStore& store = features_of(model);
  thread_local features::ReadWorkspace work;
  thread_local Named items;
  thread_local Named session;
  items.look_up(asked.items, model);
  rows.resize(std::max<std::size_t>(1, items.numbers.size()) * store.width());
  features::Asked question{.items = items.numbers, .now = asked.now, .keys = items.keys};
  std::vector<features::Stretch> stretches;
  if (asked.session) {
    session.look_up(*asked.session, model);
    question.session = session.numbers;
    question.session_keys = session.keys;
  } else if (identities.is_empty()) {
    question.visitor = session::Visitor(asked.visitor).hash;
  } else {
    stretches = stretches_of(identities, asked.visitor, asked.now);
    question.stretches = stretches;
  }
  store.read(question, model.catalog(), work, rows);
}

}  // namespace aisle::engine
