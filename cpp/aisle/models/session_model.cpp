#include "aisle/models/session_model.h"

#include "aisle/base/error.h"

namespace aisle::models {

std::shared_ptr<SessionModel> SessionModel::learn(const retrieve::SessionRows& /*rows*/,
                                                  std::size_t /*item_count*/) const {
  throw ConfigError("this model does not learn on: fit it again on all events");
}

void SessionModel::save(Arrays& /*arrays*/) const {
  throw ConfigError("this model cannot be saved");
}

}  // namespace aisle::models
