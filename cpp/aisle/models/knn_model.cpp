#include "aisle/models/knn_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aisle::models {

KnnModel::KnnModel(retrieve::SessionIndexData index, const KnnModelOptions& options)
    : options_(options),
      index_(std::move(index)),
      row_weights_(row_weights(index_, options_.events)),
      knn_(index_.view(), options_.knn, nullptr, row_weights_) {
  options_.events.validate();
}

void KnnModel::score(const SessionQuery& query, Workspace& work) const {
  const auto emphasis = options_.events.of_session(query, work.emphasis);
  knn_.score(query.items, 0, item_count(), work.knn, emphasis);
  if (options_.knn.lambda_snh == 0.0 || query.now == 0 || index_.last_time.empty()) return;
  // Ages are told from the newest session; from the request they are longer, all alike.
  const double days =
      static_cast<double>(query.now - index_.last_time.back()) / static_cast<double>(kDay);
  const double later = std::exp(-std::clamp(days / options_.knn.lambda_snh, -300.0, 300.0));
  for (const ItemId item : work.scores().touched()) work.scores().cell(item) *= later;
}

std::shared_ptr<SessionModel> KnnModel::learn(const retrieve::SessionRows& rows,
                                              std::size_t item_count) const {
  const auto later = retrieve::build_session_index(rows, item_count, options_.index);
  return std::make_shared<KnnModel>(
      retrieve::merge_session_indexes(index_, later, item_count, options_.index), options_);
}

}  // namespace aisle::models
