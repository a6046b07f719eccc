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

std::pair<double, double> Shares::queues(const Cell& cell, double attention) const noexcept {
  const double most = kMostLift * goal_.lag;
  const double since = std::max(attention - cell.at.load(kRelaxed), 0.0);
  return {std::min(cell.owed.load(kRelaxed) + goal_.at_least * since, most),
          std::max(cell.ahead.load(kRelaxed) - goal_.at_most * since, 0.0)};
}

float Shares::lift(std::uint32_t group) const noexcept {
  const double now = attention();
  const Cell* const cell = cells_.find(group);
  static const Cell never_shown;
  const auto [owed, ahead] = queues(cell == nullptr ? never_shown : *cell, now);
  return static_cast<float>((owed - ahead) / goal_.lag);
}

void Shares::tell(std::span<const std::pair<std::uint32_t, double>> got, double attention) {
  const std::scoped_lock lock(telling_);
  const double before = attention_.load(kRelaxed);
  const double after = before + attention;
  const double most = kMostLift * goal_.lag;
  for (const auto& [group, weight] : got) {
    Cell& cell = cells_.at(group);
    auto [owed, ahead] = queues(cell, before);
    if (cell.at.load(kRelaxed) < after) {  // its first place in this slate
      owed += goal_.at_least * attention;
      ahead -= goal_.at_most * attention;
    } else {
      owed = cell.owed.load(kRelaxed);
      ahead = cell.ahead.load(kRelaxed);
    }
    cell.owed.store(owed - weight, kRelaxed);
    cell.ahead.store(ahead + weight, kRelaxed);
    cell.at.store(after, kRelaxed);
    cell.got.store(cell.got.load(kRelaxed) + weight, kRelaxed);
  }
  for (const auto& [group, weight] : got) {
    Cell& cell = cells_.at(group);
    cell.owed.store(std::clamp(cell.owed.load(kRelaxed), 0.0, most), kRelaxed);
    cell.ahead.store(std::clamp(cell.ahead.load(kRelaxed), 0.0, most), kRelaxed);
  }
  attention_.store(after, kRelaxed);
}

std::vector<Shares::Share> Shares::all(std::uint32_t groups) const {
  std::vector<Share> shares;
  for (std::uint32_t group = 0; group < groups; ++group) {
    const Cell* const cell = cells_.find(group);
    const double got = cell == nullptr ? 0.0 : cell->got.load(kRelaxed);
    if (got > 0.0) shares.push_back({.group = group, .got = got, .lift = double{lift(group)}});
  }
  return shares;
}

void Shares::take_over(const Shares& before,
                       std::span<const std::pair<std::uint32_t, std::uint32_t>> groups) {
  attention_.store(before.attention(), kRelaxed);
  for (const auto& [there, here] : groups) {
    const Cell* const cell = before.cells_.find(there);
    if (cell == nullptr) continue;
    Cell& mine = cells_.at(here);
    mine.owed.store(cell->owed.load(kRelaxed), kRelaxed);
    mine.ahead.store(cell->ahead.load(kRelaxed), kRelaxed);
    mine.at.store(cell->at.load(kRelaxed), kRelaxed);
    mine.got.store(cell->got.load(kRelaxed), kRelaxed);
  }
}

}  // namespace aisle::shown
