#pragma once

/// The engine's counting sources as models of their own: co-visitation, popularity.
///
/// Data path   fit -> [model] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   each model owns its tables
/// Cost        that of its source

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "aisle/models/event_weights.h"
#include "aisle/models/session_model.h"
#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/trending.h"

namespace aisle::models {

/// Item-to-item co-visitation of the session's last items. With k-anonymity it keeps the table
/// alone: no session of anybody's, and so it does not learn on.
class CoVisitationModel final : public SessionModel {
 public:
  struct Options {
    retrieve::CoVisitationOptions table;
    retrieve::CoVisitationQuery query;
  };
  CoVisitationModel(retrieve::SessionIndexData index, const Options& options);
  CoVisitationModel(const Arrays& arrays, std::size_t item_count, const Options& options);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override {
    return table_.view().item_count();
  }
  [[nodiscard]] std::shared_ptr<SessionModel> learn(const retrieve::SessionRows& rows,
                                                    std::size_t item_count) const override;
  void save(Arrays& arrays) const override;
  [[nodiscard]] const retrieve::CoVisitationData& table() const noexcept { return table_; }

 private:
  CoVisitationModel(retrieve::SessionIndexData index, retrieve::CoVisitationData table,
                    const Options& options);
  void count(std::span<const std::uint32_t> item_rows);
  [[nodiscard]] retrieve::SessionIndexOptions kept() const noexcept {
    return {.max_postings = options_.table.max_sessions};
  }

  Options options_;
  retrieve::SessionIndexData index_;
  retrieve::CoVisitationData table_;
  retrieve::Trending counts_;
};

/// Items by decayed count, the same for every session.
class PopularityModel final : public SessionModel {
 public:
  struct Options {
    Timestamp half_life = 0;  ///< After this long an event counts half; 0: never.
    EventWeights events{};
  };
  PopularityModel(const retrieve::SessionRows& rows, std::size_t item_count,
                  const Options& options);
  PopularityModel(const Arrays& arrays, std::size_t item_count, const Options& options);
  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return scores_.size(); }
  [[nodiscard]] std::shared_ptr<SessionModel> learn(const retrieve::SessionRows& rows,
                                                    std::size_t item_count) const override;
  void save(Arrays& arrays) const override;

 private:
  void count(const retrieve::SessionRows& rows, std::size_t item_count);

  std::vector<double> scores_;  // decayed to the newest event
  Timestamp newest_ = std::numeric_limits<Timestamp>::min();
  Options options_;
};

}  // namespace aisle::models
