#pragma once

/// What was shown lately sinks: fatigue for what was not touched, rotation for all of it.
///
/// Data path   pool -> [fatigue] -> rerank
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        a look at each item that the visitor was shown; none where the strategy says nothing

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// Whether the strategy wants to know what the visitor was shown, and since when.
[[nodiscard]] bool asks_showings(const live::Strategy& strategy) noexcept;
[[nodiscard]] Timestamp showings_since(const Asked& asked) noexcept;

/// Lowers the scores in the pool, which are logits, by what work.showings says.
void tire(const Asked& asked);

}  // namespace aisle::slate
