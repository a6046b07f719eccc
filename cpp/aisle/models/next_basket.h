#pragma once

/// What a visitor buys next, from the baskets of like visitors: TIFU-KNN and UP-CF.
///
/// Data path   purchases -> [next basket] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   owns the visitors' rows; 12 bytes for each item that a visitor bought
/// Cost        a query: the rows of all visitors that share an item, and a pass over all visitors

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/models/session_model.h"

namespace aisle::models {

enum class BasketKind : std::uint8_t {
  tifu,       ///< TIFU-KNN as the paper defines it.
  tifu_code,  ///< TIFU-KNN as its authors' code computes it.
  up_cf,      ///< UP-CF@r.
};

struct BasketOptions {
  BasketKind kind = BasketKind::tifu;
  std::size_t neighbours = 300;  ///< up_cf: 0 takes everybody.
  double within_decay = 0.9;     ///< tifu: r_b, of a basket within its group.
  double group_decay = 0.7;      ///< tifu: r_g, of a group of baskets.
  std::size_t groups = 7;        ///< tifu: m.
  double alpha = 0.7;            ///< tifu: what the visitor's own vector weighs.
  std::size_t recency = 25;      ///< up_cf: r, newest baskets that are counted.
  double asymmetry = 0.75;       ///< up_cf: of the two visitors' numbers of items in the cosine.
  double locality = 10.0;        ///< up_cf: power of the similarity.

  /// @throws ConfigError naming the field and its value.
  void validate() const;
};

/// What basket j of n weighs in its owner's vector, j from 0 (the oldest).
[[nodiscard]] double basket_weight(const BasketOptions& options, std::size_t j, std::size_t n);

/// Rows of visitors: visitor u bought items[offsets[u] .. offsets[u + 1]) with these weights.
struct BasketUsers {
  std::vector<std::uint64_t> offsets;
  std::vector<ItemId> items;
  std::vector<float> weights;  ///< up_cf: 0 for what was bought before the newest r baskets.
};

/// Purchases visitor by visitor, oldest first; rows of one number in `baskets` are one basket.
struct BasketRows {
  std::span<const std::int64_t> offsets;
  std::span<const ItemId> items;
  std::span<const Timestamp> baskets;
};

/// @throws ConfigError, DataError for what does not fit.
[[nodiscard]] BasketUsers basket_users(const BasketRows& rows, std::size_t item_count,
                                       const BasketOptions& options);

/// A query is one visitor's purchases: those of one time are one basket; without times all are.
///
/// H. Hu, X. He, J. Gao, Z. Zhang: Modeling personalized item frequency information for next-basket
/// recommendation (SIGIR 2020). G. Faggioli, M. Polato, F. Aiolli: Recency aware collaborative
/// filtering for next basket recommendation (UMAP 2020).
class NextBasketModel final : public SessionModel {
 public:
  NextBasketModel(BasketUsers users, std::size_t item_count, const BasketOptions& options);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override {
    return posting_offsets_.size() - 1;
  }
  [[nodiscard]] const BasketUsers& users() const noexcept { return users_; }

 private:
  struct Posting {
    std::uint32_t user = 0;
    float weight = 0.0F;
  };
  [[nodiscard]] std::size_t user_count() const noexcept { return users_.offsets.size() - 1; }
  void find_by_distance(Workspace& work) const;
  void find_by_overlap(Workspace& work) const;
  void add_neighbours(Workspace& work) const;

  BasketUsers users_;
  BasketOptions options_;
  std::vector<std::uint64_t> posting_offsets_;
  std::vector<Posting> postings_;  // of each item
  std::vector<double> norms_;      // tifu: of each visitor, squared
};

}  // namespace aisle::models
