#pragma once

/// The recipe of a slate: sources with weights and quotas, rules, diversity.
///
/// Data path   bundle -> [strategy] -> recommend
/// Threads     immutable once the engine has it
/// Ownership   values
/// Cost        copied never on the request path

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/base/pool.h"
#include "aisle/catalog/view.h"
#include "aisle/explore/explorer.h"
#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/session_knn.h"
#include "aisle/rules/rule.h"
#include "aisle/score/linear_scorer.h"
#include "aisle/shown/shares.h"
#include "aisle/value/affinity.h"
#include "aisle/value/objectives.h"
#include "aisle/value/offer_book.h"

namespace aisle::live {

/// How one source takes part.
struct SourceOptions {
  bool is_on = true;
  std::size_t quota = 100;  ///< At most so many candidates; 0 to 1,000.
  float weight = 1.0F;      ///< Times what the scorer's weights say of the source.
};

/// At most `count` items of one value of a category column.
struct AtMost {
  std::string column;
  std::size_t count = 1;
};

enum class Diversify : std::uint8_t { mmr, dpp, xquad, calibrated };

/// Which items of the visitor's own must not come back.
struct Exclusions {
  bool anchor = true;           ///< The item the page is about.
  bool bought = true;           ///< Bought, as far as the visitor's kept events reach.
  bool in_cart = true;          ///< Put into the cart and not taken out again.
  bool seen = false;            ///< Anything of the running session.
  bool unavailable = true;      ///< Out of stock, not yet or no longer available.
  float return_below = 0.005F;  ///< Session items whose return rate h(d) is lower; 0: keep all.
};

/// What each source brings by default, in the order of Source: on public logs, more changes slates
/// in the third digit and costs time.
[[nodiscard]] std::array<SourceOptions, kSources> default_sources();

/// What was shown and not touched sinks.
struct Fatigue {
  float strength = 0.0F;        ///< Each showing takes this share of an item's odds; 0: none.
  std::size_t after = 0;        ///< So many showings are free.
  Timestamp within = 7 * kDay;  ///< Older showings are forgotten.
};

/// What was just shown makes room, touched or not.
struct Rotation {
  float rate = 0.0F;           ///< The share of its odds that an item loses at once; 0: none.
  Timestamp time = 2 * kHour;  ///< It comes back to it evenly over this time.
};

/// A share of what is shown over many slates, for the items of a condition, of each value of a
/// column, or of the long tail.
struct Exposure {
  std::string name;
  std::string where;   ///< A condition on the item alone,
  std::string column;  ///< or values that are counted apart,
  double tail = 0.0;   ///< or the items beyond this share of them all, the most popular first.
  shown::ShareGoal goal{};
  bool operator==(const Exposure&) const = default;
};

/// Where a strategy holds: a country, a currency, a store. What the shop's names mean there.
struct Market {
  std::string name;          ///< Empty: the shop as a whole.
  std::string currency;      ///< Of its prices; empty: the shop's.
  catalog::Aliases columns;  ///< ("price", "price_de")
};

struct Strategy {
  Market market;
  std::array<SourceOptions, kSources> sources = default_sources();
  retrieve::KnnOptions knn{.k = 300,
                           .sample_size = 600,
                           .similarity = retrieve::Similarity::cosine,
                           .weighting = retrieve::Weighting::exponential,
                           .weighting_score = retrieve::Weighting::same,
                           .lambda_spw = 1.81,
                           .lambda_inh = 2.0,
                           .idf = retrieve::Idf::additive,
                           .idf_weighting = 1.0};
  retrieve::CoVisitationQuery co_visitation{};
  retrieve::CoVisitationQuery rules{.last_items = 8,
                                    .step_decay = 0.5,
                                    .backward = 0.0,
                                    .item_power = 1.0,
                                    .popularity_power = 0.0};
  std::size_t vector_items = 5;  ///< Last items whose vectors make the query's.
  double vector_decay = 0.7;     ///< Weight of the j-th newest of them: vector_decay^j.
  score::Weights weights = score::default_weights();
  /// The bundle's trees correct the sum, where it has them; weights of one's own rule them out.
  bool uses_trees = true;
  Exclusions exclude{};
  Diversify diversity_method = Diversify::mmr;
  float diversity = 0.0F;    ///< 0 is relevance alone, 1 difference alone.
  std::string diversity_on;  ///< "vectors", or a column; empty: vectors, where there are any.
  float novelty = 0.0F;      ///< 0 is relevance alone, 1 the rarest first.
  std::size_t diversity_pool = 100;  ///< The best so many are reranked.
  std::vector<AtMost> at_most;
  std::string filter;  ///< An expression that must be true of an item; empty: none.
  std::vector<rules::Rule>
      merchandising;  ///< In any order: docs/strategies.md says how they apply.
  bool takes_largest_boost =
      false;  ///< Of several boosts the one farthest from 1, else their product.
  value::Objectives objectives;
  value::Relation relation = value::Relation::any;  ///< To the anchor, else the last item seen.
  std::vector<value::Offer> offers;  ///< Each with one rule in `merchandising` that says for what.
  float price_reranking = 0.0F;      ///< Odds that differ by less are near: there the dearer first.
  std::size_t minimum = 0;           ///< A slate that would have fewer items is left empty.
  std::vector<std::string> fallback;  ///< Placements that answer, in turn, for an empty slate.
  Fatigue fatigue{};
  Rotation rotation{};
  std::vector<Exposure> exposure;
  explore::ExploreOptions explore{};
  std::uint64_t seed = 0;  ///< Of all that is drawn.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

/// One strategy for each placement; the first answers requests that name none.
struct NamedStrategy {
  std::string placement;
  Strategy strategy;
};
class Strategies {
 public:
  Strategies() : Strategies(Strategy{}) {}
  Strategies(const Strategy& one)
      : all_{{"default", one}} {}  // NOLINT(google-explicit-constructor)
  /// @throws ConfigError for none, for two of one name, for a placement that is named and is not
  /// there, and for fallbacks in a circle.
  explicit Strategies(std::vector<NamedStrategy> all);
  [[nodiscard]] const std::vector<NamedStrategy>& all() const noexcept { return all_; }

 private:
  [[nodiscard]] const NamedStrategy& find(const std::string& placement, const NamedStrategy& from,
                                          const char* field) const;
  void check_others(const NamedStrategy& one) const;
  void check_chain(const NamedStrategy& one, std::vector<std::string_view>& chain) const;

  std::vector<NamedStrategy> all_;
};

/// The source's name, as in feature names, reasons and strategies.
[[nodiscard]] std::string_view source_name(Source source) noexcept;

}  // namespace aisle::live
