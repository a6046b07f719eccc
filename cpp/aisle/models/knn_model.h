#pragma once

/// SKNN, V-SKNN, STAN, V-STAN and VMIS-kNN, by their options, typed and timed.
///
/// Data path   fit -> [model] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   owns its sessions
/// Cost        that of session kNN; to learn on, a copy of the sessions and their postings anew

#include <cstddef>
#include <memory>
#include <vector>

#include "aisle/models/event_weights.h"
#include "aisle/models/session_model.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/session_knn.h"

namespace aisle::models {

struct KnnModelOptions {
  retrieve::KnnOptions knn;
  retrieve::SessionIndexOptions index;
  EventWeights events{};
};

class KnnModel final : public SessionModel {
 public:
  KnnModel(retrieve::SessionIndexData index, const KnnModelOptions& options);
  KnnModel(const Arrays& arrays, std::size_t item_count, const KnnModelOptions& options)
      : KnnModel(load_sessions(arrays, item_count, options.index), options) {}

  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return index_.item_rows.size(); }
  [[nodiscard]] std::shared_ptr<SessionModel> learn(const retrieve::SessionRows& rows,
                                                    std::size_t item_count) const override;
  void save(Arrays& arrays) const override { save_sessions(index_, arrays); }

 private:
  KnnModelOptions options_;
  retrieve::SessionIndexData index_;
  std::vector<float> row_weights_;
  retrieve::SessionKnn knn_;
};

}  // namespace aisle::models
