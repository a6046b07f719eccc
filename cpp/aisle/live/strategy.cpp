#include "aisle/live/strategy.h"

#include <cmath>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::live {

std::string_view source_name(Source source) noexcept {
  const std::string_view column =
      score::feature_name(score::kSourceFeatures * static_cast<std::size_t>(source));
  return column.substr(0, column.find('.'));
}

std::array<SourceOptions, kSources> default_sources() {
  std::array<SourceOptions, kSources> sources;
  const auto set = [&](Source source, std::size_t quota) {
    sources[static_cast<std::size_t>(source)].quota = quota;
  };
  set(Source::knn, 100);
  set(Source::co_visitation, 60);
  set(Source::rules, 60);
  set(Source::cart, 30);
  set(Source::purchase, 30);
  set(Source::vectors, 20);
  set(Source::trending, 30);
  set(Source::trending_alike, 20);
  set(Source::history, 20);
  set(Source::buy_again, 10);
  return sources;
}

Strategies::Strategies(std::vector<NamedStrategy> all) : all_(std::move(all)) {
  if (all_.empty()) throw ConfigError("an engine needs a strategy for at least one placement");
  for (std::size_t i = 0; i < all_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (all_[i].placement == all_[j].placement)
        throw ConfigError("two strategies for the placement '" + all_[i].placement + "'");
    }
  }
}

void Strategy::validate() const {
  knn.validate();
  for (std::size_t s = 0; s < kSources; ++s) {
    if (sources[s].quota > 1000) {
      throw ConfigError("quota of " + std::string(source_name(static_cast<Source>(s))) +
                        " must be at most 1000, got " + std::to_string(sources[s].quota));
    }
    if (!(sources[s].weight >= 0.0F && sources[s].weight <= 100.0F)) {
      throw ConfigError("weight of " + std::string(source_name(static_cast<Source>(s))) +
                        " must be between 0 and 100, got " + std::to_string(sources[s].weight));
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i]))
      throw ConfigError("weight " + std::string(score::feature_name(i)) + " must be finite");
  }
  if (!(diversity >= 0.0F && diversity <= 1.0F)) {
    throw ConfigError("diversity must be between 0 and 1, got " + std::to_string(diversity));
  }
  if (!(novelty >= 0.0F && novelty <= 1.0F)) {
    throw ConfigError("novelty must be between 0 and 1, got " + std::to_string(novelty));
  }
  if (diversity_pool == 0) throw ConfigError("diversity_pool must be at least 1, got 0");
  objectives.validate();
  for (const value::Offer& offer : offers) offer.validate();
  for (const rules::Rule& rule : merchandising) {
    if (rule.action == rules::Action::offer && rule.count >= offers.size())
      throw ConfigError("the rule '" + rule.name + "' names an offer that there is not");
  }
  if (!(price_reranking >= 0.0F && price_reranking <= 1.0F)) {
    throw ConfigError("price_reranking must be between 0 and 1, got " +
                      std::to_string(price_reranking));
  }
  for (const AtMost& rule : at_most) {
    if (rule.count == 0)
      throw ConfigError("at_most of " + rule.column + " must be at least 1, got 0");
  }
}

}  // namespace aisle::live
