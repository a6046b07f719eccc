#pragma once

/// Exposure: at least and at most so many slots for the items of a group (a supplier, the shop's
/// own brand, the long tail, what must be sold).
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   borrows for the call
/// Cost        two passes over the order for each pick; no allocation with a warm workspace

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace aisle::rerank {

struct ExposureLimit {
  std::size_t at_least = 0;
  std::size_t at_most = std::numeric_limits<std::size_t>::max();

  /// @throws ConfigError when at_least is above at_most.
  void validate() const;
};

/// The limit that holds these shares of a slate of `slots`: the floor rounded up, the cap down.
/// @throws ConfigError unless 0 <= at_least <= at_most <= 1.
[[nodiscard]] ExposureLimit limit_of_shares(double at_least, double at_most, std::size_t slots);

inline constexpr std::size_t kMaxGroups = 64;

struct ExposureWorkspace {
  std::vector<std::size_t> counts;     ///< of each group in the slate so far
  std::vector<std::size_t> available;  ///< of each group, not taken and within all caps
  std::vector<std::uint8_t> is_picked;
};

/// Fills `picked` from `order` (places, best first, none twice) and in its order. Taken is each time
/// the earliest place that breaks no cap and leaves enough slots for the floors still open; when
/// every slot left is needed for one, the earliest that serves an open floor; when they are too few,
/// the earliest of those that serve most. Without limits the slate is the order. Returns how many;
/// fewer than picked.size() when the order ends or the caps refuse the rest.
///
/// Bit g of groups[place] says that the place is in group g, which limits[g] is for (at most
/// kMaxGroups). A cap is never broken; a floor is served as far as there are items and slots. Where
/// no place is in two groups, no other such slate has an earlier first place, or else second, ...
std::size_t expose(std::span<const std::uint32_t> order, std::span<const std::uint64_t> groups,
                   std::span<const ExposureLimit> limits, ExposureWorkspace& work,
                   std::span<std::uint32_t> picked);

}  // namespace aisle::rerank
