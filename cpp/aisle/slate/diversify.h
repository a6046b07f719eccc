#pragma once

/// Difference between the items of a slate, by the method that the strategy names.
///
/// Data path   pool in order -> [diversify] -> pool in another order
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        that of the method over the best `diversity_pool`

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// Novelty first, then MMR, DPP, xQuAD or calibration over the best of the order.
void diversify(const Asked& asked);

}  // namespace aisle::slate
