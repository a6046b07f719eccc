#include "aisle/models/item_factors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "aisle/base/dot.h"
#include "aisle/base/error.h"

namespace aisle::models {
namespace {

void expect(const std::vector<float>& values, std::size_t wanted, const char* name) {
  if (values.size() != wanted) {
    throw DataError(std::string(name) + " has " + std::to_string(values.size()) + " entries, not " +
                    std::to_string(wanted));
  }
  const auto bad = std::ranges::find_if(values, [](float v) { return !std::isfinite(v); });
  if (bad != values.end()) {
    throw DataError(std::string(name) + "[" + std::to_string(bad - values.begin()) + "] is " +
                    std::to_string(*bad));
  }
}

/// Solves A x = b in place for a symmetric positive definite A (n * n, its lower half), b becoming
/// x: Cholesky, then two triangles.
void solve(std::span<double> a, std::span<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / a[j * n + j];
    }
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

/// a += weight * y y', lower half.
void add_outer(std::span<const float> y, double weight, std::span<double> a) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double left = weight * static_cast<double>(y[i]);
    for (std::size_t j = 0; j <= i; ++j) a[i * y.size() + j] += left * static_cast<double>(y[j]);
  }
}

}  // namespace

void ItemFactors::validate() const {
  if (dim == 0) throw DataError("rows must have at least one column");
  if (rows.size() % dim != 0) throw DataError("rows has no whole number of vectors");
  expect(rows, rows.size(), "rows");
  if (!inputs.empty()) expect(inputs, rows.size(), "inputs");
  if (!bias.empty()) expect(bias, item_count(), "bias");
}

void FoldIn::validate() const {
  const auto refuse = [](const char* field, double value, const char* domain) {
    throw ConfigError(std::string(field) + " must be " + domain + ", got " + std::to_string(value));
  };
  if (!(confidence >= 0.0 && std::isfinite(confidence)))
    refuse("confidence", confidence, "finite and at least 0");
  if (confidence > 0.0 && !(regularization > 0.0 && std::isfinite(regularization)))
    refuse("regularization", regularization, "finite and above 0");
}

ItemFactorsModel::ItemFactorsModel(ItemFactors factors, const SessionWeights& weights,
                                   const FoldIn& fold_in)
    : factors_(std::move(factors)), weights_(weights), fold_in_(fold_in) {
  factors_.validate();
  weights_.validate();
  fold_in_.validate();
  const std::size_t dim = factors_.dim;
  if (fold_in_.confidence > 0.0) {
    gram_.assign(dim * dim, 0.0);
    for (std::size_t k = 0; k < dim; ++k) gram_[k * dim + k] = fold_in_.regularization;
  }
  for (std::uint32_t i = 0; i < factors_.item_count(); ++i) {
    const std::span row(factors_.rows.data() + i * dim, dim);
    const bool there = std::ranges::any_of(row, [](float v) { return v != 0.0F; }) ||
                       (!factors_.bias.empty() && factors_.bias[i] != 0.0F);
    if (there) scored_.push_back(ItemId{i});
    if (!gram_.empty()) add_outer(row, 1.0, gram_);
  }
}

void ItemFactorsModel::mean_vector(Workspace& work) const {
  const std::size_t dim = factors_.dim;
  const auto& inputs = factors_.inputs.empty() ? factors_.rows : factors_.inputs;
  work.dense.assign(dim, 0.0);
  double total = 0.0;
  for (const auto& [item, weight] : work.best) {
    const float* row = inputs.data() + value_of(item) * dim;
    for (std::size_t k = 0; k < dim; ++k) work.dense[k] += weight * static_cast<double>(row[k]);
    total += weight;
  }
  for (double& value : work.dense) value /= total;
}

void ItemFactorsModel::folded_vector(Workspace& work) const {
  const std::size_t dim = factors_.dim;
  work.dense.assign(dim + gram_.size(), 0.0);
  const std::span b(work.dense.data(), dim);
  const std::span a(work.dense.data() + dim, gram_.size());
  std::ranges::copy(gram_, a.begin());
  for (const auto& [item, weight] : work.best) {
    const std::span row(factors_.rows.data() + value_of(item) * dim, dim);
    const double confidence = fold_in_.confidence * weight;
    add_outer(row, confidence - 1.0, a);
    for (std::size_t k = 0; k < dim; ++k) b[k] += confidence * static_cast<double>(row[k]);
  }
  solve(a, b);
}

void ItemFactorsModel::score(const SessionQuery& query, Workspace& work) const {
  weigh_session(query, item_count(), weights_, work);
  auto& scores = work.scores();
  scores.begin(item_count(), -std::numeric_limits<double>::infinity());
  // Items that weigh nothing say nothing.
  const auto silent = [](const retrieve::ScoredItem& one) { return !(one.score > 0.0); };
  work.best.erase(std::remove_if(work.best.begin(), work.best.end(), silent), work.best.end());
  if (work.best.empty()) return;
  if (gram_.empty()) {
    mean_vector(work);
  } else {
    folded_vector(work);
  }
  const std::size_t dim = factors_.dim;
  const std::span<const double> session(work.dense.data(), dim);
  const bool says_something = std::ranges::any_of(session, [](double v) { return v != 0.0; });
  if (!says_something && factors_.bias.empty()) return;
  work.floats.resize(dim + item_count());
  for (std::size_t k = 0; k < dim; ++k) work.floats[k] = static_cast<float>(session[k]);
  const std::span<float> all(work.floats.data() + dim, item_count());
  dot_rows(std::span<const float>(work.floats.data(), dim), factors_.rows.data(), all);
  for (const ItemId item : scored_) {
    const std::size_t i = value_of(item);
    const float bias = factors_.bias.empty() ? 0.0F : factors_.bias[i];
    scores.add(item, static_cast<double>(all[i] + bias));
  }
}

}  // namespace aisle::models
