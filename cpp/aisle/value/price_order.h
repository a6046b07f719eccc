#pragma once

/// Among candidates that are as good as equal, the dearer first.
///
/// Data path   order by score -> [price order] -> diversity
/// Threads     pure
/// Ownership   borrows for the call
/// Cost        an exponential a candidate, and a sort within each band

#include <cstdint>
#include <span>

namespace aisle::value {

/// `scores` fall along the places 0, 1, ...; a band begins at the first place and goes on as long
/// as the odds e^score are above (1 - tolerance) times those of its first place; the next band
/// begins where it ends. Writes to `places` the places in their new order: within each band by
/// falling price, on equal prices the earlier place, an unknown price (NaN) last. So nobody
/// overtakes a place whose odds are better by the tolerance or more. A tolerance of 0 changes
/// nothing, one of 1 goes by price alone.
void dearer_first(std::span<const float> scores, std::span<const double> prices, float tolerance,
                  std::span<std::uint32_t> places);

}  // namespace aisle::value
