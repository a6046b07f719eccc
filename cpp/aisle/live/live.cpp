#include "aisle/live/live.h"

#include <algorithm>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::live {
namespace {

/// The bundle's own weights unless the strategy brought others than the defaults; then each
/// source's say.
Strategy with_weights(Strategy strategy, const Model& model) {
  strategy.validate();
  if (model.weights() && strategy.weights == score::default_weights())
    strategy.weights = *model.weights();
  for (std::size_t s = 0; s < kSources; ++s) {
    for (std::size_t f = 0; f < score::kSourceFeatures; ++f)
      strategy.weights[s * score::kSourceFeatures + f] *= strategy.sources[s].weight;
  }
  return strategy;
}

/// @throws UnknownNameError for a column that the catalogue does not have, ConfigError for one that
/// has no values to count.
void check_columns(const NamedStrategy& named, const catalog::Catalog& catalog) {
  try {
    for (const AtMost& cap : named.strategy.at_most) {
      const catalog::Column& column = catalog.column(cap.column);
      if (column.has_codes()) continue;
      throw ConfigError("the strategy of '" + named.placement + "': at_most." + cap.column +
                        ": this is " + catalog::described(column.kind()) +
                        "; only a category or a text has values to count");
    }
    if (named.strategy.price_reranking > 0.0F && catalog.role(catalog::Role::price) == nullptr)
      throw UnknownNameError("price_reranking: the catalogue has no column 'price'");
    const std::string& on = named.strategy.diversity_on;
    if (!on.empty() && on != "vectors") (void)catalog.column(on);
  } catch (const UnknownNameError& error) {
    throw UnknownNameError("the strategy of '" + named.placement + "': " + error.what());
  }
}

value::Utility utility_of(const NamedStrategy& named, const catalog::Catalog& catalog) {
  const std::string where = "the strategy of '" + named.placement + "': ";
  try {
    return {named.strategy.objectives, catalog};
  } catch (const UnknownNameError& error) {
    throw UnknownNameError(where + error.what());
  } catch (const ConfigError& error) {
    throw ConfigError(where + error.what());
  }
}

}  // namespace

Live::Live(std::shared_ptr<Model> learned, const Strategies& strategies)
    : model(std::move(learned)) {
  for (const NamedStrategy& one : strategies.all()) {
    check_columns(one, model->catalog());
    Placement made{one.placement, with_weights(one.strategy, *model), nullptr, nullptr,
                   utility_of(one, model->catalog())};
    const auto same = std::ranges::find_if(placements, [&](const Placement& other) {
      return other.strategy.knn == made.strategy.knn;
    });
    made.knn = same != placements.end()
                   ? same->knn
                   : std::make_shared<const retrieve::SessionKnn>(model->index(), made.strategy.knn,
                                                                  &model->live_sessions());
    made.rules =
        std::make_shared<const rules::RuleBook>(one.strategy.filter, one.strategy.merchandising,
                                                one.strategy.takes_largest_boost, model->catalog());
    placements.push_back(std::move(made));
  }
}

std::vector<value::Offer> offers_of(const Strategies& strategies) {
  std::vector<value::Offer> all;
  for (const NamedStrategy& one : strategies.all())
    all.insert(all.end(), one.strategy.offers.begin(), one.strategy.offers.end());
  return all;
}

const Placement& Live::at(std::string_view placement) const {
  if (placement.empty()) return placements.front();
  const auto found = std::ranges::find(placements, placement, &Placement::name);
  if (found != placements.end()) return *found;
  std::string known;
  for (const Placement& one : placements) known += (known.empty() ? "" : ", ") + one.name;
  throw UnknownNameError("unknown placement '" + std::string(placement) + "'; there are: " + known);
}

}  // namespace aisle::live
