#include "aisle/score/features.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace aisle::score {
namespace {

constexpr std::array<std::string_view, kSources> kSourceNames = {
    "knn",     "co_visitation", "rules",          "cart",    "purchase",
    "vectors", "trending",      "trending_alike", "history", "buy_again"};
constexpr std::array<std::string_view, kFeatures - static_cast<std::size_t>(Feature::in_session)>
    kOwnNames = {"in_session", "is_last", "times_seen",     "seen_by_age",    "return_rate",
                 "popularity", "heat",    "rise",           "price_distance", "category_affinity",
                 "freshness",  "bias",    "session_length", "distinct_share", "steps_since"};

std::vector<std::string> make_names() {
  std::vector<std::string> names;
  for (const std::string_view source : kSourceNames) {
    for (const std::string_view kind : {".place", ".share", ".root_share"})
      names.push_back(std::string(source).append(kind));
  }
  for (const std::string_view own : kOwnNames) names.emplace_back(own);
  return names;
}

/// Where in the session an item stands.
struct Place {
  std::size_t steps = 0;  // from the end; 1 is the last; 0: not there
  std::size_t times = 0;
};

Place place_of(ItemId item, std::span<const ItemId> session) noexcept {
  Place place;
  for (std::size_t step = 1; step <= session.size(); ++step) {
    if (session[session.size() - step] != item) continue;
    if (place.steps == 0) place.steps = step;
    ++place.times;
  }
  return place;
}

float mean_log_price(const SessionFacts& session) noexcept {
  float sum = 0.0F;
  float known = 0.0F;
  for (const ItemFacts& facts : session.facts) {
    if (std::isnan(facts.log_price)) continue;
    sum += facts.log_price;
    known += 1.0F;
  }
  return known > 0.0F ? sum / known : kNoValue;
}

float category_share(const SessionFacts& session, std::uint32_t category) noexcept {
  if (category == 0xffffffff || session.facts.empty()) return 0.0F;
  const auto same = std::ranges::count(session.facts, category, &ItemFacts::category);
  return static_cast<float>(same) / static_cast<float>(session.facts.size());
}

/// Of the newest steps: a long session would only cost time.
float distinct_share(std::span<const ItemId> session) noexcept {
  constexpr std::size_t kNewest = 32;
  const auto newest = session.last(std::min(kNewest, session.size()));
  if (newest.empty()) return 1.0F;
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < newest.size(); ++i) {
    const auto before = newest.first(i);
    distinct += std::ranges::find(before, newest[i]) == before.end() ? 1U : 0U;
  }
  return static_cast<float>(distinct) / static_cast<float>(newest.size());
}

}  // namespace

std::string_view feature_name(std::size_t column) {
  static const std::vector<std::string> names = make_names();
  return names.at(column);
}

void compute_features(std::span<const PoolEntry> pool, std::span<const ItemFacts> facts,
                      const SessionFacts& session, std::span<float> matrix) {
  float most_count = 0.0F;
  float most_heat = 0.0F;
  for (const ItemFacts& one : facts) {
    most_count = std::max(most_count, one.count);
    most_heat = std::max(most_heat, one.heat);
  }
  most_count = std::max(1e-6F, std::log1p(most_count));
  most_heat = std::max(1e-6F, std::log1p(most_heat));
  const float price = mean_log_price(session);
  const float length = std::log1p(static_cast<float>(session.session.size()));
  const float distinct = distinct_share(session.session);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const PoolEntry& entry = pool[i];
    float* const row = matrix.data() + i * kFeatures;
    for (std::size_t s = 0; s < kSources; ++s) {
      const bool there = entry.rank[s] != 0;
      row[3 * s] = there ? 6.0F / (5.0F + static_cast<float>(entry.rank[s])) : 0.0F;
      row[3 * s + 1] = entry.share[s];
      row[3 * s + 2] = there ? std::sqrt(std::max(0.0F, entry.share[s])) : 0.0F;
    }
    const auto set = [&](Feature feature, float value) {
      row[static_cast<std::size_t>(feature)] = value;
    };
    const Place place = place_of(entry.item, session.session);
    const bool seen = place.steps != 0;
    set(Feature::in_session, seen ? 1.0F : 0.0F);
    set(Feature::is_last, place.steps == 1 ? 1.0F : 0.0F);
    set(Feature::times_seen, seen ? std::log1p(static_cast<float>(place.times)) : 0.0F);
    set(Feature::seen_by_age, seen ? std::log1p(static_cast<float>(place.steps - 1)) : 0.0F);
    set(Feature::return_rate, seen && session.returns != nullptr && place.steps <= kReturnSteps
                                  ? std::sqrt((*session.returns)[place.steps - 1])
                                  : 0.0F);
    const float popularity = std::log1p(facts[i].count) / most_count;
    const float heat = std::log1p(facts[i].heat) / most_heat;
    set(Feature::popularity, popularity);
    set(Feature::heat, heat);
    set(Feature::rise, heat - popularity);
    const bool has_prices = !std::isnan(price) && !std::isnan(facts[i].log_price);
    set(Feature::price_distance,
        has_prices ? -std::min(3.0F, std::abs(facts[i].log_price - price)) : 0.0F);
    set(Feature::category_affinity, category_share(session, facts[i].category));
    set(Feature::freshness, 1.0F / (1.0F + facts[i].days_known));
    set(Feature::bias, 1.0F);
    set(Feature::session_length, length);
    set(Feature::distinct_share, distinct);
    set(Feature::steps_since, seen ? 1.0F / static_cast<float>(place.steps) : 0.0F);
  }
}

}  // namespace aisle::score
