#pragma once

/// Which of the session's items links a source to a candidate: what a sentence for a shopper names.
///
/// Data path   session, sources -> [links] -> explain
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        each source that brought an item of the slate once more, for each of the session's
///             last items

#include <span>
#include <vector>

#include "aisle/slate/asked.h"
#include "aisle/slate/explain.h"

namespace aisle::slate {

/// For each item of a slate, by source, the item of the session that contributed most to it.
[[nodiscard]] std::vector<Links> find_links(const Asked& asked, std::span<const SlateItem> items);

}  // namespace aisle::slate
