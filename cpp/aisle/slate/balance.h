#pragma once

/// Shares of what is shown over many slates: suppliers, the long tail, the shop's own brand.
///
/// Data path   pool -> [balance] -> pool; slate -> [tell_shares] -> shares
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        two loads a candidate and exposure; a lock for each slate and exposure

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// Lifts the candidates of groups that are below their floor, and sinks those above their cap.
void balance(const Asked& asked, const live::Exposed& one);

/// Tells the placement's exposures what a slate shows that somebody sees: place i with the weight
/// 1 / log2(1 + i).
void tell_shares(const live::Placement& place, const Slate& slate, RequestWorkspace& work);

}  // namespace aisle::slate
