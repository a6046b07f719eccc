#include "aisle/rerank/exposure.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::rerank {
namespace {

using Groups = std::uint64_t;  // a bit a group

constexpr Groups bit_of(std::size_t group) { return Groups{1} << group; }

template <class Visit>
void for_each_group(Groups groups, const Visit& visit) {
  for (; groups != 0; groups &= groups - 1) {
    visit(static_cast<std::size_t>(std::countr_zero(groups)));
  }
}

/// What the slate so far leaves open.
struct Open {
  Groups full = 0;        ///< groups whose cap is reached
  Groups wanting = 0;     ///< groups whose floor can still be served, and is not
  std::size_t needs = 0;  ///< slots that those floors ask for, each on its own
};

Open look(std::span<const std::uint32_t> order, std::span<const Groups> groups,
          std::span<const ExposureLimit> limits, ExposureWorkspace& work) {
  Open open;
  for (std::size_t g = 0; g < limits.size(); ++g) {
    if (work.counts[g] >= limits[g].at_most) {
      open.full |= bit_of(g);
    } else if (work.counts[g] < limits[g].at_least) {
      open.wanting |= bit_of(g);
    }
  }
  if (open.wanting == 0) return open;
  std::fill(work.available.begin(), work.available.end(), std::size_t{0});
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const Groups mine = groups[order[rank]];
    if (work.is_picked[rank] != 0 || (mine & open.full) != 0) continue;
    for_each_group(mine & open.wanting, [&](std::size_t g) { ++work.available[g]; });
  }
  for_each_group(open.wanting, [&](std::size_t g) {
    const std::size_t most = std::min(limits[g].at_least, limits[g].at_most);
    const std::size_t needs = std::min(most - work.counts[g], work.available[g]);
    open.needs += needs;
    if (needs == 0) open.wanting &= ~bit_of(g);
  });
  return open;
}

// The rank to take next; order.size() when the caps refuse all.
std::size_t next_rank(std::span<const std::uint32_t> order, std::span<const Groups> groups,
                      const Open& open, std::size_t left, const ExposureWorkspace& work) {
  std::size_t best = order.size();
  int most = -1;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const Groups mine = groups[order[rank]];
    if (work.is_picked[rank] != 0 || (mine & open.full) != 0) continue;
    const int serves = std::popcount(mine & open.wanting);
    if (open.needs < left || (open.needs == left && serves > 0)) return rank;
    if (serves > most) {
      best = rank;
      most = serves;
    }
  }
  return best;
}

}  // namespace

void ExposureLimit::validate() const {
  if (at_least <= at_most) return;
  throw ConfigError("at_least must not be above at_most, got " + std::to_string(at_least) +
                    " and " + std::to_string(at_most));
}

ExposureLimit limit_of_shares(double at_least, double at_most, std::size_t slots) {
  if (!(at_least >= 0.0 && at_least <= at_most && at_most <= 1.0)) {
    throw ConfigError("shares must be 0 <= at_least <= at_most <= 1, got " +
                      std::to_string(at_least) + " and " + std::to_string(at_most));
  }
  // Half of ten slots is five, though .5 may come as .50000001.
  constexpr double kSlack = 1e-6;
  const auto whole = static_cast<double>(slots);
  const auto cap = static_cast<std::size_t>(std::floor(at_most * whole + kSlack));
  const auto floor = static_cast<std::size_t>(std::ceil(at_least * whole - kSlack));
  return {.at_least = std::min(floor, cap), .at_most = cap};
}

std::size_t expose(std::span<const std::uint32_t> order, std::span<const std::uint64_t> groups,
                   std::span<const ExposureLimit> limits, ExposureWorkspace& work,
                   std::span<std::uint32_t> picked) {
  const std::size_t slots = std::min(picked.size(), order.size());
  work.counts.assign(limits.size(), 0);
  work.available.assign(limits.size(), 0);
  work.is_picked.assign(order.size(), 0);
  const Groups limited = limits.size() == kMaxGroups ? ~Groups{0} : bit_of(limits.size()) - 1;
  std::size_t taken = 0;
  while (taken < slots) {
    const Open open = look(order, groups, limits, work);
    const std::size_t rank = next_rank(order, groups, open, slots - taken, work);
    if (rank == order.size()) break;
    work.is_picked[rank] = 1;
    ++taken;
    for_each_group(groups[order[rank]] & limited, [&](std::size_t g) { ++work.counts[g]; });
  }
  std::size_t out = 0;
  for (std::size_t rank = 0; out < taken; ++rank) {
    if (work.is_picked[rank] != 0) picked[out++] = order[rank];
  }
  return taken;
}

}  // namespace aisle::rerank
