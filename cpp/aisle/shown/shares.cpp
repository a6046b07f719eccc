#include "aisle/shown/shares.h"

#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::shown {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

void ShareGoal::validate() const {
  if (!(at_least >= 0.0 && at_least <= at_most && at_most <= 1.0)) {
    throw ConfigError("exposure: 0 <= at_least <= at_most <= 1 must hold, got " +
                      std::to_string(at_least) + " and " + std::to_string(at_most));
  }
  if (!(lag > 0.0 && std::isfinite(lag)))
    throw ConfigError("exposure: lag must be above 0, got " + std::to_string(lag));
}

Shares::Shares(const ShareGoal& goal, std::uint32_t groups) : goal_(goal), first_groups_(groups) {
  goal_.validate();
}

std::pair<double, double> Shares::queues(const Cell& cell, double attention) const noexcept {
  const double most = kMostLift * goal_.lag;
  const double since = std::max(attention - cell.at.load(kRelaxed), 0.0);
  return {std::clamp(cell.owed.load(kRelaxed) + goal_.at_least * since, 0.0, most),
          std::clamp(cell.ahead.load(kRelaxed) - goal_.at_most * since, 0.0, most)};
}

/// The group's cell; one that is new owes nothing of what was shown before it. Under the lock.
Shares::Cell& Shares::know(std::uint32_t group, double attention) {
  Cell& cell = cells_.at(group);
  if (!cell.is_known.load(kRelaxed)) {
    if (group >= first_groups_) cell.at.store(attention, kRelaxed);
    cell.is_known.store(true, std::memory_order_release);
  }
  return cell;
}

float Shares::lift(std::uint32_t group) {
  if (group >= kMostGroups) return 0.0F;
  const Cell* cell = cells_.find(group);
  if (cell == nullptr || !cell->is_known.load(std::memory_order_acquire)) {
    const std::scoped_lock lock(telling_);
    cell = &know(group, attention());
  }
  const auto [owed, ahead] = queues(*cell, attention());
  return static_cast<float>((owed - ahead) / goal_.lag);
}

void Shares::tell(std::span<const std::pair<std::uint32_t, double>> got, double attention) {
  const std::scoped_lock lock(telling_);
  const double before = attention_.load(kRelaxed);
  const double after = before + attention;
  const double most = kMostLift * goal_.lag;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::uint32_t group = got[i].first;
    const auto is_of_it = [&](const auto& one) { return one.first == group; };
    if (group >= kMostGroups || std::ranges::any_of(got.first(i), is_of_it)) continue;
    double weight = 0.0;
    for (const auto& one : got.subspan(i)) weight += is_of_it(one) ? one.second : 0.0;
    Cell& cell = know(group, before);
    const auto [owed, ahead] = queues(cell, before);
    cell.owed.store(std::clamp(owed + goal_.at_least * attention - weight, 0.0, most), kRelaxed);
    cell.ahead.store(std::clamp(ahead - goal_.at_most * attention + weight, 0.0, most), kRelaxed);
    cell.at.store(after, kRelaxed);
    cell.got.store(cell.got.load(kRelaxed) + weight, kRelaxed);
  }
  attention_.store(after, kRelaxed);
}

std::vector<Shares::Share> Shares::all(std::uint32_t groups) const {
  std::vector<Share> shares;
  for (std::uint32_t group = 0; group < groups; ++group) {
    const Cell* const cell = cells_.find(group);
    const double got = cell == nullptr ? 0.0 : cell->got.load(kRelaxed);
    if (got <= 0.0) continue;
    const auto [owed, ahead] = queues(*cell, attention());
    shares.push_back({.group = group, .got = got, .lift = (owed - ahead) / goal_.lag});
  }
  return shares;
}

void Shares::take_over(Shares& before,
                       std::span<const std::pair<std::uint32_t, std::uint32_t>> groups) {
  const std::scoped_lock both(before.telling_, telling_);
  attention_.store(before.attention(), kRelaxed);
  first_groups_ = 0;
  for (const auto& [there, here] : groups) {
    const Cell* const cell = before.cells_.find(there);
    if (cell == nullptr || here >= kMostGroups) continue;
    Cell& mine = cells_.at(here);
    mine.owed.store(cell->owed.load(kRelaxed), kRelaxed);
    mine.ahead.store(cell->ahead.load(kRelaxed), kRelaxed);
    mine.at.store(cell->at.load(kRelaxed), kRelaxed);
    mine.got.store(cell->got.load(kRelaxed), kRelaxed);
    mine.is_known.store(true, kRelaxed);
  }
}

}  // namespace aisle::shown
