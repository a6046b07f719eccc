// The path of one request. Everything this library does on line is called from here.

#include "aisle/slate/recommend.h"

#include <algorithm>

#include "aisle/slate/candidates.h"
#include "aisle/slate/diversify.h"
#include "aisle/slate/relation.h"
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
}

/// Features, then the linear scorer: fusion and session features in one product.
void score(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  const auto pool = work.pool.entries();
  work.facts.clear();
  for (const PoolEntry& entry : pool) work.facts.push_back(model.facts(entry.item, request.now));
  work.session_facts.clear();
  for (const ItemId item : work.session) {
    work.session_facts.push_back(is_known(item) ? model.facts(item, request.now)
                                                : score::ItemFacts{});
  }
  work.matrix.resize(pool.size() * score::kFeatures);
  score::compute_features(pool, work.facts, {work.session, work.session_facts, &model.returns()},
                          work.matrix);
  score::LinearScorer(place.strategy.weights).score(pool, work.matrix);
}

/// What merchandisers say of the candidates.
void boost(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  if (work.rules.boosts.empty()) return;
  const auto pool = work.pool.entries();
  work.boosted_items.clear();
  work.boosted.clear();
  for (const PoolEntry& entry : pool) {
    work.boosted_items.push_back(entry.item);
    work.boosted.push_back(entry.score);
  }
  asked.place.rules->boost(work.boosted_items, work.boosted, work.rules);
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i].score = work.boosted[i];
}

/// Best first, the dearer among near equals, then diversity.
void rerank(const Asked& asked) {
  const live::Strategy& strategy = asked.strategy();
  const std::size_t wanted = std::max(asked.request.k, strategy.diversity_pool);
  // Caps may skip any number of places before the slate is full.
  const bool has_limits = !strategy.at_most.empty() || !asked.work.rules.limits.empty();
  const bool needs_all = has_limits || strategy.price_reranking > 0.0F;
  sort_pool(!needs_all ? wanted : asked.work.pool.entries().size(), asked.work);
  rerank_by_price(asked);
  diversify(asked);
}

/// Slots: the pool's order under the caps, then the fallback chain until the slate is full.
void fill(const Asked& asked, Slate& slate) {
  Slots slots(asked, slate);
  slots.take_pool();
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
  if (asked.request.visitor.empty()) {
    bring_session(asked);
  } else {
    take_session(work);
  }
  work.anchor = take_anchor(asked);
  mark_drops(asked);
  mark_relation(asked);
  take_rules(asked);
}

void find_candidates(const Asked& asked) {
  retrieve(asked);  // session, sources -> pool
  score(asked);     // pool -> a number for each candidate
  boost(asked);     // rules -> another number
  weigh(asked);     // what the shop gains -> another number
}

}  // namespace

void recommend(const Asked& asked, Slate& slate) {
  look_up(asked);             // session, rules -> what may come
  find_candidates(asked);     // sources, scorer, boosts -> pool
  rerank(asked);              // diversity -> order
  fill(asked, slate);         // pins, limits, slots, fallback chain -> slate
  make_offers(asked, slate);  // budgets -> lower prices
}

/// What became of an item: the first step that kept it out, or its place in the ranking.
Verdict judge(const Asked& asked, ItemId item) {
  Verdict verdict;
  look_up(asked);
  if (!is_allowed(asked, item)) {
    verdict.outcome = Verdict::Outcome::kept_out;
    verdict.reason = asked.work.drops.of(item);
    const std::size_t rule = asked.place.rules->forbidding(item, asked.work.rules);
    if (verdict.reason == Dropped::filtered && rule < asked.place.rules->rules().size())
      verdict.rule = asked.place.rules->rules()[rule].name;
    return verdict;
  }
  find_candidates(asked);
  const auto pool = asked.work.pool.entries();
  const auto found = std::ranges::find(pool, item, &PoolEntry::item);
  verdict.outcome = Verdict::Outcome::not_found;
  if (found == pool.end()) return verdict;
  verdict.outcome = Verdict::Outcome::ranked;
  verdict.score = found->score;
  verdict.place = 1 + static_cast<std::size_t>(std::ranges::count_if(
                          pool, [&](const PoolEntry& one) { return one.score > found->score; }));
  return verdict;
}

void rank_pool(const Asked& asked) {
  look_up(asked);
  find_candidates(asked);
}

void find_pool(const Asked& asked) {
  look_up(asked);
  retrieve(asked);
  score(asked);
}

}  // namespace aisle::slate
