#pragma once

/// One request on its way: what every step of recommend() is given.
///
/// Data path   recommend -> [asked] -> candidates, slots
/// Threads     one request
/// Ownership   borrows the model, the placement, the request and the workspace for the call
/// Cost        none

#include "aisle/live/live.h"
#include "aisle/slate/request.h"
#include "aisle/slate/workspace.h"

namespace aisle::slate {

struct Asked {
  const live::Model& model;
  const live::Placement& place;
  const Request& request;
  RequestWorkspace& work;

  [[nodiscard]] const live::Strategy& strategy() const noexcept { return place.strategy; }
  /// The number of an id; kNoItem for one that came after the request began, or never.
  [[nodiscard]] ItemId find_item(std::string_view id) const {
    const auto number = model.catalog().items()->find(id);
    return number && *number < work.item_count ? ItemId{*number} : kNoItem;
  }
};

}  // namespace aisle::slate
