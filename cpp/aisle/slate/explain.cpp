#include "aisle/slate/explain.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "aisle/slate/links.h"
#include "aisle/slate/scoring.h"
#include "aisle/slate/slots.h"

namespace aisle::slate {
namespace {

/// Takes the steps back, last one first: the order that diversity left, the order of the scores
/// that the rules left, that of the scorer's. Leaves the scorer's in the pool.
std::vector<Standing> take_back(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  const auto pool = work.pool.entries();
  std::vector<Standing> all(pool.size());
  for (std::size_t i = 0; i < work.order.size(); ++i) all[work.order[i]].diversified_place = i + 1;
  sort_pool(pool.size(), work);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    Standing& one = all[work.order[i]];
    one.boosted = pool[work.order[i]].score;
    one.boosted_place = i + 1;
    // Behind the ones that are reranked the request left them unsorted.
    if (i >= asked.strategy().diversity_pool) one.diversified_place = i + 1;
  }
  score_pool(asked);
  sort_pool(pool.size(), work);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    all[work.order[i]].scored = pool[work.order[i]].score;
    all[work.order[i]].scored_place = i + 1;
  }
  return all;
}

/// The place of a candidate in the pool.
std::size_t place_in(Pool& pool, ItemId item) {
  return static_cast<std::size_t>(&pool.at(item) - pool.entries().data());
}

/// What each rule that boosts does to each item; rules that leave an item alone are not told.
std::vector<std::vector<RuleEffect>> effects_on(const Asked& asked, std::span<const ItemId> items) {
  const rules::RuleBook& book = *asked.place.rules;
  rules::RuleWorkspace& work = asked.work.rules;
  std::vector<std::vector<RuleEffect>> effects(items.size());
  for (const std::uint32_t rule : work.boosts) {
    book.effect(rule, items, work);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (work.factor[i] == 0.0F && work.added[i] == 0.0F) continue;
      effects[i].push_back({.rule = book.rules()[rule].name,
                            .factor = std::exp(double{work.factor[i]}),
                            .added = double{work.added[i]}});
    }
  }
  if (!book.takes_largest_boost()) return effects;
  for (auto& on_item : effects) {
    const auto size = [](const RuleEffect& one) { return std::abs(std::log(one.factor)); };
    const auto largest = std::ranges::max_element(on_item, {}, size);
    for (auto one = on_item.begin(); one != on_item.end(); ++one)
      one->counts = one == largest || one->factor == 1.0;
  }
  return effects;
}

/// What the steps behind the rules did to a candidate, in the order of the steps.
void add_changes(const Asked& asked, std::size_t candidate, std::vector<RuleEffect>& effects) {
  for (const Changed& step : asked.work.changes) {
    if (step.by[candidate] != 0.0F)
      effects.push_back({.rule = step.step, .factor = std::exp(double{step.by[candidate]})});
  }
}

/// The rule that gave the item its slot.
std::string_view pin_of(const Asked& asked, ItemId item) {
  const auto& pins = asked.work.pins;
  const auto pin = std::ranges::find(pins, item, &std::pair<std::size_t, ItemId>::second);
  if (pin == pins.end()) return {};
  for (const std::uint32_t rule : asked.work.rules.pins) {
    const rules::Rule& one = asked.place.rules->rules()[rule];
    const auto number = asked.model.catalog().items()->find(one.items.front());
    if (one.count == pin->first && number == value_of(item)) return one.name;
  }
  return {};
}

/// What a request left in its workspace, looked at before the workspace is lent again.
class Trail {
 public:
  Trail(const Asked& asked, const Slate& slate)
      : asked_(asked), slate_(slate), limits_(asked), standings_(take_back(asked)) {
    Pool& pool = asked.work.pool;
    listed_at_.resize(standings_.size());
    for (std::size_t i = 0; i < slate.items.size(); ++i) {
      const SlateItem& one = slate.items[i];
      if (!pool.has(one.item)) continue;
      listed_at_[place_in(pool, one.item)] = i + 1;
      if (!one.is_fallback && !one.is_pinned)
        last_taken_ = std::max(last_taken_, standing(one.item).diversified_place);
    }
    has_fallback_ = slate.items.size() < asked.request.k ||
                    std::ranges::any_of(slate.items, &SlateItem::is_fallback);
  }

  [[nodiscard]] const Standing& standing(ItemId item) const {
    return standings_[place_in(asked_.work.pool, item)];
  }
  [[nodiscard]] Limits& limits() noexcept { return limits_; }

