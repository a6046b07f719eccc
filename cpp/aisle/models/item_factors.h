#pragma once

/// A low-rank item-to-item model: a session's vector is made of its items' vectors, and scores are
/// dot products.
///
/// Data path   ALS, BPR, item vectors -> [item factors] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   owns its vectors
/// Cost        one dot product an item; with fold-in, dim^3 / 6 multiplications a session beside

#include <cstddef>
#include <vector>

#include "aisle/models/session_model.h"
#include "aisle/models/session_weights.h"

namespace aisle::models {

struct ItemFactors {
  std::size_t dim = 0;
  std::vector<float> rows;      ///< items * dim: what is scored.
  std::vector<float> inputs{};  ///< items * dim: what sessions are made of; empty: the rows.
  std::vector<float> bias{};    ///< items; empty: none.

  [[nodiscard]] std::size_t item_count() const noexcept { return dim == 0 ? 0 : rows.size() / dim; }
  /// @throws DataError naming the array, the place and the value.
  void validate() const;
};

/// The visitor's vector that implicit ALS would give a visitor with the session's items:
/// (Y'Y + regularization I + sum (c - 1) y y')^-1 sum c y, where c = confidence * weight(item).
///
/// Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets (2008).
struct FoldIn {
  double confidence = 0.0;  ///< 0: no fold-in, a session's vector is the weighted mean.
  double regularization = 0.01;

  void validate() const;
};

/// Every item with a vector or a bias gets a score, of either sign.
class ItemFactorsModel final : public SessionModel {
 public:
  /// @throws ConfigError, DataError for what is out of range.
  ItemFactorsModel(ItemFactors factors, const SessionWeights& weights, const FoldIn& fold_in);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return factors_.item_count(); }
  [[nodiscard]] const ItemFactors& factors() const noexcept { return factors_; }

 private:
  void mean_vector(Workspace& work) const;
  void folded_vector(Workspace& work) const;

  ItemFactors factors_;
  SessionWeights weights_;
  FoldIn fold_in_;
  std::vector<double> gram_;    // Y'Y + regularization I, dim * dim; empty without fold-in
  std::vector<ItemId> scored_;  // items that have a vector or a bias
};

}  // namespace aisle::models
