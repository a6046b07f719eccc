#pragma once

/// The scorer of a placement on the pool: a weighted sum, and trees that correct it.
///
/// Data path   features -> [scoring] -> pool
/// Threads     one request
/// Ownership   borrows the workspace for the call
/// Cost        that of the scorer

#include <array>
#include <span>

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// Writes entry.score for each entry of the pool, from the features in work.matrix.
void score_pool(const Asked& asked);

/// What each feature adds to a candidate's score; what the trees give to all is the bias's.
void explain_score(const Asked& asked, std::span<const float> features,
                   std::array<float, score::kFeatures>& parts);

}  // namespace aisle::slate
