#include "aisle/slate/fatigue.h"

#include <algorithm>
#include <cmath>

namespace aisle::slate {
namespace {

constexpr float kLeast = 1e-6F;  // of an item's odds that a showing leaves: a logarithm needs some

/// Whether the visitor turned to the item after it was shown.
bool was_touched(const RequestWorkspace& work, const shown::Showing& shown) {
  for (auto event = work.recent.events.rbegin(); event != work.recent.events.rend(); ++event) {
    if (event->time < shown.time) return false;
    if (event->item == shown.item && shows_interest(event->type)) return true;
  }
  return false;
}

float fatigue_of(const Asked& asked, std::size_t place) {
  const live::Fatigue& fatigue = asked.strategy().fatigue;
  const auto& showings = asked.work.showings;
  const shown::Showing& shown = showings[place];
  if (fatigue.strength <= 0.0F || shown.time < asked.request.now - fatigue.within ||
      was_touched(asked.work, shown))
    return 0.0F;
  if (fatigue.after > 0) {
    // The newest showings come first: as many of them as are free cost nothing.
    const auto newer = std::span(showings).first(place);
    const auto before = std::ranges::count(newer, shown.item, &shown::Showing::item);
    if (static_cast<std::size_t>(before) < fatigue.after) return 0.0F;
  }
  return std::log(std::max(1.0F - fatigue.strength, kLeast));
}

float rotation_of(const Asked& asked, const shown::Showing& shown) {
  const live::Rotation& rotation = asked.strategy().rotation;
  const Timestamp age = std::max<Timestamp>(asked.request.now - shown.time, 0);
  if (rotation.rate <= 0.0F || age >= rotation.time) return 0.0F;
  const float left = 1.0F - static_cast<float>(age) / static_cast<float>(rotation.time);
  return std::log(std::max(1.0F - rotation.rate * left, kLeast));
}

}  // namespace

bool asks_showings(const live::Strategy& strategy) noexcept {
  return strategy.fatigue.strength > 0.0F || strategy.rotation.rate > 0.0F;
}

Timestamp showings_since(const Asked& asked) noexcept {
  const live::Strategy& strategy = asked.strategy();
  const Timestamp fatigue = strategy.fatigue.strength > 0.0F ? strategy.fatigue.within : 0;
  const Timestamp rotation = strategy.rotation.rate > 0.0F ? strategy.rotation.time : 0;
  return asked.request.now - std::max(fatigue, rotation);
}

void tire(const Asked& asked) {
  if (!asks_showings(asked.strategy())) return;
  RequestWorkspace& work = asked.work;
  for (std::size_t place = 0; place < work.showings.size(); ++place) {
    const shown::Showing& shown = work.showings[place];
    if (!is_known(shown.item) || !work.pool.has(shown.item)) continue;
    work.pool.at(shown.item).score += fatigue_of(asked, place) + rotation_of(asked, shown);
  }
}

}  // namespace aisle::slate
