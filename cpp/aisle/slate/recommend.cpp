// The path of one request. Everything this library does on line is called from here.

#include "aisle/slate/recommend.h"

#include <algorithm>
#include <cmath>

#include "aisle/base/hash.h"
#include "aisle/score/choice.h"
#include "aisle/slate/balance.h"
#include "aisle/slate/candidates.h"
#include "aisle/slate/diversify.h"
#include "aisle/slate/fatigue.h"
#include "aisle/slate/relation.h"
#include "aisle/slate/rescore.h"
#include "aisle/slate/scoring.h"
#include "aisle/slate/slots.h"
#include "aisle/slate/worth.h"

namespace aisle::slate {
namespace {

/// Every source that is on puts its best allowed items into the pool.
void retrieve(const Asked& asked) {
  asked.work.pool.begin(asked.work.item_count);
  const live::Strategy& strategy = asked.strategy();
  const Candidates add(asked);
  add.from_sessions();
  add.from_pairs(Source::co_visitation, live::PairKind::view, strategy.co_visitation);
  add.from_pairs(Source::rules, live::PairKind::view, strategy.rules);
  add.from_pairs(Source::cart, live::PairKind::cart, strategy.co_visitation);
  add.from_pairs(Source::purchase, live::PairKind::purchase, strategy.co_visitation);
  add.from_vectors();
  add.from_trending();
  add.from_history();
  add.from_caller();
}

/// Features, then the scorer: fusion and session features at once.
void score(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  const auto pool = work.pool.entries();
  work.facts.clear();
  const catalog::Column* const price = place.items.role(catalog::Role::price);
  for (const PoolEntry& entry : pool)
    work.facts.push_back(model.facts(entry.item, request.now, price));
  work.session_facts.clear();
  for (const ItemId item : work.session) {
    work.session_facts.push_back(is_known(item) ? model.facts(item, request.now, price)
                                                : score::ItemFacts{});
  }
  work.matrix.resize(pool.size() * score::kFeatures);
  score::compute_features(pool, work.facts, {work.session, work.session_facts, &model.returns()},
                          work.matrix);
  score_pool(asked);
}

/// What merchandisers say of the candidates.
void boost(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  if (work.rules.boosts.empty()) return;
  rescore(work, [&](std::span<const ItemId> items, std::span<float> scores) {
    asked.place.rules->boost(items, scores, work.rules);
  });
}

/// What the caller's own list says.
void trust(const Asked& asked) {
  if (asked.request.trust == 0.0F) return;
  constexpr float kLeast = 1e-6F;  // a score of zero is no reason to be nowhere
  for (const auto& [item, share] : asked.work.given_items) {
    if (asked.work.pool.has(item))
      asked.work.pool.at(item).score += asked.request.trust * std::log(std::max(share, kLeast));
  }
}

/// Takes a step and, for an explanation, notes what it did to each candidate.
template <class Step>
void note(const Asked& asked, std::string_view name, const Step& step) {
  if (!asked.request.explain) return step(asked);
  const auto pool = asked.work.pool.entries();
  Changed changed{.step = name, .by = {}};
  for (const PoolEntry& entry : pool) changed.by.push_back(-entry.score);
  step(asked);
  for (std::size_t i = 0; i < pool.size(); ++i) changed.by[i] += pool[i].score;
  asked.work.changes.push_back(std::move(changed));
}

/// Best first, the dearer among near equals, then diversity.
void rerank(const Asked& asked) {
  const live::Strategy& strategy = asked.strategy();
  const std::size_t explored = strategy.explore.is_on ? strategy.explore.pool : 0;
  const std::size_t wanted = std::max({asked.request.k, strategy.diversity_pool, explored});
  // Caps may skip any number of places before the slate is full.
  const bool has_limits = !strategy.at_most.empty() || !asked.work.rules.limits.empty();
  const bool needs_all = has_limits || strategy.price_reranking > 0.0F;
  sort_pool(!needs_all ? wanted : asked.work.pool.entries().size(), asked.work);
  note(asked, "price_reranking", rerank_by_price);
  diversify(asked);
}

/// Slots: the pool's order under the caps, then the fallback chain until the slate is full.
void fill(const Asked& asked, Slate& slate) {
  Slots slots(asked, slate);
  slots.take_pool();
  if (!asked.request.items.empty()) {  // the caller's own list: all of it was in the pool
    slots.take_soft();
    slots.take_sold_out();
    slots.finish();
    return;
  }
  slots.take_members();
  slots.take_trending_alike();
  slots.take_trending();
  slots.take_by_popularity();
  slots.take_new();
  slots.take_soft();
  slots.take_sold_out();
  slots.finish();
}

/// Who asks: the session's items, and what must not come back.
void look_up(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  work.item_count = asked.model.item_count();
  work.drops.begin(work.item_count);
  work.soft.clear();
  work.sold_out.clear();
  work.changes.clear();
  if (asked.request.visitor.empty()) {
    bring_session(asked);
  } else {
    take_session(work);
  }
  work.anchor = take_anchor(asked);
  take_given(asked);
  find_left_out(asked);
  mark_drops(asked);
  mark_relation(asked);
  take_rules(asked);
}

void find_candidates(const Asked& asked) {
  retrieve(asked);                      // session, sources -> pool
  score(asked);                         // pool -> a number for each candidate
  boost(asked);                         // rules -> another number
  note(asked, "objectives", weigh);     // what the shop gains -> another
  note(asked, "caller's list", trust);  // -> another
  note(asked, "fatigue", tire);         // what was shown lately sinks
}

/// Groups that were shown too little rise, those shown too much sink. What is probable stays.
void keep_shares(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  work.fair.clear();
  if (asked.place.exposure.empty()) return;
  if (asked.request.wants_value) {
    for (const PoolEntry& entry : work.pool.entries()) work.fair.push_back(entry.score);
  }
  for (const live::Exposed& one : asked.place.exposure)
    note(asked, one.exposure.name, [&](const Asked& now) { balance(now, one); });
}

}  // namespace

void recommend(const Asked& asked, Slate& slate) {
  look_up(asked);             // session, rules -> what may come
  find_candidates(asked);     // sources, scorer, boosts -> pool
  keep_shares(asked);         // exposure over many slates -> other numbers
  leave_out(asked);           // what stands elsewhere
  rerank(asked);              // diversity -> order
  fill(asked, slate);         // pins, limits, slots, fallback chain -> slate
  make_offers(asked, slate);  // budgets -> lower prices
}

explore::Choice choose_strategy(const Asked& asked) {
  look_up(asked);
  ExploreWorkspace& work = asked.work.explore;
  find_context(asked);
  work.arms.clear();
  for (const std::string& name : asked.strategy().explore.among)
    work.arms.push_back(explore::ArmId{hash_bytes(name)});
  explore::Choice choice;
  asked.place.explorer->bandit().choose(work.arms, work.context, asked.work.seed, work.chooser,
                                        std::span(&choice, 1));
  return choice;
}

/// Asked once to the end for what the later steps say, and once more for the earlier ones.
Verdict judge(const Asked& asked, ItemId item, const Explanation* then) {
  using enum Verdict::Outcome;
  if (then != nullptr) {
    const auto found = std::ranges::find(then->pool, item);
    if (found != then->pool.end())
      return then->candidates[static_cast<std::size_t>(found - then->pool.begin())];
  }
  Slate slate;
  Request noted = asked.request;
  noted.explain = true;
  const Asked again{asked.model, asked.place, noted, asked.work};
  recommend(again, slate);
  Verdict verdict = follow(again, slate, item);
  if (then != nullptr && (verdict.is_candidate || verdict.outcome == listed)) {
    verdict = {};  // only since then
    verdict.outcome = not_found;
  }
  if (verdict.outcome == listed) return verdict;
  look_up(asked);
  leave_out(asked);
  if (is_allowed(asked, item)) return verdict;
  verdict.reason = asked.work.drops.of(item);
  if (verdict.reason == Dropped::pinned) return verdict;  // and the slate is below its minimum
  verdict.outcome = kept_out;
  if (verdict.reason != Dropped::filtered) return verdict;
  const std::size_t rule = asked.place.rules->forbidding(item, asked.work.rules);
  verdict.is_by_request = rule == rules::kRequestsFilter;
  if (rule < asked.place.rules->rules().size())
    verdict.rule = asked.place.rules->rules()[rule].name;
  return verdict;
}

void rank_pool(const Asked& asked) {
  look_up(asked);
  find_candidates(asked);
}

double affinity(const Asked& asked, ItemId item) {
  look_up(asked);
  if (!is_allowed(asked, item)) return 0.0;
  retrieve(asked);
  asked.work.pool.at(item);  // whatever the sources think of it
  score(asked);
  boost(asked);
  return score::Choice(asked.work.pool.entries()).of(asked.work.pool.at(item));
}

void weigh_values(const Asked& asked, const catalog::Column& column, std::vector<double>& share) {
  share.clear();
  look_up(asked);
  find_candidates(asked);
  const auto pool = asked.work.pool.entries();
  if (pool.empty()) return;
  const score::Choice choice(pool);
  for (const PoolEntry& entry : pool) {
    std::uint32_t single = 0;
    for (const std::uint32_t code : column.codes(entry.item, single)) {
      if (share.size() <= code) share.resize(code + 1, 0.0);
      share[code] += choice.of(entry);
    }
  }
}

void find_pool(const Asked& asked) {
  look_up(asked);
  retrieve(asked);
  score(asked);
}

}  // namespace aisle::slate
