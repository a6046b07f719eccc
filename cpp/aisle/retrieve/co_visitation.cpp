#include "aisle/retrieve/co_visitation.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"
#include "aisle/retrieve/pair_visitors.h"

namespace aisle::retrieve {
namespace {

constexpr std::size_t kMaxNeighbours = 256;

/// Adds the pairs of one session around each occurrence of `item`.
void count_session(std::span<const ItemId> items, std::span<const EventType> types, ItemId item,
                   double age_weight, const CoVisitationOptions& options, ItemScores& forward,
                   ItemScores& backward) {
  const auto weight = [&](std::size_t at) -> double {
    return types.empty() ? 1.0 : options.type_weight[static_cast<std::size_t>(types[at])];
  };
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (items[at] != item) continue;
    const std::size_t from = at >= options.distance ? at - options.distance : 0;
    const std::size_t to = std::min(items.size(), at + options.distance + 1);
    for (std::size_t other = from; other < to; ++other) {
      if (items[other] == item) continue;
      const double d =
          other > at ? static_cast<double>(other - at) : static_cast<double>(at - other);
      (other > at ? forward : backward).add(items[other], age_weight * weight(other) / d);
    }
  }
}

/// Counts the rows of a table, one item after the other.
class RowCounter {
 public:
  RowCounter(const SessionIndexData& index, const CoVisitationOptions& options)
      : index_(index),
        options_(options),
        view_(index.view()),
        newest_(index.last_time.empty() ? 0 : index.last_time.back()) {
    options.validate();
    if (options.k_anonymity > 1)
      check_visitors(index.visitor.size(), index.last_time.size(), options.k_anonymity);
  }

  void count(ItemId item, CoVisitationData& table) {
    forward_.begin(view_.item_count());
    backward_.begin(view_.item_count());
    const auto all = view_.sessions_of(item);
    const auto sessions = all.first(std::min(all.size(), options_.max_sessions));
    for (const std::uint32_t z : sessions) {
      const double age = options_.half_life == 0
                             ? 1.0
                             : std::exp2(-static_cast<double>(newest_ - index_.last_time[z]) /
                                         static_cast<double>(options_.half_life));
      const auto types =
          index_.types.empty()
              ? std::span<const EventType>{}
              : std::span(index_.types)
                    .subspan(view_.offsets[z], view_.offsets[z + 1] - view_.offsets[z]);
      count_session(view_.session(z), types, item, age, options_, forward_, backward_);
    }
    // The strongest by both directions, as the sum that queries use by default.
    for (const ItemId other : backward_.touched())
      forward_.add(other, 0.5 * backward_.score(other));
    if (options_.k_anonymity > 1) {
      count_visitors(index_, item, sessions, options_.distance, visitors_);
      for (const ItemId other : forward_.touched()) {
        if (visitors_.score(other) < static_cast<double>(options_.k_anonymity))
          forward_.drop(other);
      }
    }
    forward_.top(options_.neighbours, best_);
    for (const ScoredItem& one : best_) {
      table.items.push_back(one.item);
      table.forward.push_back(static_cast<float>(one.score - 0.5 * backward_.score(one.item)));
      table.backward.push_back(static_cast<float>(backward_.score(one.item)));
    }
    table.offsets.push_back(static_cast<std::uint32_t>(table.items.size()));
  }

 private:
  const SessionIndexData& index_;
  const CoVisitationOptions& options_;
  SessionIndexView view_;
  Timestamp newest_;
  ItemScores forward_;
  ItemScores backward_;
  ItemScores visitors_;
  std::vector<ScoredItem> best_;
};

}  // namespace

void CoVisitationOptions::validate() const {
  if (neighbours == 0 || neighbours > kMaxNeighbours) {
    throw ConfigError("neighbours must be between 1 and 256, got " + std::to_string(neighbours));
  }
  if (distance == 0 || distance > 10) {
    throw ConfigError("distance must be between 1 and 10, got " + std::to_string(distance));
  }
  if (half_life < 0)
    throw ConfigError("half_life must not be negative, got " + std::to_string(half_life));
  if (k_anonymity == 0) throw ConfigError("k_anonymity must be at least 1, got 0");
}

