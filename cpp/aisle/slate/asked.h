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
};

}  // namespace aisle::slate
