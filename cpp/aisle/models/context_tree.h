#pragma once

/// A variable-order Markov model: a tree of contexts, each of which foretells the next item, mixed
/// by how well each has foretold so far.
///
/// Data path   fit -> [context tree] -> evaluate
/// Threads     immutable, any number of threads
/// Ownership   owns its tree
/// Cost        an event one look-up a level; a query reads what followed each of its contexts;
///             about 40 bytes a context and 30 for each different item that followed it

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "aisle/models/event_weights.h"
#include "aisle/models/pair_map.h"
#include "aisle/models/session_model.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::models {

struct ContextTreeOptions {
  std::size_t depth = 4;      ///< Of the longest context, in events.
  std::size_t popular = 100;  ///< Items that are scored for their popularity alone.
  EventWeights events{};      ///< Of what follows a context.

  /// @throws ConfigError naming the field and the value.
  void validate() const;
};

/// The tree as it was learned, event by event. A context is the newest events of a session; the one
/// that also has the event before is its child. It is made when its parent comes back.
///
///   phi_k(y) = (n_k(y) + q_(k-1)(y)) / (n_k + 1)     n_k: what followed context k
///   q_k(y)   = w_k phi_k(y) + (1 - w_k) q_(k-1)(y)   q_-1 = 1 / items seen; w_0 = 1, w_k from 2^-k
///   w_k     <- w_k phi_k(y) / q_k(y)                 when y follows
class ContextTree {
 public:
  explicit ContextTree(const ContextTreeOptions& options);
  ContextTree(const Arrays& arrays, std::size_t item_count, const ContextTreeOptions& options);

  /// Sessions in their order in the index.
  void learn(const retrieve::SessionIndexData& index);
  void score(std::span<const ItemId> session, retrieve::ItemScores& scores) const;
  void save(Arrays& arrays) const;
  [[nodiscard]] std::size_t item_count() const noexcept { return root_counts_.size(); }

 private:
  static constexpr std::size_t kMostDepth = 32;
  using Path = std::array<std::uint32_t, kMostDepth + 1>;

  [[nodiscard]] std::size_t find_path(std::span<const ItemId> session, Path& path) const noexcept;
  bool add_context(std::span<const ItemId> session, Path& path, std::size_t length);
  void follow(std::span<const std::uint32_t> path, ItemId item, double weight);
  [[nodiscard]] double count(std::uint32_t node, ItemId item) const noexcept;
  void add_follower(std::uint32_t node, ItemId item, double weight);
  void find_popular();

  ContextTreeOptions options_;
  // Of each context; the root is 0.
  std::vector<std::uint32_t> parent_{0};
  std::vector<ItemId> item_{kNoItem};
  std::vector<double> stop_{1.0};  // w_k
  std::vector<double> total_{0.0};
  std::vector<std::uint32_t> newest_follower_{PairMap::kNone};
  PairMap children_;
  // Of each item that followed a context; those of the root are in root_counts_.
  std::vector<std::uint32_t> follower_node_;
  std::vector<ItemId> follower_item_;
  std::vector<double> follower_count_;
  std::vector<std::uint32_t> next_follower_;
  PairMap followers_;
  std::vector<double> root_counts_;
  std::size_t seen_ = 0;  // items with a count
  std::vector<ItemId> popular_;
};

class ContextTreeModel final : public SessionModel {
 public:
  explicit ContextTreeModel(ContextTree tree) : tree_(std::move(tree)) {}
  void score(const SessionQuery& query, Workspace& work) const override {
    tree_.score(query.items, work.scores());
  }
  [[nodiscard]] std::size_t item_count() const noexcept override { return tree_.item_count(); }
  [[nodiscard]] std::shared_ptr<SessionModel> learn(const retrieve::SessionRows& rows,
                                                    std::size_t item_count) const override;
  void save(Arrays& arrays) const override { tree_.save(arrays); }

 private:
  ContextTree tree_;
};

}  // namespace aisle::models
