// Requests: a workspace, the visitor's events, what is live now, and what is kept of the answer.
// The path itself is slate/recommend.cpp.

#include "aisle/slate/recommend.h"

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/engine/ask.h"
#include "aisle/engine/engine.h"
#include "aisle/slate/balance.h"
#include "aisle/slate/explain.h"
#include "aisle/slate/fatigue.h"
#include "aisle/slate/relation.h"

namespace aisle::engine {
namespace {

bool chooses_strategies(const live::Placement& place) {
  return place.explorer != nullptr && place.strategy.explore.over == explore::Over::strategies;
}

}  // namespace

/// The slate of the placement or, where that would be empty, of those that it falls back on.
void Engine::answer_at(const live::Live& live, const slate::Asked& asked,
                       slate::Slate& slate) const {
  slate::recommend(asked, slate);
  slate.placement = asked.place.name;
  fall_back(live, asked, slate);
}

void Engine::fall_back(const live::Live& live, const slate::Asked& asked,
                       slate::Slate& slate) const {
  if (asked.request.after != 0) return;  // the list is over: another one would be no page of it
  for (const std::string& name : asked.strategy().fallback) {
    if (!slate.items.empty()) return;
    const slate::Asked next{asked.model, live.at(name), asked.request, asked.work};
    people_.find_showings(next, slates_);
    answer_at(live, next, slate);
  }
}

/// The strategy that is to answer, then its slate.
void Engine::answer(const live::Live& live, const slate::Asked& asked, std::uint64_t number,
                    slate::Slate& slate) const {
  slate::RequestWorkspace& work = asked.work;
  work.seed = mix(asked.strategy().seed ^ mix(hash_of(asked.request)) ^ mix(number));
  work.slate_number = number;
  slate.chosen = {};
  work.record.strategy = {};
  work.record.strategy_context.clear();
  if (!chooses_strategies(asked.place)) {
    answer_at(live, asked, slate);
  } else {
    const explore::Choice choice = slate::choose_strategy(asked);
    work.record.strategy = {.propensity = static_cast<float>(choice.propensity),
                            .is_explored = true,
                            .arm = static_cast<std::uint64_t>(choice.arm)};
    work.record.strategy_context = work.explore.context;
    const std::string& chosen = asked.strategy().explore.among[choice.place];
    const slate::Asked inner{asked.model, live.at(chosen), asked.request, work};
    people_.find_showings(inner, slates_);
    answer_at(live, inner, slate);
    if (slate.items.empty()) fall_back(live, asked, slate);
    slate.propensity = choice.propensity;
    slate.chosen = inner.place.name;
  }
  slate.number = number;
}

/// What later requests and outcomes need to know of a slate that somebody sees.
void Engine::keep(const live::Live& live, const slate::Asked& asked,
                  const slate::Slate& slate) const {
  const slate::Request& request = asked.request;
  shown::Record& record = asked.work.record;
  record.number = slate.number;
  record.visitor = hash_of(request);
  record.page_before = request.after;
  record.chooser = chooses_strategies(asked.place) ? asked.place.explorer->number() : 0;
  record.time = request.now;
  record.generation = slate.generation;
  record.was_touched = record.was_clicked = record.was_settled = false;
  if (options_.slates > 0 && !slate.items.empty()) hygiene_.seen_slate();
  record.places.clear();
  record.context = asked.work.explore.context;
  bool has_explored = false;
  for (const slate::SlateItem& one : slate.items) {
    record.places.push_back({.item = one.item,
                             .propensity = static_cast<float>(one.propensity),
                             .is_explored = one.is_explored,
                             .arm = one.arm});
    has_explored = has_explored || one.is_explored;
  }
  const live::Placement& made_by = live.at(slate.placement);
  slate::tell_shares(made_by, slate, asked.work);
  record.explorer = has_explored ? made_by.explorer->number() : 0;
  const auto expect = [&](const live::Placement& place) {
    const explore::ExploreOptions& options = place.strategy.explore;
    if (options.counts_shown) count_shown(place, slate.number);
    place.explorer->wait_for(slate.number, request.now + options.horizon);
    settle_some(live, place, request.now, 4);
  };
  const bool has_chosen = record.chooser != 0;
  slates_.add(record);
  if (has_explored) expect(made_by);
  if (has_chosen) expect(asked.place);
}

void Engine::recommend(const slate::Request& request, slate::Slate& slate) const {
  ask(request, [&](const slate::Asked& asked, const live::Live& now, const auto& live) {
    answer(now, asked, slates_.next_number(hash_of(request)), slate);
    if (request.explain) {
      const slate::Asked made{asked.model, now.at(slate.placement), request, asked.work};
      slate.explanation = slate::explain(made, slate, live);
    }
    keep(now, asked, slate);
    slate.live = live;
  });
  requests_.fetch_add(1, std::memory_order_relaxed);
}

slate::Verdict Engine::judge(const slate::Request& request, std::string_view id,
                             const slate::Explanation* then) const {
  slate::Verdict verdict;
  const auto answer = [&](const slate::Asked& asked, const live::Live&, const auto& live) {
    const auto number = asked.model.catalog().items()->find(id);
    if (number && *number < asked.model.item_count())
      verdict = slate::judge(asked, ItemId{*number}, then);
    verdict.live = live;
  };
  if (then == nullptr) {
    ask(request, answer);
    return verdict;
  }
  const Lease work(*this);
  (*work).recent = then->recent;
  (*work).pages = then->pages;
  (*work).showings = then->showings;
  const live::Live& live = *then->live;
  answer(slate::Asked{*live.model, live.at(then->placement), request, *work}, live, then->live);
  return verdict;
}

void Engine::complete(const slate::Request& request, const slate::LookOptions& options,
                      slate::Look& look) const {
  ask(request, [&](const slate::Asked& asked, const live::Live&, const auto& live) {
    look = {};
    slate::complete(asked, options, look);
    look.live = live;
  });
  requests_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<std::pair<std::string, double>> Engine::recommend_values(
    const slate::Request& request, std::string_view column) const {
  std::vector<std::pair<std::string, double>> best;
  ask(request, [&](const slate::Asked& asked, const live::Live&, const auto&) {
    const catalog::Column& values = asked.place.items.column(column);
    if (!values.has_codes() && values.sets() == nullptr)
      throw ConfigError("'" + std::string(column) + "' is " + catalog::described(values.kind()) +
                        "; only a category, a text or labels have values to recommend");
    std::vector<double> share;
    slate::weigh_values(asked, values, share);
    std::vector<std::uint32_t> codes;
    for (std::uint32_t code = 0; code < share.size(); ++code) {
      if (share[code] > 0.0) codes.push_back(code);
    }
    std::ranges::stable_sort(codes, std::ranges::greater{},
                             [&](std::uint32_t code) { return share[code]; });
    codes.resize(std::min(codes.size(), request.k));
    best.clear();
    for (const std::uint32_t code : codes)
      best.emplace_back(values.values()->name(code), share[code]);
  });
  return best;
}

double Engine::affinity(const slate::Request& request, std::string_view item) const {
  double chance = 0.0;
  ask(request, [&](const slate::Asked& asked, const live::Live&, const auto&) {
    const auto number = asked.model.catalog().items()->find(item);
    if (number && *number < asked.model.item_count())
      chance = slate::affinity(asked, ItemId{*number});
  });
  return chance;
}

void Engine::explain_pool(const slate::Request& request, std::vector<ItemId>& items,
                          std::vector<float>& features) const {
  ask(request, [&](const slate::Asked& asked, const live::Live&, const auto&) {
    slate::find_pool(asked);
    items.clear();
    for (const PoolEntry& entry : asked.work.pool.entries()) items.push_back(entry.item);
    features.assign(asked.work.matrix.begin(), asked.work.matrix.end());
  });
}

}  // namespace aisle::engine
