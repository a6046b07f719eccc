// The path of one request. Everything this library does on line is called from here.

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/engine/candidates.h"
#include "aisle/engine/diversify.h"
#include "aisle/engine/engine.h"
#include "aisle/engine/lease.h"
#include "aisle/engine/slots.h"

namespace aisle::engine {
namespace {

/// Every source that is on puts its best allowed items into the pool.
void retrieve(const Asked& asked) {
  asked.work.pool.begin(asked.work.item_count);
  const Strategy& strategy = asked.strategy();
  const Candidates add(asked);
  add.from_sessions();
  add.from_pairs(Source::co_visitation, PairKind::view, strategy.co_visitation);
  add.from_pairs(Source::rules, PairKind::view, strategy.rules);
  add.from_pairs(Source::cart, PairKind::cart, strategy.co_visitation);
  add.from_pairs(Source::purchase, PairKind::purchase, strategy.co_visitation);
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

/// Best first, then diversity.
void rerank(const Asked& asked) {
  const Strategy& strategy = asked.strategy();
  const std::size_t wanted = std::max(asked.request.k, strategy.diversity_pool);
  // Caps may skip any number of places before the slate is full.
  const bool has_limits = !strategy.at_most.empty() || !asked.work.rules.limits.empty();
  sort_pool(!has_limits ? wanted : asked.work.pool.entries().size(), asked.work);
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

}  // namespace

void Engine::recommend(const Request& request, Slate& slate) const {
  const Lease work(*this);
  for (;;) {
    const auto live = model_.load();  // one model and its strategies for all of it
    const Asked asked{*live->model, live->at(request.placement), request, *work};
    if (!look_up(asked)) continue;  // a swap came between: once more
    retrieve(asked);                // session, sources -> pool
    score(asked);                   // pool -> a number for each candidate
    boost(asked);                   // rules -> another number
    rerank(asked);                  // diversity -> order
    fill(asked, slate);             // pins, limits, slots, fallback chain -> slate
    slate.model = live;
    break;
  }
  requests_.fetch_add(1, std::memory_order_relaxed);
}

/// Who asks: the session's items, and what must not come back.
bool Engine::look_up(const Asked& asked) const {
  const auto& [model, place, request, work] = asked;
  work.item_count = model.item_count();
  work.drops.begin(work.item_count);
  work.soft.clear();
  work.sold_out.clear();
  if (!request.visitor.empty()) {
    sessions_.recent(session::Visitor(request.visitor), request.now, work.recent,
                     model.generation());
    if (work.recent.is_stale) return false;
    take_session(work);
  } else {
    bring_session(asked);
  }
  work.anchor = take_anchor(asked);
  mark_drops(asked);
  take_rules(asked);
  return true;
}

/// What became of an item: the first step that kept it out, or its place in the ranking.
Verdict Engine::judge(const Request& request, std::string_view id) const {
  const Lease work(*this);
  const auto live = model_.load();
  const Asked asked{*live->model, live->at(request.placement), request, *work};
  Verdict verdict;
  const auto number = asked.model.catalog().items()->find(id);
  if (!number || !look_up(asked)) return verdict;
  const ItemId item{*number};
  if (!is_allowed(asked, item)) {
    verdict.outcome = Verdict::Outcome::kept_out;
    verdict.reason = asked.work.drops.of(item);
    const std::size_t rule = asked.place.rules->forbidding(item, asked.work.rules);
    if (verdict.reason == Dropped::filtered && rule < asked.place.rules->rules().size())
      verdict.rule = asked.place.rules->rules()[rule].name;
    return verdict;
  }
  engine::retrieve(asked);
  engine::score(asked);
  engine::boost(asked);
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

void Engine::explain_pool(const Request& request, std::vector<ItemId>& items,
                          std::vector<float>& features) const {
  const Lease work(*this);
  const auto live = model_.load();
  const Asked asked{*live->model, live->at(request.placement), request, *work};
  if (!look_up(asked)) throw Error("the model was swapped while a pool was explained");
  engine::retrieve(asked);
  engine::score(asked);
  items.clear();
  for (const PoolEntry& entry : (*work).pool.entries()) items.push_back(entry.item);
  features.assign((*work).matrix.begin(), (*work).matrix.end());
}

}  // namespace aisle::engine
