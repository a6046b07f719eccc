#pragma once

/// Rules "after this item that one": sequential rules, association rules, first-order Markov.
///
/// Data path   fit -> [rules] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   owns its sessions and its rules
/// Cost        a query reads the rules of the session's last items; to fit, the sessions of each
///             item; to learn on, those of the items in the new sessions

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "aisle/models/event_weights.h"
#include "aisle/models/session_model.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/session_knn.h"

namespace aisle::models {

struct RuleOptions {
  bool both_ways = false;  ///< Association rules: any two events of a session, at any distance.
  std::size_t steps = 8;   ///< Events further apart make no rule.
  retrieve::Weighting weighting = retrieve::Weighting::div;  ///< Of a pair by its distance.
  std::size_t pruning = 20;     ///< Strongest rules kept of each item; 0: all.
  std::size_t sample_size = 0;  ///< Newest sessions of an item that make its rules; 0: all.
  std::size_t last_items = 1;   ///< Distinct known items of the session whose rules are asked.
  double step_decay = 0.5;      ///< The j-th newest of them weighs step_decay^j.
  bool per_session = false;     ///< An item's rules are divided by its sessions.
  EventWeights events{};

  /// @throws ConfigError naming the field and the value.
  void validate() const;
};

/// The rules of item i are rows [offsets[i] .. offsets[i + 1]), the strongest first; of equal ones
/// that first which the log showed first.
struct RuleTable {
  std::vector<std::uint32_t> offsets;
  std::vector<ItemId> items;
  std::vector<double> weights;
};

class RulesModel final : public SessionModel {
 public:
  RulesModel(retrieve::SessionIndexData index, const RuleOptions& options);
  RulesModel(const Arrays& arrays, std::size_t item_count, const RuleOptions& options);

  void score(const SessionQuery& query, Workspace& work) const override;
  [[nodiscard]] std::size_t item_count() const noexcept override { return index_.item_rows.size(); }
  [[nodiscard]] std::shared_ptr<SessionModel> learn(const retrieve::SessionRows& rows,
                                                    std::size_t item_count) const override;
  void save(Arrays& arrays) const override;

  /// How the sessions of a log must be indexed.
  [[nodiscard]] static retrieve::SessionIndexOptions kept(const RuleOptions& options) noexcept {
    return {.max_postings = options.sample_size, .keep_times = options.events.step_half_life > 0.0};
  }

 private:
  RulesModel(retrieve::SessionIndexData index, RuleTable table, const RuleOptions& options);

  RuleOptions options_;
  retrieve::SessionIndexData index_;
  RuleTable table_;
};

}  // namespace aisle::models
