// Requests: a workspace, the visitor's events, and what is live now. The path itself is slate/recommend.cpp.

#include "aisle/slate/recommend.h"

#include "aisle/base/error.h"
#include "aisle/engine/engine.h"
#include "aisle/engine/lease.h"
#include "aisle/slate/relation.h"

namespace aisle::engine {

/// Calls answer(asked) with the model and strategy that are live, and the visitor's events.
template <class Answer>
void Engine::ask(const slate::Request& request, const Answer& answer) const {
  const Lease work(*this);
  for (;;) {
    const auto live = model_.load();  // one model and its strategies for all of it
    const slate::Asked asked{*live->model, live->at(request.placement), request, *work};
    if (!request.visitor.empty()) {
      sessions_.recent(session::Visitor(request.visitor), request.now, (*work).recent,
                       live->model->generation());
      if ((*work).recent.is_stale) continue;  // a swap came between: once more
    }
    return answer(asked, live);
  }
}

void Engine::recommend(const slate::Request& request, slate::Slate& slate) const {
  ask(request, [&](const slate::Asked& asked, const auto& live) {
    slate::recommend(asked, slate);
    slate.model = live;
  });
  requests_.fetch_add(1, std::memory_order_relaxed);
}

slate::Verdict Engine::judge(const slate::Request& request, std::string_view id) const {
  slate::Verdict verdict;
  ask(request, [&](const slate::Asked& asked, const auto&) {
    const auto number = asked.model.catalog().items()->find(id);
    if (number && *number < asked.model.item_count())
      verdict = slate::judge(asked, ItemId{*number});
  });
  return verdict;
}

void Engine::complete(const slate::Request& request, const slate::LookOptions& options,
                      slate::Look& look) const {
  ask(request, [&](const slate::Asked& asked, const auto& live) {
    look = {};
    slate::complete(asked, options, look);
    look.model = live;
  });
  requests_.fetch_add(1, std::memory_order_relaxed);
}

void Engine::explain_pool(const slate::Request& request, std::vector<ItemId>& items,
                          std::vector<float>& features) const {
  ask(request, [&](const slate::Asked& asked, const auto&) {
    slate::find_pool(asked);
    items.clear();
    for (const PoolEntry& entry : asked.work.pool.entries()) items.push_back(entry.item);
    features.assign(asked.work.matrix.begin(), asked.work.matrix.end());
  });
}

}  // namespace aisle::engine
