#pragma once

/// Steps of recommend(): what the shop gains.
///
/// Data path   boosts -> [worth] -> order
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        none where the strategy has no such part

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// The strategy's objectives beside relevance, in the candidates' scores.
void weigh(const Asked& asked);

}  // namespace aisle::slate
