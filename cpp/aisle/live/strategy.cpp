#include "aisle/live/strategy.h"

#include <algorithm>
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
  for (const NamedStrategy& one : all_) {
    check_others(one);
    std::vector<std::string_view> chain;
    check_chain(one, chain);
  }
}

const NamedStrategy& Strategies::find(const std::string& placement, const NamedStrategy& from,
                                      const char* field) const {
  const auto found = std::ranges::find(all_, placement, &NamedStrategy::placement);
  if (found != all_.end()) return *found;
  throw ConfigError("the strategy of '" + from.placement + "': " + field +
                    " names the placement '" + placement + "', which there is not");
}

/// The strategies that one chooses among are there, and choose nothing themselves.
void Strategies::check_others(const NamedStrategy& one) const {
  const explore::ExploreOptions& explore = one.strategy.explore;
  if (!explore.is_on || explore.over != explore::Over::strategies) return;
  for (const std::string& name : explore.among) {
    const NamedStrategy& other = find(name, one, "explore.among");
    if (other.strategy.explore.is_on && other.strategy.explore.over == explore::Over::strategies)
      throw ConfigError("the strategy of '" + one.placement + "': explore.among names '" + name +
                        "', which chooses among strategies itself");
  }
}

/// No placement falls back, by whatever way, on itself.
void Strategies::check_chain(const NamedStrategy& one, std::vector<std::string_view>& chain) const {
  if (std::ranges::find(chain, one.placement) != chain.end()) {
    std::string circle;
    for (const std::string_view name : chain) circle.append(name).append(" -> ");
    throw ConfigError("circular fallback: " + circle + one.placement);
  }
  chain.push_back(one.placement);
  for (const std::string& name : one.strategy.fallback)
    check_chain(find(name, one, "fallback"), chain);
  chain.pop_back();
}

namespace {

void check_share(const char* name, float value) {
  if (value >= 0.0F && value <= 1.0F) return;
  throw ConfigError(std::string(name) + " must be between 0 and 1, got " + std::to_string(value));
}

}  // namespace

void Strategy::validate() const {
  knn.validate();
  explore.validate();
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
  check_share("diversity", diversity);
  check_share("novelty", novelty);
  check_share("fatigue.strength", fatigue.strength);
  check_share("rotation.rate", rotation.rate);
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
