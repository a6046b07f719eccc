#pragma once

/// Everything that was learned: the bundle's arrays, read in place, and beside each of them what
/// has been learned since it was opened.
///
/// Data path   bundle -> [model] <- observe; -> recommend
/// Threads     const methods and learn() may run together; each part says how (its own header)
/// Ownership   keeps the bundle alive, whose arrays it borrows; owns the catalogue and live parts
/// Cost        opening is O(items), learning about two cache lines a part

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "aisle/catalog/bundle.h"
#include "aisle/catalog/catalog.h"
#include "aisle/features/store.h"
#include "aisle/live/strategy.h"
#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/live_sessions.h"
#include "aisle/retrieve/pair_sums.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/session_knn.h"
#include "aisle/retrieve/trending.h"
#include "aisle/rules/where_cache.h"
#include "aisle/score/features.h"
#include "aisle/score/trees.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::live {

struct LearnOptions {
  bool trending = true;
  bool co_visitation = true;
  bool sessions = true;
  retrieve::LiveSessionsOptions live_sessions{};
};

/// The typed co-visitation tables.
enum class PairKind : std::uint8_t { view, cart, purchase };
inline constexpr std::size_t kPairKinds = 3;

class Model {
 public:
  /// @throws BundleError naming the array that is missing or out of range.
  Model(std::shared_ptr<const catalog::Bundle> bundle, const LearnOptions& options,
        std::uint32_t generation);

  /// Takes in an accepted event: `before` are the session's events before it, oldest first.
  /// `owner` was taken from live_sessions() before the session had the event.
  void learn(const Event& event, std::span<const Event> before, std::uint64_t session_number,
             const retrieve::LiveSessions::Owner& owner);

  /// What the scorer needs of an item, whose price stands in `price`; null: nowhere.
  [[nodiscard]] score::ItemFacts facts(ItemId item, Timestamp now,
                                       const catalog::Column* price) const;
  /// Brings on its way what a request reads of a candidate: facts() and View::available().
  [[gnu::always_inline]] void prefetch(ItemId item, const catalog::View& view) const noexcept {
    trending_.prefetch(item);
    if (value_of(item) < first_seen_.size()) __builtin_prefetch(&first_seen_[value_of(item)]);
    using enum catalog::Role;
    for (const catalog::Column* const column :
         {view.role(price), category_, view.role(stock), view.role(available_from)}) {
      if (column != nullptr) column->prefetch(item);
    }
  }
  /// The item's value of the column that trending_alike follows (category, else brand); none:
  /// false.
  [[nodiscard]] bool alike(ItemId item, retrieve::AttributeValue& value) const;
  /// That value as a text; empty without one.
  [[nodiscard]] std::string_view alike_name(ItemId item) const {
    return category_ == nullptr ? std::string_view{} : category_->text(item);
  }

  [[nodiscard]] const catalog::Catalog& catalog() const noexcept { return *catalog_; }
  [[nodiscard]] catalog::Catalog& catalog() noexcept { return *catalog_; }
  [[nodiscard]] std::size_t item_count() const noexcept { return catalog_->size(); }
  [[nodiscard]] const retrieve::SessionIndexView& index() const noexcept { return index_; }
  [[nodiscard]] const retrieve::LiveSessions& live_sessions() const noexcept {
    return live_sessions_;
  }
  [[nodiscard]] retrieve::LiveSessions& live_sessions() noexcept { return live_sessions_; }
  [[nodiscard]] const retrieve::Trending& trending() const noexcept { return trending_; }
  [[nodiscard]] retrieve::CoVisitation pairs(PairKind kind) const;
  /// Of the bundle's tables, as they were fitted.
  [[nodiscard]] const retrieve::PairSums& pair_sums(PairKind kind) const noexcept {
    return pair_sums_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] const vectors::VectorIndex* vectors() const noexcept { return vectors_.get(); }
  [[nodiscard]] vectors::VectorIndex* vectors() noexcept { return vectors_.get(); }
  [[nodiscard]] const score::ReturnTable& returns() const noexcept { return returns_; }
  [[nodiscard]] const std::optional<score::Weights>& weights() const noexcept { return weights_; }
  /// Null where the bundle has none.
  [[nodiscard]] const score::TreeEnsemble* trees() const noexcept { return trees_.get(); }
  /// Null where the bundle has none.
  [[nodiscard]] const features::FeatureStore* features() const noexcept { return features_.get(); }
  [[nodiscard]] features::FeatureStore* features() noexcept { return features_.get(); }
  /// Goes on with the counts of the model before, where both count the same.
  void take_features_of(const Model& before);
  [[nodiscard]] std::span<const ItemId> by_popularity() const noexcept { return by_popularity_; }
  /// The time of the newest event that the bundle was fitted on; 0: of none.
  [[nodiscard]] Timestamp newest() const noexcept { return newest_; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  /// Filters of requests that were compiled for this catalogue.
  [[nodiscard]] rules::WhereCache& filters() const noexcept { return filters_; }
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] const std::shared_ptr<const catalog::Bundle>& bundle() const noexcept {
    return bundle_;
  }

 private:
  void open_trending();
  void open_scorer();
  void open_pairs(PairKind kind, const char* name);

  std::shared_ptr<const catalog::Bundle> bundle_;
  LearnOptions options_;
  std::uint32_t generation_;
  Timestamp newest_ = 0;
  bool is_k_anonymous_ = false;  ///< No pair is learned that the bundle's visitors did not make.
  std::shared_ptr<catalog::Catalog> catalog_;
  const catalog::Column* category_ = nullptr;
  retrieve::SessionIndexView index_;
  retrieve::LiveSessions live_sessions_;
  std::array<retrieve::CoVisitationView, kPairKinds> tables_;
  std::array<retrieve::PairSums, kPairKinds> pair_sums_;
  std::array<std::unique_ptr<retrieve::LiveCoVisitation>, kPairKinds> live_pairs_;
  retrieve::Trending trending_;
  std::span<const Timestamp> first_seen_;
  Chunked<std::atomic<Timestamp>> live_first_seen_;
  std::unique_ptr<vectors::VectorIndex> vectors_;
  score::ReturnTable returns_{};
  std::optional<score::Weights> weights_;
  std::unique_ptr<const score::TreeEnsemble> trees_;
  std::vector<ItemId> by_popularity_;
  std::shared_ptr<features::FeatureStore> features_;
  mutable rules::WhereCache filters_;
};

}  // namespace aisle::live
