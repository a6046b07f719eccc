#include "aisle/live/model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "aisle/base/error.h"
#include "aisle/catalog/tensors.h"
#include "aisle/features/feature_file.h"

namespace aisle::live {
namespace {

using catalog::Bundle;

std::span<const ItemId> items_in(const Bundle& bundle, const std::string& name) {
  const auto numbers = bundle.array<std::uint32_t>(name);
  static_assert(sizeof(ItemId) == sizeof(std::uint32_t));
  return {reinterpret_cast<const ItemId*>(numbers.data()), numbers.size()};
}

template <class T>
T scalar(const Bundle& bundle, const char* name) {
  const auto values = bundle.array<T>(name);
  if (values.size() != 1)
    throw BundleError(bundle.origin() + ": " + name + " must hold one number");
  return values[0];
}

retrieve::SessionIndexView open_index(const Bundle& bundle) {
  retrieve::SessionIndexView index{
      .offsets = bundle.array<std::uint32_t>("sessions.offsets"),
      .items = items_in(bundle, "sessions.items"),
      .distinct = bundle.array<std::uint16_t>("sessions.distinct"),
      .posting_offsets = bundle.array<std::uint32_t>("sessions.posting_offsets"),
      .postings = bundle.array<std::uint32_t>("sessions.postings"),
      .item_rows = bundle.array<std::uint32_t>("sessions.item_rows"),
      .item_sessions = bundle.array<std::uint32_t>("sessions.item_sessions"),
      .row_count = scalar<std::uint64_t>(bundle, "sessions.row_count")};
  index.validate();
  return index;
}

/// The steps of a session among its events, by the rule of fit and of take_session(): what shows
/// interest and is not the cart or the purchase of the item just looked at.
class Steps {
 public:
  explicit Steps(std::span<const Event> events) {
    for (const Event& event : events) {
      if (take(event) && count_ < kept_.size()) kept_[count_++] = event;
    }
  }
  /// Whether the event is a step after those before it.
  bool take(const Event& event) {
    if (!shows_interest(event.type) || !is_known(event.item)) return false;
    const bool is_step =
        event.item != last_ || event.type == EventType::view || event.type == EventType::click;
    last_ = event.item;
    return is_step;
  }
  [[nodiscard]] std::span<const Event> before() const { return std::span(kept_).first(count_); }
  /// The events of one type instead, in the same memory.
  std::span<const Event> only(std::span<const Event> events, EventType type) {
    count_ = 0;
    for (const Event& event : events) {
      if (event.type == type && count_ < kept_.size()) kept_[count_++] = event;
    }
    return before();
  }

 private:
  std::array<Event, 10> kept_;
  std::size_t count_ = 0;
  ItemId last_ = kNoItem;
};

/// A number of microseconds from a bundle.
Timestamp half_life_in(const Bundle& bundle, const char* name, Timestamp least) {
  const auto value = scalar<std::int64_t>(bundle, name);
  if (value < least) {
    throw BundleError(bundle.origin() + ": " + name + " must be at least " + std::to_string(least) +
                      ", got " + std::to_string(value));
  }
  return value;
}

template <class T>
void require_finite(const Bundle& bundle, std::span<const T> values, const std::string& name,
                    T least = std::numeric_limits<T>::lowest()) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) && values[i] >= least) continue;
    throw BundleError(bundle.origin() + ": " + name + "[" + std::to_string(i) + "] is " +
                      (std::isfinite(values[i]) ? "negative" : "not a finite number"));
  }
}

constexpr std::array<const char*, kPairKinds> kPairNames = {"view", "cart", "purchase"};

}  // namespace

Model::Model(std::shared_ptr<const Bundle> bundle, const LearnOptions& options,
             std::uint32_t generation)
    : bundle_(std::move(bundle)),
      options_(options),
      generation_(generation),
      catalog_(catalog::read_catalog(bundle_)),
      index_(open_index(*bundle_)),
      live_sessions_(options.live_sessions),
      trending_({.half_life = half_life_in(*bundle_, "trending.half_life", kSecond)}) {
  if (index_.item_count() != item_count()) {
    throw BundleError(bundle_->origin() +
                      ": sessions and catalogue have different numbers of items");
  }
  newest_ = scalar<std::int64_t>(*bundle_, "newest");
  if (bundle_->find("pairs.k_anonymity") != nullptr) {
    is_k_anonymous_ = scalar<std::uint64_t>(*bundle_, "pairs.k_anonymity") > 1;
    if (is_k_anonymous_) options_.sessions = false;  // each is one visitor's
  }
  category_ = catalog_->role(catalog::Role::category);
  if (category_ == nullptr) category_ = catalog_->role(catalog::Role::brand);
  for (std::size_t kind = 0; kind < kPairKinds; ++kind)
    open_pairs(static_cast<PairKind>(kind), kPairNames[kind]);
  open_trending();
  if (bundle_->find("vectors.index") != nullptr) {
    vectors_ = vectors::VectorIndex::deserialize(bundle_->array<std::uint8_t>("vectors.index"));
  }
  features_ = features::read_features(bundle_, *catalog_);
  const auto returns = bundle_->array<float>("returns");
  if (returns.size() != returns_.size())
    throw BundleError(bundle_->origin() + ": returns must hold 16 rates");
  require_finite(*bundle_, returns, "returns", 0.0F);
  std::ranges::copy(returns, returns_.begin());
  open_scorer();
}