void CoVisitationView::validate() const {
  const bool holds =
      !offsets.empty() && offsets.front() == 0 && offsets.back() == items.size() &&
      std::ranges::is_sorted(offsets) && forward.size() == items.size() &&
      backward.size() == items.size() &&
      std::ranges::all_of(items, [&](ItemId item) { return value_of(item) < item_count(); });
  if (!holds) throw BundleError("the co-visitation table is damaged: an array is out of range");
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i + 1] - offsets[i] > kMaxNeighbours) {
      throw BundleError("the co-visitation table is damaged: a row is longer than 256");
    }
  }
}

bool CoVisitationView::has(ItemId of, ItemId other) const noexcept {
  const std::size_t i = value_of(of);
  if (i >= item_count()) return false;
  const auto row = items.subspan(offsets[i], offsets[i + 1] - offsets[i]);
  return std::ranges::find(row, other) != row.end();
}

CoVisitationData build_co_visitation(const SessionIndexData& index,
                                     const CoVisitationOptions& options) {
  RowCounter counter(index, options);
  CoVisitationData table;
  table.offsets.push_back(0);
  for (std::uint32_t i = 0; i < index.item_rows.size(); ++i) counter.count(ItemId{i}, table);
  return table;
}

CoVisitationData extend_co_visitation(const CoVisitationView& before, const SessionIndexData& index,
                                      const SessionIndexData& later,
                                      const CoVisitationOptions& options) {
  if (options.half_life != 0) return build_co_visitation(index, options);
  RowCounter counter(index, options);
  CoVisitationData table;
  table.offsets.push_back(0);
  for (std::uint32_t i = 0; i < index.item_rows.size(); ++i) {
    if (i >= before.item_count() || later.item_rows[i] > 0) {
      counter.count(ItemId{i}, table);
      continue;
    }
    const auto copy = [&](const auto& column, auto& to) {
      to.insert(to.end(), column.begin() + before.offsets[i],
                column.begin() + before.offsets[i + 1]);
    };
    copy(before.items, table.items);
    copy(before.forward, table.forward);
    copy(before.backward, table.backward);
    table.offsets.push_back(static_cast<std::uint32_t>(table.items.size()));
  }
  return table;
}

LiveCoVisitation::LiveCoVisitation(const CoVisitationOptions& options, Timestamp origin,
                                   const CoVisitationView* among)
    : options_(options),
      origin_(origin),
      among_(among),
      stripes_(std::make_unique<Stripe[]>(kStripes)) {
  options_.validate();
}

void LiveCoVisitation::observe(std::span<const Event> before, const Event& event) {
  if (!is_known(event.item)) return;
  // Forward decay again; 2^60 bounds what a clock far ahead of the table can do to floats.
  const double age = options_.half_life == 0 ? 0.0
                                             : static_cast<double>(event.time - origin_) /
                                                   static_cast<double>(options_.half_life);
  const double now = std::exp2(std::clamp(age, -60.0, 60.0));
  const std::size_t first =
      before.size() > options_.distance ? before.size() - options_.distance : 0;
  for (std::size_t at = first; at < before.size(); ++at) {
    const Event& other = before[at];
    if (!is_known(other.item) || other.item == event.item) continue;
    const double pair = now / static_cast<double>(before.size() - at);
    const double after = pair * options_.type_weight[static_cast<std::size_t>(event.type)];
    const double ahead = pair * options_.type_weight[static_cast<std::size_t>(other.type)];
    add(other.item, event.item, static_cast<float>(after), 0.0F);
    add(event.item, other.item, 0.0F, static_cast<float>(ahead));
  }
}

