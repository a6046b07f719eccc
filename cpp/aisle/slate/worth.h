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
/// Among near equals of the sorted pool the dearer first. The scores stay in their places, so that
/// they still fall along the order.
void rerank_by_price(const Asked& asked);
/// Lower prices for items of the slate, as far as rules and budgets go.
void make_offers(const Asked& asked, Slate& slate);

}  // namespace aisle::slate
