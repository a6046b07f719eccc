#pragma once

/// Steps of recommend(): complements apart from substitutes, and looks.
///
/// Data path   co-visitation tables -> [relation] -> what must not come; pool -> look
/// Threads     one request
/// Ownership   borrows what was asked for the call
/// Cost        the anchor's three rows; a look those of its candidates, some milliseconds

#include <string>

#include "aisle/slate/asked.h"

namespace aisle::slate {

/// Keeps out what is on the wrong side of the anchor, or of the session's last item.
void mark_relation(const Asked& asked);

struct LookOptions {
  std::size_t parts = 3;
  double budget = -1.0;  ///< Of the parts together; below 0: none.
  std::string per;       ///< A column whose values differ, the anchor's included; empty: none.
};

struct Look {
  std::vector<std::string_view> names;  ///< They live as long as `live` is held.
  std::vector<float> fits;              ///< Of each part with the item and the other parts.
  double price = 0.0;                   ///< Of the parts together; NaN where one is unknown.
  bool is_item_known = false;
  std::shared_ptr<const live::Live> live;
};

/// The placement's best candidates for the anchor, and of these the set that fits best.
/// @throws UnknownNameError or ConfigError for a column that is not there or has no such values.
void complete(const Asked& asked, const LookOptions& options, Look& look);

}  // namespace aisle::slate
