#pragma once

/// One request on its way: what every step of recommend() is given.
///
/// Data path   recommend -> [asked] -> candidates, slots
/// Threads     one request
/// Ownership   borrows the model, the placement, the request and the workspace for the call
/// Cost        none

#include "aisle/engine/live.h"
#include "aisle/engine/request.h"
#include "aisle/engine/workspace.h"

namespace aisle::engine {

struct Asked {
  const Model& model;
  const Placement& place;
  const Request& request;
  RequestWorkspace& work;

  [[nodiscard]] const Strategy& strategy() const noexcept { return place.strategy; }
};

}  // namespace aisle::engine