  /// What became of an item that is allowed. Slots that were still left when its turn came, and
  /// that it did not get, a limit denied it.
  Verdict verdict(ItemId item, std::vector<RuleEffect> effects) {
    using enum Verdict::Outcome;
    Verdict verdict;
    verdict.pins = asked_.work.pins.size();
    verdict.is_candidate = asked_.work.pool.has(item);
    if (verdict.is_candidate) {
      verdict.standing = standing(item);
      verdict.effects = std::move(effects);
    }
    const auto& left_out = asked_.work.left_out;
    const auto left = std::ranges::find(left_out, item, &std::pair<ItemId, Dropped>::first);
    verdict.place = place_of(item);
    if (verdict.place != 0) {
      verdict.outcome = listed;
    } else if (left != left_out.end()) {
      verdict.outcome = kept_out;
      verdict.reason = left->second;
    } else if (slate_.items.empty() && asked_.strategy().minimum > 0) {
      verdict.outcome = below_minimum;
    } else {
      verdict.outcome = verdict.is_candidate ? ranked : not_found;
      const bool had_its_turn =
          verdict.is_candidate ? has_fallback_ || verdict.standing.diversified_place < last_taken_
                               : slate_.items.size() < asked_.request.k;
      if (had_its_turn) find_limit(item, verdict);
    }
    return verdict;
  }

 private:
  /// In the slate, from 1; 0: it is not there.
  [[nodiscard]] std::size_t place_of(ItemId item) const {
    if (asked_.work.pool.has(item)) return listed_at_[place_in(asked_.work.pool, item)];
    const auto there = std::ranges::find(slate_.items, item, &SlateItem::item);
    return there == slate_.items.end() ? 0
                                       : static_cast<std::size_t>(there - slate_.items.begin()) + 1;
  }

  /// The cap that is full, else the rule that keeps the slots that were left.
  void find_limit(ItemId item, Verdict& verdict) {
    const rules::RuleBook& book = *asked_.place.rules;
    for (const HeldLimit& limit : limits_.on(item)) {
      if (limit.keeps || limit.taken < limit.slots) continue;
      verdict.outcome = Verdict::Outcome::capped;
      verdict.limit = limit;
      return;
    }
    for (const std::uint32_t rule : asked_.work.rules.limits) {
      if (book.rules()[rule].action != rules::Action::at_least ||
          book.is_about(rule, item, asked_.work.rules))
        continue;
      verdict.outcome = Verdict::Outcome::kept_for_others;
      verdict.limit = {.rule = book.rules()[rule].name,
                       .slots = book.slots(rule, asked_.request.k),
                       .keeps = true};
      return;
    }
  }

  const Asked& asked_;
  const Slate& slate_;
  Limits limits_;
  std::vector<Standing> standings_;     // of each candidate
  std::vector<std::size_t> listed_at_;  // and its place in the slate
  std::size_t last_taken_ = 0;          // how far down the pool's order the slate took its items
  bool has_fallback_ = false;           // every candidate had its turn
};

}  // namespace

std::shared_ptr<const Explanation> explain(const Asked& asked, const Slate& slate,
                                           const std::shared_ptr<const live::Live>& live) {
  RequestWorkspace& work = asked.work;
  auto told = std::make_shared<Explanation>();
  told->weights = asked.strategy().weights;
  told->recent = work.recent;
  told->showings = work.showings;
  told->pages = work.pages;
  told->placement = asked.place.name;
  told->live = live;
  for (const PoolEntry& entry : work.pool.entries()) told->pool.push_back(entry.item);
  auto effects = effects_on(asked, told->pool);
  for (std::size_t i = 0; i < effects.size(); ++i) add_changes(asked, i, effects[i]);
  const auto links = find_links(asked, slate.items);
  Trail trail(asked, slate);
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    const ItemId item = slate.items[i].item;
    ItemExplanation one;
    one.is_candidate = work.pool.has(item) && !slate.items[i].is_pinned;
    if (one.is_candidate) {
      const std::size_t at = place_in(work.pool, item);
      one.standing = trail.standing(item);
      std::ranges::copy(std::span(work.matrix).subspan(at * score::kFeatures, score::kFeatures),
                        one.features.begin());
      explain_score(asked, one.features, one.parts);
      one.effects = effects[at];
    }
    if (slate.items[i].is_pinned) one.pin = pin_of(asked, item);
    one.limits = trail.limits().on(item);
    one.links = links[i];
    one.group = asked.model.alike_name(item);
    told->items.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < told->pool.size(); ++i)
    told->candidates.push_back(trail.verdict(told->pool[i], std::move(effects[i])));
  return told;
}

Verdict follow(const Asked& asked, const Slate& slate, ItemId item) {
  auto effects = effects_on(asked, {&item, 1});
  if (asked.work.pool.has(item))
    add_changes(asked, place_in(asked.work.pool, item), effects.front());
  return Trail(asked, slate).verdict(item, std::move(effects.front()));
}

}  // namespace aisle::slate