/// A full row gives the place of its weakest pair to the newcomer, who starts from nothing: what
/// comes back often enough climbs, what came once falls out first.
void LiveCoVisitation::add(ItemId of, ItemId other, float forward, float backward) {
  if (among_ != nullptr && !among_->has(of, other)) return;
  Stripe& stripe = stripes_[value_of(of) % kStripes];
  const std::size_t at = value_of(of) / kStripes;
  const std::scoped_lock lock(stripe.mutex);
  if (stripe.rows.size() <= at) stripe.rows.resize(at + 1 + stripe.rows.size() / 2);
  auto& pairs = stripe.rows[at].pairs;
  const auto found = std::ranges::find(pairs, other, &Pair::item);
  if (found != pairs.end()) {
    found->forward += forward;
    found->backward += backward;
    return;
  }
  if (pairs.size() < options_.neighbours) {
    if (pairs.size() == pairs.capacity()) {
      const std::size_t wanted =
          std::min(options_.neighbours, std::max<std::size_t>(4, pairs.size() * 2));
      pair_bytes_.fetch_add((wanted - pairs.capacity()) * sizeof(Pair), std::memory_order_relaxed);
      pairs.reserve(wanted);
    }
    pairs.push_back({other, forward, backward});
    return;
  }
  const auto strength = [](const Pair& pair) { return pair.forward + 0.5F * pair.backward; };
  *std::ranges::min_element(pairs, {}, strength) = {other, forward, backward};
}

std::size_t LiveCoVisitation::row(ItemId item, std::span<Pair> out) const {
  const Stripe& stripe = stripes_[value_of(item) % kStripes];
  const std::size_t at = value_of(item) / kStripes;
  const std::scoped_lock lock(stripe.mutex);
  if (at >= stripe.rows.size()) return 0;
  const auto& pairs = stripe.rows[at].pairs;
  const std::size_t count = std::min(pairs.size(), out.size());
  std::copy_n(pairs.begin(), count, out.begin());
  return count;
}

std::size_t LiveCoVisitation::memory_bytes() const noexcept {
  return kStripes * sizeof(Stripe) + pair_bytes_.load(std::memory_order_relaxed);
}

void CoVisitation::score(std::span<const ItemId> session, std::size_t item_count,
                         const CoVisitationQuery& query, ItemScores& scores) const {
  scores.begin(std::max(item_count, table.item_count()));
  std::array<ItemId, 32> seen;
  std::array<LiveCoVisitation::Pair, kMaxNeighbours> pairs;
  std::size_t used = 0;
  double weight = 1.0;
  const std::size_t last_items = std::min(query.last_items, seen.size());
  for (std::size_t at = session.size(); at-- > 0 && used < last_items;) {
    const ItemId item = session[at];
    if (!is_known(item) ||
        std::ranges::find(seen.begin(), seen.begin() + used, item) != seen.begin() + used)
      continue;
    seen[used++] = item;
    const std::size_t i = value_of(item);
    const std::size_t live_count = live == nullptr ? 0 : live->row(item, pairs);
    const double sessions = std::max(1.0, static_cast<double>(counts->count(item)));
    const double scale = weight / std::pow(sessions, query.item_power);
    if (i < table.item_count()) {
      for (std::uint32_t j = table.offsets[i]; j < table.offsets[i + 1]; ++j) {
        scores.add(table.items[j], scale * (table.forward[j] + query.backward * table.backward[j]));
      }
    }
    for (std::size_t j = 0; j < live_count; ++j) {
      if (value_of(pairs[j].item) >= std::max(item_count, table.item_count())) continue;
      scores.add(pairs[j].item, scale * (pairs[j].forward + query.backward * pairs[j].backward));
    }
    weight *= query.step_decay;
  }
  if (query.popularity_power == 0.0) return;
  for (const ItemId item : scores.touched()) {
    scores.cell(item) /=
        std::pow(1.0F + counts->count(item), static_cast<float>(query.popularity_power));
  }
}

}  // namespace aisle::retrieve
