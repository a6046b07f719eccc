// The weights of session kNN, apart from the algorithm: of the session's items by position, of
// neighbours by step, of items by rarity. Formulas as in the papers that session_knn.cpp names.

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"
#include "aisle/retrieve/session_knn.h"

namespace aisle::retrieve {
namespace {

double weigh(Weighting weighting, double n, double p, double lambda) {
  switch (weighting) {
    case Weighting::same:
      return 1.0;
    case Weighting::div:
      return p / n;
    // The published code's quirk, kept: beyond ten positions the weight is 0.
    case Weighting::linear:
      return p <= 10 ? 1.0 - 0.1 * (n - p) : 0.0;
    case Weighting::log:
      return 1.0 / std::log10(n - p + 1.7);
    case Weighting::quadratic:
      return (p / n) * (p / n);
    case Weighting::exponential:
      return std::exp((p - n) / lambda);
    case Weighting::vmis:
      return p;
  }
  return 1.0;
}

}  // namespace

void KnnOptions::validate() const {
  if (k == 0) throw ConfigError("k must be at least 1, got 0");
  if (sample_size == 0) throw ConfigError("sample_size must be at least 1, got 0");
  const auto positive = [](double value, const char* name) {
    if (!(value > 0.0))
      throw ConfigError(std::string(name) + " must be positive, got " + std::to_string(value));
  };
  positive(lambda_spw, "lambda_spw");
  positive(lambda_ipw, "lambda_ipw");
  if (!(lambda_snh >= 0.0))
    throw ConfigError("lambda_snh must be positive, got " + std::to_string(lambda_snh));
  if (!(least_near >= 0.0))
    throw ConfigError("least_near must not be negative, got " + std::to_string(least_near));
  if (!(lambda_inh >= 0.0))
    throw ConfigError("lambda_inh must be positive, got " + std::to_string(lambda_inh));
  if (!(idf_weighting >= 0.0))
    throw ConfigError("idf_weighting must not be negative, got " + std::to_string(idf_weighting));
}

/// Distinct items, the newest first; returns the square root of the sum of squared weights. All
/// distinct items, known or not, are in `terms`: |U| is their number. Which unknown item it was
/// nobody can tell here, so each counts as one of its own.
double SessionKnn::collect_terms(std::span<const ItemId> session, std::span<const double> emphasis,
                                 KnnWorkspace& work) const {
  work.terms.clear();
  double squares = 0.0;
  const auto n = static_cast<double>(session.size());
  for (std::size_t step = 1; step <= session.size(); ++step) {
    const std::size_t at = session.size() - step;
    const ItemId item = session[at];
    const bool is_repeat = is_known(item) && std::ranges::any_of(work.terms, [&](const auto& term) {
                             return term.item == item;
                           });
    if (is_repeat) continue;
    double weight =
        options_.similarity == Similarity::jaccard
            ? 1.0
            : weigh(options_.weighting, n, static_cast<double>(at + 1), options_.lambda_spw);
    if (!emphasis.empty()) {
      double most = emphasis[at];
      for (std::size_t before = 0; is_known(item) && before < at; ++before) {
        if (session[before] == item) most = std::max(most, emphasis[before]);
      }
      weight *= most;
    }
    squares += weight * weight;
    work.terms.push_back({item, weight, static_cast<std::uint32_t>(step)});
  }
  return std::sqrt(squares);
}

double SessionKnn::step_weight(std::uint32_t step) const noexcept {
  const double r = step;
  switch (options_.weighting_score) {
    case Weighting::same:
      return 1.0;
    case Weighting::div:
      return 1.0 / r;
    case Weighting::linear:
      return r <= 100 ? 1.0 - 0.1 * r : 0.0;
    case Weighting::log:
      return 1.0 / std::log10(r + 1.7);
    case Weighting::quadratic:
      return 1.0 / (r * r);
    case Weighting::exponential:
      return std::exp((1.0 - r) / options_.lambda_ipw);
    case Weighting::vmis:
      return r < 100 ? 1.0 - 0.1 * r : 0.0;
  }
  return 1.0;
}

double SessionKnn::idf_of(double rows, double sessions) const noexcept {
  if (options_.idf == Idf::additive) {
    const auto all = static_cast<double>(std::max<std::size_t>(1, index_.session_count()));
    return 1.0 + options_.idf_weighting * std::log(all / rows);
  }
  const auto all = static_cast<double>(std::max<std::uint64_t>(1, index_.row_count));
  const double idf = options_.idf_weighting * std::log(all / sessions);
  return idf > 0.0 ? idf : 1.0;
}

/// One logarithm an item here, none in a request. An item that only lives online is as rare as one
/// that was seen once.
void SessionKnn::weigh_items() {
  if (options_.idf == Idf::none) return;
  item_weights_.reserve(index_.item_count());
  for (std::size_t i = 0; i < index_.item_count(); ++i) {
    item_weights_.push_back(
        idf_of(std::max(1U, index_.item_rows[i]), std::max(1U, index_.item_sessions[i])));
  }
  new_item_weight_ = idf_of(1.0, 1.0);
}

/// Ages are told from the newest session: that keeps them in the numbers' range whenever one asks.
void SessionKnn::weigh_sessions() {
  constexpr double kOldest = 300.0;  // exponents below it would all be 0 and lose their order
  if (!(options_.lambda_snh > 0.0) || index_.last_time.empty()) return;
  const double scale = options_.lambda_snh * static_cast<double>(kDay);
  ages_.reserve(index_.last_time.size());
  for (const Timestamp end : index_.last_time) {
    const double age = static_cast<double>(index_.last_time.back() - end) / scale;
    ages_.push_back(std::exp(-std::min(age, kOldest)));
  }
}

}  // namespace aisle::retrieve
