#pragma once

/// What every request begins with.
///
/// Data path   recommend, judge, page -> [ask] -> slate
/// Threads     one request each
/// Ownership   lends a workspace and the model for the length of the call
/// Cost        one lookup of the visitor

#include "aisle/base/error.h"
#include "aisle/engine/engine.h"
#include "aisle/engine/lease.h"
#include "aisle/slate/asked.h"

namespace aisle::engine {

/// 0: nobody.
[[nodiscard]] inline std::uint64_t hash_of(const slate::Request& request) noexcept {
  return request.visitor.empty() ? 0 : session::Visitor(request.visitor).hash;
}

/// Calls answer(asked, live) with the model and strategy that are live, and the visitor's events.
template <class Answer>
void Engine::ask(const slate::Request& request, const Answer& answer) const {
  const Lease work(*this);
  for (;;) {
    const auto live = model_.load();  // one model and its strategies for all of it
    const std::uint32_t generation = live->model->generation();
    const slate::Asked asked{*live->model, live->at(request.placement, request.market), request,
                             *work};
    (*work).pages.clear();
    (*work).parts.clear();
    if (!request.visitor.empty()) {
      if (!people_.find_events(request, *live->model, *work)) continue;  // a swap came between
      if (learner_.is_on())
        (*work).recent.session_number = learner_.number_of(session::Visitor(request.visitor).hash);
    }
    if (request.after != 0 &&
        !slates_.pages(request.after, hash_of(request), generation, (*work).pages))
      throw ConfigError(
          "after names a slate of this visitor that is not kept (any more): begin with the first "
          "page, or give the engine more slates");
    people_.find_showings(asked, slates_);
    return answer(asked, *live, live);
  }
}

}  // namespace aisle::engine
