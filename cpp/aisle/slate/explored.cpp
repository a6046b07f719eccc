// Places of a slate that are there to learn: an arm is chosen among what could stand there.

#include <algorithm>
#include <array>
#include <cmath>

#include "aisle/base/hash.h"
#include "aisle/slate/slots.h"

namespace aisle::slate {
namespace {

using explore::ArmId;
using explore::Over;

constexpr std::uint32_t kNoEntry = 0xffffffff;

}  // namespace

void find_context(const Asked& asked) {
  ExploreWorkspace& work = asked.work.explore;
  work.context.clear();
  if (!explore::takes_context(asked.strategy().explore.bandit.policy)) return;
  constexpr double kMost = 1e6;  // beyond, a regression is nothing but this number
  work.context.push_back(1.0);
  for (const auto& program : asked.place.context) {
    const ItemId any{0};  // the number is the request's, whatever the item
    double value = 0.0;
    work.evaluation.begin(*program, asked.work.scope);
    work.evaluation.numbers(std::span(&any, 1), std::span(&value, 1));
    work.context.push_back(std::isnan(value) ? 0.0 : std::clamp(value, -kMost, kMost));
  }
}

/// Which places, from 1: those that were named, or as many as were asked for, spread evenly.
void Slots::plan_explored() {
  auto& places = work_.explore.places;
  places.clear();
  work_.explore.context.clear();
  if (asked_.place.explorer == nullptr || strategy_.explore.over == Over::strategies) return;
  find_context(asked_);
  const std::size_t k = asked_.request.k;
  const auto& named = strategy_.explore.places;
  places.assign(named.begin(), named.end());
  const std::size_t count = std::min(strategy_.explore.slots, k);
  if (named.empty()) {
    for (std::size_t j = 1; j <= count; ++j) places.push_back(1 + j * k / (count + 1));
  }
  std::erase_if(places, [&](std::size_t place) { return place > k; });
  std::ranges::sort(places);
}

bool Slots::may_explore(const PoolEntry& entry) {
  return work_.drops.of(entry.item) == Dropped::none && limits_.allows(entry.item, left());
}

void Slots::add_arm(ArmId arm, ItemId item, std::uint32_t entry) {
  work_.explore.arms.push_back(arm);
  work_.explore.items.push_back(item);
  work_.explore.entries.push_back(entry);
}

/// The best candidates that are young enough, and the newest items that nobody has looked at.
void Slots::find_item_arms() {
  const explore::ExploreOptions& options = strategy_.explore;
  const auto pool = work_.pool.entries();
  const auto& ids = *model_.catalog().items();
  const auto arm_of = [&](ItemId item) { return ArmId{hash_bytes(ids.name(value_of(item)))}; };
  const std::size_t count = std::min(options.pool, work_.order.size());
  for (const std::uint32_t place : std::span(work_.order).first(count)) {
    if (options.max_age > 0.0 && work_.facts[place].days_known > options.max_age) continue;
    if (may_explore(pool[place])) add_arm(arm_of(pool[place].item), pool[place].item, place);
  }
  std::size_t fresh = options.fresh;
  for (std::size_t i = work_.item_count; i-- > model_.by_popularity().size() && fresh > 0;) {
    const ItemId item{static_cast<std::uint32_t>(i)};
    if (work_.pool.has(item) || !is_allowed(asked_, item) || !limits_.allows(item, left()))
      continue;
    add_arm(arm_of(item), item, kNoEntry);
    --fresh;
  }
}

/// Each source with its best candidate that is left.
void Slots::find_source_arms() {
  const auto pool = work_.pool.entries();
  std::array<std::uint32_t, kSources> best{};
  best.fill(kNoEntry);
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    bool is_open = false;
    for (std::size_t s = 0; s < kSources; ++s) {
      const bool leads =
          pool[i].rank[s] != 0 && (best[s] == kNoEntry || pool[i].rank[s] < pool[best[s]].rank[s]);
      if (!leads || !(is_open || may_explore(pool[i]))) continue;
      is_open = true;
      best[s] = i;
    }
  }
  for (std::size_t s = 0; s < kSources; ++s) {
    if (best[s] != kNoEntry) add_arm(ArmId{s}, pool[best[s]].item, best[s]);
  }
}

/// Several sources may have led to one item: it is as probable as all of them.
double Slots::propensity_of(const explore::Choice& choice) {
  if (strategy_.explore.over != Over::sources) return choice.propensity;
  ExploreWorkspace& work = work_.explore;
  work.probabilities.resize(work.arms.size());
  asked_.place.explorer->bandit().probabilities(work.arms, work.context, work.chooser,
                                                work.probabilities);
  double sum = 0.0;
  for (std::size_t i = 0; i < work.arms.size(); ++i) {
    if (work.items[i] == work.items[choice.place]) sum += work.probabilities[i];
  }
  return std::min(sum, 1.0);
}

/// Fills the explored places whose turn has come.
void Slots::take_explored() {
  ExploreWorkspace& work = work_.explore;
  while (next_explored_ < work.places.size() && !is_full()) {
    take_pins();
    if (work.places[next_explored_] > slate_.items.size() + 1) return;
    ++next_explored_;
    work.arms.clear();
    work.items.clear();
    work.entries.clear();
    if (strategy_.explore.over == Over::items) {
      find_item_arms();
    } else {
      find_source_arms();
    }
    if (work.arms.empty()) continue;
    explore::Choice choice;
    const std::uint64_t seed = mix(work_.seed + next_explored_);
    asked_.place.explorer->bandit().choose(work.arms, work.context, seed, work.chooser,
                                           std::span(&choice, 1));
    SlateItem chosen{.item = work.items[choice.place],
                     .score = std::min(last_score(), 0.0F) - 1e-3F,
                     .is_explored = true,
                     .propensity = propensity_of(choice),
                     .arm = static_cast<std::uint64_t>(choice.arm)};
    if (work.entries[choice.place] != kNoEntry) {
      const PoolEntry& entry = work_.pool.entries()[work.entries[choice.place]];
      chosen.score = entry.score;
      chosen.share = entry.share;
      chosen.rank = entry.rank;
    }
    limits_.count(chosen.item);
    put(chosen);
  }
}

}  // namespace aisle::slate
