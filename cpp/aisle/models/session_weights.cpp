#include "aisle/models/session_weights.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::models {

void SessionWeights::validate() const {
  if (!(step_decay >= 0.0 && step_decay <= 1.0)) {
    throw ConfigError("step_decay must be between 0 and 1, got " + std::to_string(step_decay));
  }
  for (const double weight : type_weight) {
    if (!(weight >= 0.0 && std::isfinite(weight))) {
      throw ConfigError("type_weight must be finite and at least 0, got " + std::to_string(weight));
    }
  }
}

void weigh_session(const SessionQuery& query, std::size_t item_count, const SessionWeights& weights,
                   Workspace& work) {
  auto& scratch = work.scores();
  scratch.begin(item_count);
  for (std::size_t i = query.items.size(); i-- > 0;) {
    const ItemId item = query.items[i];
    if (value_of(item) >= item_count) continue;
    if (weights.last_items != 0 && !scratch.has(item) &&
        scratch.touched().size() == weights.last_items) {
      continue;
    }
    const double type =
        query.types.empty() ? 1.0 : weights.type_weight[static_cast<std::size_t>(query.types[i])];
    scratch.add(item, 0.0);
    scratch.cell(item) = std::max(scratch.cell(item), type);
  }
  work.best.clear();
  double step = 1.0;
  for (const ItemId item : scratch.touched()) {
    work.best.push_back({item, step * scratch.score(item)});
    step *= weights.step_decay;
  }
}

}  // namespace aisle::models
