#pragma once

/// A fitted model that scores all items for a session: what notebooks and offline evaluation use.
///
/// Data path   fit -> [session model] -> evaluate (the engine composes the same parts itself)
/// Threads     const methods may run on any number of threads, one workspace each; the batch
///             functions start the threads they are given and join them
/// Ownership   each model owns what it learned
/// Cost        that of its source

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/session_knn.h"
#include "aisle/retrieve/trending.h"

namespace aisle::retrieve {

class SessionModel {
 public:
  SessionModel() = default;
  virtual ~SessionModel() = default;
  SessionModel(const SessionModel&) = delete;
  SessionModel& operator=(const SessionModel&) = delete;

  /// Scores for a session, oldest item first (kNoItem: an unknown item), into work.scores.
  virtual void score(std::span<const ItemId> session, KnnWorkspace& work) const = 0;
  [[nodiscard]] virtual std::size_t item_count() const noexcept = 0;
};

/// SKNN, V-SKNN, STAN, V-STAN, VMIS-kNN, by their options.
class KnnModel final : public SessionModel {
 public:
  KnnModel(SessionIndexData index, const KnnOptions& options)
      : index_(std::move(index)), knn_(index_.view(), options) {}
  void score(std::span<const ItemId> session, KnnWorkspace& work) const override {
    knn_.score(session, 0, index_.item_rows.size(), work);
  }
  [[nodiscard]] std::size_t item_count() const noexcept override { return index_.item_rows.size(); }

 private:
  SessionIndexData index_;
  SessionKnn knn_;
};

/// Item-to-item co-visitation of the session's last items.
class CoVisitationModel final : public SessionModel {
 public:
  CoVisitationModel(const SessionIndexData& index, const CoVisitationOptions& options,
                    const CoVisitationQuery& query);
  void score(std::span<const ItemId> session, KnnWorkspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override {
    return table_.view().item_count();
  }
  [[nodiscard]] const CoVisitationData& table() const noexcept { return table_; }

 private:
  CoVisitationData table_;
  Trending counts_;
  CoVisitationQuery query_;
};

/// Items by decayed count, the same for every session.
class PopularityModel final : public SessionModel {
 public:
  PopularityModel(std::span<const ItemId> items, std::span<const Timestamp> times,
                  std::size_t item_count, Timestamp half_life);
  void score(std::span<const ItemId> session, KnnWorkspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return scores_.size(); }

 private:
  std::vector<double> scores_;  // relative to the hottest item
};

/// Sessions laid end to end: session i is items[offsets[i] .. offsets[i + 1]).
struct SessionBatch {
  std::span<const std::int64_t> offsets;
  std::span<const ItemId> items;
  [[nodiscard]] std::size_t size() const noexcept {
    return offsets.empty() ? 0 : offsets.size() - 1;
  }
  /// @throws ConfigError when the offsets do not fit the items.
  void validate() const;
};

/// The best k for each session into rows of k; missing places are kNoItem and NaN.
void recommend_batch(const SessionModel& model, const SessionBatch& batch, std::size_t k,
                     std::size_t threads, std::span<ItemId> items, std::span<double> scores);

/// Where each session's target stands among all items (conservative rank, 1-based; 0: no positive
/// score), the nanoseconds each query took, and in `is_listed` which items stood in some top k.
void rank_batch(const SessionModel& model, const SessionBatch& batch,
                std::span<const ItemId> targets, std::size_t k, std::size_t threads,
                std::span<std::uint32_t> ranks, std::span<float> nanoseconds,
                std::span<std::uint8_t> is_listed);

}  // namespace aisle::retrieve
