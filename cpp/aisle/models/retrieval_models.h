#pragma once

/// The engine's counting sources as models of their own: session kNN, co-visitation, popularity.
///
/// Data path   fit -> [model] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   each model owns its tables
/// Cost        that of its source

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "aisle/models/session_model.h"
#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/session_knn.h"
#include "aisle/retrieve/trending.h"

namespace aisle::models {

/// SKNN, V-SKNN, STAN, V-STAN, VMIS-kNN, by their options.
class KnnModel final : public SessionModel {
 public:
  KnnModel(retrieve::SessionIndexData index, const retrieve::KnnOptions& options)
      : index_(std::move(index)), knn_(index_.view(), options) {}
  void score(const SessionQuery& query, Workspace& work) const override {
    knn_.score(query.items, 0, index_.item_rows.size(), work.knn);
  }
  [[nodiscard]] std::size_t item_count() const noexcept override { return index_.item_rows.size(); }

 private:
  retrieve::SessionIndexData index_;
  retrieve::SessionKnn knn_;
};

/// Item-to-item co-visitation of the session's last items.
class CoVisitationModel final : public SessionModel {
 public:
  CoVisitationModel(const retrieve::SessionIndexData& index,
                    const retrieve::CoVisitationOptions& options,
                    const retrieve::CoVisitationQuery& query);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override {
    return table_.view().item_count();
  }
  [[nodiscard]] const retrieve::CoVisitationData& table() const noexcept { return table_; }

 private:
  retrieve::CoVisitationData table_;
  retrieve::Trending counts_;
  retrieve::CoVisitationQuery query_;
};

/// Items by decayed count, the same for every session.
class PopularityModel final : public SessionModel {
 public:
  PopularityModel(std::span<const ItemId> items, std::span<const Timestamp> times,
                  std::size_t item_count, Timestamp half_life);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return scores_.size(); }

 private:
  std::vector<double> scores_;  // relative to the hottest item
};

}  // namespace aisle::models
