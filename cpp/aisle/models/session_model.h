#pragma once

/// A fitted model that scores all items for a session: what notebooks and offline evaluation use.
///
/// Data path   fit -> [session model] -> evaluate (the engine composes the same parts itself)
/// Threads     const methods may run on any number of threads, one workspace each; what learns on
///             is a new model, the old one goes on answering
/// Ownership   each model owns what it learned
/// Cost        that of its source

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/models/arrays.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/session_knn.h"

namespace aisle::models {

/// A session so far, oldest event first. `times` and `types` may be empty: then nobody knows when,
/// and all events are alike.
struct SessionQuery {
  std::span<const ItemId> items;  ///< kNoItem: an item the model never saw.
  std::span<const Timestamp> times{};
  std::span<const EventType> types{};
  Timestamp now = 0;  ///< Of the request; 0: the last event's, or nobody knows.
};

/// One thread's scratch memory, the same for every model.
struct Workspace {
  retrieve::KnnWorkspace knn;
  std::vector<double> dense;     ///< For models that score the whole catalogue.
  std::vector<float> floats;     ///< For models that score by dot products.
  std::vector<double> emphasis;  ///< Of the session's events.
  std::vector<retrieve::ScoredItem> best;
  [[nodiscard]] retrieve::ItemScores& scores() noexcept { return knn.scores; }
};

class SessionModel {
 public:
  SessionModel() = default;
  virtual ~SessionModel() = default;
  SessionModel(const SessionModel&) = delete;
  SessionModel& operator=(const SessionModel&) = delete;

  /// Scores items into work.scores(). Items without a score are never recommended.
  virtual void score(const SessionQuery& query, Workspace& work) const = 0;
  [[nodiscard]] virtual std::size_t item_count() const noexcept = 0;

  /// A model that has learned more sessions as well, those of one that was fitted on both logs.
  /// `item_count` is the catalogue's size now, at least this model's.
  /// @throws ConfigError where the model cannot learn on, or a row is out of range.
  [[nodiscard]] virtual std::shared_ptr<SessionModel> learn(const retrieve::SessionRows& rows,
                                                            std::size_t item_count) const;
  /// What it learned, without its options.
  /// @throws ConfigError where the model cannot be saved.
  virtual void save(Arrays& arrays) const;
};

}  // namespace aisle::models