void Model::open_pairs(PairKind kind, const char* name) {
  const std::string prefix = std::string("pairs.") + name;
  const auto k = static_cast<std::size_t>(kind);
  if (bundle_->find(prefix + ".offsets") != nullptr) {
    tables_[k] = {.offsets = bundle_->array<std::uint32_t>(prefix + ".offsets"),
                  .items = items_in(*bundle_, prefix + ".items"),
                  .forward = bundle_->array<float>(prefix + ".forward"),
                  .backward = bundle_->array<float>(prefix + ".backward")};
    tables_[k].validate();
    require_finite(*bundle_, tables_[k].forward, prefix + ".forward", 0.0F);
    require_finite(*bundle_, tables_[k].backward, prefix + ".backward", 0.0F);
    if (tables_[k].item_count() > item_count())
      throw BundleError(bundle_->origin() + ": " + prefix + " has too many items");
    pair_sums_[k] = retrieve::PairSums(tables_[k]);
  }
  const retrieve::CoVisitationOptions defaults;
  live_pairs_[k] = std::make_unique<retrieve::LiveCoVisitation>(
      retrieve::CoVisitationOptions{.half_life = half_life_in(*bundle_, "pairs.half_life", 0),
                                    .type_weight = defaults.type_weight},
      newest_, is_k_anonymous_ ? &tables_[k] : nullptr);
}

void Model::open_trending() {
  const auto heat = bundle_->array<double>("trending.heat");
  const auto count = bundle_->array<float>("trending.count");
  first_seen_ = bundle_->array<std::int64_t>("trending.first_seen");
  if (heat.size() != count.size() || heat.size() != first_seen_.size() ||
      heat.size() > item_count()) {
    throw BundleError(bundle_->origin() + ": the trending arrays do not fit the catalogue");
  }
  require_finite(*bundle_, heat, "trending.heat");
  require_finite(*bundle_, count, "trending.count", 0.0F);
  for (std::uint32_t i = 0; i < heat.size(); ++i) {
    retrieve::AttributeValue value;
    const bool has_value = alike(ItemId{i}, value);
    trending_.restore(ItemId{i}, heat[i], count[i], {&value, has_value ? 1U : 0U});
  }
  for (std::uint32_t i = 0; i < heat.size(); ++i) by_popularity_.push_back(ItemId{i});
  std::ranges::stable_sort(
      by_popularity_, [&](ItemId a, ItemId b) { return count[value_of(a)] > count[value_of(b)]; });
}

bool Model::alike(ItemId item, retrieve::AttributeValue& value) const {
  if (category_ == nullptr) return false;
  value = {0, category_->code(item)};
  return value.code != 0xffffffff;
}

void Model::learn(const Event& event, std::span<const Event> before, std::uint64_t session_number,
                  const retrieve::LiveSessions::Owner& owner) {
  if (!shows_interest(event.type) || !is_known(event.item)) return;
  if (value_of(event.item) >= first_seen_.size()) {
    auto& first = live_first_seen_.at(value_of(event.item) - first_seen_.size());
    Timestamp unknown = 0;
    first.compare_exchange_strong(unknown, event.time, std::memory_order_relaxed);
  }
  Steps steps(before);
  const bool is_step = steps.take(event);
  if (options_.trending && is_step) {
    retrieve::AttributeValue value;
    const bool has_value = alike(event.item, value);
    trending_.observe(event.item, 1.0, event.time, {&value, has_value ? 1U : 0U});
  }
  if (options_.sessions && is_step) live_sessions_.append(session_number, event.item, owner);
  if (!options_.co_visitation) return;
  const auto observe = [&](PairKind kind, std::span<const Event> earlier) {
    live_pairs_[static_cast<std::size_t>(kind)]->observe(earlier, event);
  };
  if (is_step) observe(PairKind::view, steps.before());
  if (event.type != EventType::cart && event.type != EventType::purchase) return;
  const auto of_type = steps.only(before, event.type);
  observe(event.type == EventType::cart ? PairKind::cart : PairKind::purchase, of_type);
}

score::ItemFacts Model::facts(ItemId item, Timestamp now, const catalog::Column* price) const {
  score::ItemFacts facts;
  facts.count = trending_.count(item);
  facts.heat = static_cast<float>(std::min(1e9, trending_.decayed_count(item, now)));
  if (price != nullptr) {
    const double asked = price->number(item);
    if (asked > 0.0) facts.log_price = static_cast<float>(std::log(asked));
  }
  if (category_ != nullptr) facts.category = category_->code(item);
  const std::size_t i = value_of(item);
  Timestamp first = 0;
  if (i < first_seen_.size()) {
    first = first_seen_[i];
  } else if (const auto* cell = live_first_seen_.find(i - first_seen_.size())) {
    first = cell->load(std::memory_order_relaxed);
  }
  if (first != 0)
    facts.days_known = static_cast<float>(
        std::max(0.0, (static_cast<double>(now) - static_cast<double>(first)) / double{kDay}));
  return facts;
}

retrieve::CoVisitation Model::pairs(PairKind kind) const {
  const auto k = static_cast<std::size_t>(kind);
  return {tables_[k], options_.co_visitation ? live_pairs_[k].get() : nullptr, &trending_};
}

void Model::take_features_of(const Model& before) {
  if (features_ == nullptr || before.features_ == nullptr) return;
  const features::Definition& mine = features_->plan().definition;
  if (!mine.counts_as(before.features_->plan().definition)) return;
  before.features_->take_greater(*features_);
  features_ = before.features_;
}

std::size_t Model::memory_bytes() const {
  std::size_t bytes =
      catalog_->memory_bytes() + live_sessions_.memory_bytes() + trending_.memory_bytes();
  for (const auto& pairs : live_pairs_) bytes += pairs->memory_bytes();
  if (features_ != nullptr) bytes += features_->memory_bytes();
  return bytes;
}

}  // namespace aisle::live
