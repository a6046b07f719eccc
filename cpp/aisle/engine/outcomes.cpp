// Outcomes: what was told of a slate, and what its arms learn from it.

#include <algorithm>
#include <cmath>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/engine/engine.h"

namespace aisle::engine {
namespace {

using explore::ArmId;
using explore::Bandit;
using explore::ExploreOptions;
using shown::Place;
using shown::Record;

/// The arm of a place is told what the place is worth now; the difference, where it was told before.
void tell(Bandit& bandit, Place& place, double reward, std::span<const double> context) {
  if (std::isnan(place.reward)) {
    bandit.update(ArmId{place.arm}, reward, context);
  } else if (reward != double{place.reward}) {
    bandit.correct(ArmId{place.arm}, reward - double{place.reward}, context);
  }
  place.reward = static_cast<float>(reward);
}

/// What a place is worth after an outcome of that type: the best of all of them, save that a refund
/// leaves no more than a click did.
double worth(const ExploreOptions& options, const Place& place, EventType type) {
  const auto of = [&](EventType one) { return options.rewards[static_cast<std::size_t>(one)]; };
  const double before = std::isnan(place.reward) ? 0.0 : double{place.reward};
  if (type == EventType::refund)
    return of(type) != 0.0 ? of(type) : std::min(before, of(EventType::click));
  if (of(type) < 0.0) return of(type);
  return std::max(before, of(type));
}

/// Items are looked at from above: who clicked the third saw the two before it (the cascade model,
/// Craswell et al., WSDM 2008).
bool tell_places(Record& record, std::size_t at, EventType type, const live::Placement& place) {
  Bandit& bandit = place.explorer->bandit();
  bool has_told = false;
  for (std::size_t above = 0; type != EventType::impression && above < at; ++above) {
    Place& one = record.places[above];
    if (!one.is_explored || !std::isnan(one.reward)) continue;
    tell(bandit, one, 0.0, record.context);
    has_told = true;
  }
  Place& hit = record.places[at];
  if (!hit.is_explored) return has_told;
  tell(bandit, hit, worth(place.strategy.explore, hit, type), record.context);
  return true;
}

/// Nothing was told of it: all of it was ignored. Where something was, the places below stay unseen.
void settle(Record& record, const live::Live& live) {
  if (record.was_settled) return;
  record.was_settled = true;
  const live::Placement* const place = live.exploring(record.explorer);
  for (Place& one : record.places) {
    if (place != nullptr && !record.was_touched && one.is_explored && std::isnan(one.reward))
      tell(place->explorer->bandit(), one, 0.0, record.context);
  }
  const live::Placement* const chooser = live.exploring(record.chooser);
  if (chooser != nullptr && std::isnan(record.strategy.reward))
    tell(chooser->explorer->bandit(), record.strategy, 0.0, record.strategy_context);
}

}  // namespace

/// For placements that count a slate as ignored until something is told of it.
void Engine::count_shown(const live::Placement& place, std::uint64_t slate) const {
  slates_.change(slate, [&](Record& record) {
    const bool chose = record.chooser == place.explorer->number();
    if (chose) tell(place.explorer->bandit(), record.strategy, 0.0, record.strategy_context);
    if (record.explorer != place.explorer->number()) return;
    for (Place& one : record.places) {
      if (one.is_explored) tell(place.explorer->bandit(), one, 0.0, record.context);
    }
  });
}

void Engine::settle_some(const live::Live& live, const live::Placement& place, Timestamp now,
                         std::size_t most) const {
  while (most-- > 0) {
    const auto slate = place.explorer->due(now);
    if (!slate) return;
    slates_.change(*slate, [&](Record& record) { engine::settle(record, live); });
  }
}

void Engine::settle(Timestamp now) {
  const auto live = model_.load();
  for (const live::Placement& place : live->placements) {
    if (place.explorer != nullptr) settle_some(*live, place, now, static_cast<std::size_t>(-1));
  }
}

Joined Engine::outcome(std::uint64_t slate, std::string_view item, EventType type) {
  const auto live = model_.load();
  const auto number = live->model->catalog().items()->find(item);
  Joined joined = Joined::unknown_slate;
  bool is_first_click = false;
  slates_.change(slate, [&](Record& record) {
    joined = Joined::not_in_slate;
    if (!number || record.generation != live->model->generation()) return;
    const auto found = std::ranges::find(record.places, ItemId{*number}, &Place::item);
    if (found == record.places.end()) return;
    joined = Joined::noted;
    record.was_touched = true;
    is_first_click = shows_interest(type) && !std::exchange(record.was_clicked, true);
    const auto at = static_cast<std::size_t>(found - record.places.begin());
    const live::Placement* const place = live->exploring(record.explorer);
    if (place != nullptr && tell_places(record, at, type, *place)) joined = Joined::learned;
    const live::Placement* const chooser = live->exploring(record.chooser);
    if (chooser == nullptr) return;
    tell(chooser->explorer->bandit(), record.strategy,
         worth(chooser->strategy.explore, record.strategy, type), record.strategy_context);
    joined = Joined::learned;
  });
  hygiene_.seen_outcome(joined == Joined::noted || joined == Joined::learned, is_first_click);
  return joined;
}

std::vector<live::Learned> Engine::learned() const {
  std::vector<live::Learned> all;
  for (const live::Placement& place : model_.load()->placements) {
    if (place.explorer != nullptr) all.push_back({place.name, place.explorer});
  }
  return all;
}

void Engine::restore(const std::vector<live::Learned>& learned) {
  const std::scoped_lock lock(swap_);
  model_.store(std::make_shared<const live::Live>(*model_.load(), learned));
}

}  // namespace aisle::engine
