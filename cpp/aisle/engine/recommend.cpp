// The path of one request. Everything this library does on line is called from here.

#include <algorithm>

#include "aisle/engine/candidates.h"
#include "aisle/engine/engine.h"
#include "aisle/engine/lease.h"
#include "aisle/engine/slots.h"

namespace aisle::engine {

void Engine::recommend(const Request& request, Slate& slate) const {
  const Lease work(*this);
  for (;;) {
    const auto live = model_.load();                // one model and strategy for all of it
    if (!look_up(*live, request, *work)) continue;  // a swap came between: once more
    retrieve(*live, request, *work);                // session, sources -> pool
    score(*live, request, *work);                   // pool -> a number for each candidate
    rerank(*live, request, *work);                  // diversity, caps -> order
    fill(*live, request, *work, slate);             // slots, fallback chain -> slate
    break;
  }
  requests_.fetch_add(1, std::memory_order_relaxed);
}

/// Who asks: the session's items, and what must not come back.
bool Engine::look_up(const Live& live, const Request& request, RequestWorkspace& work) const {
  const Model& model = *live.model;
  work.item_count = model.item_count();
  work.drops.begin(work.item_count);
  work.soft.clear();
  if (!request.visitor.empty()) {
    sessions_.recent(session::Visitor(request.visitor), request.now, work.recent,
                     model.generation());
    if (work.recent.is_stale) return false;
    take_session(work);
  } else {
    bring_session(model, request, work);
  }
  work.anchor = take_anchor(model, request, work);
  mark_drops(live.strategy.exclude, model, work);
  return true;
}

/// Every source that is on puts its best allowed items into the pool.
void Engine::retrieve(const Live& live, const Request& request, RequestWorkspace& work) const {
  work.pool.begin(work.item_count);
  const Candidates add(*live.model, live.strategy, request, work);
  add.from_sessions(live.knn);
  add.from_pairs(Source::co_visitation, PairKind::view, live.strategy.co_visitation);
  add.from_pairs(Source::rules, PairKind::view, live.strategy.rules);
  add.from_pairs(Source::cart, PairKind::cart, live.strategy.co_visitation);
  add.from_pairs(Source::purchase, PairKind::purchase, live.strategy.co_visitation);
  add.from_vectors();
  add.from_trending();
  add.from_history();
}

/// Features, then the linear scorer: fusion and session features in one product.
void Engine::score(const Live& live, const Request& request, RequestWorkspace& work) const {
  const Model& model = *live.model;
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
  score::LinearScorer(live.strategy.weights).score(pool, work.matrix);
}

/// Best first, then MMR and the caps.
void Engine::rerank(const Live& live, const Request& request, RequestWorkspace& work) const {
  const std::size_t wanted = std::max(request.k, live.strategy.diversity_pool);
  // Caps may skip any number of places before the slate is full.
  sort_pool(live.strategy.at_most.empty() ? wanted : work.pool.entries().size(), work);
  diversify(*live.model, live.strategy, request.k, work);
}

/// Slots: the pool's order under the caps, then the fallback chain until the slate is full.
void Engine::fill(const Live& live, const Request& request, RequestWorkspace& work,
                  Slate& slate) const {
  Slots slots(*live.model, live.strategy, request, work, slate);
  slots.take_pool();
  slots.take_trending_alike();
  slots.take_trending();
  slots.take_by_popularity();
  slots.take_new();
  slots.take_soft();
  slots.name();
}

}  // namespace aisle::engine
