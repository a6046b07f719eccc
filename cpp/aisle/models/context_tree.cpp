#include "aisle/models/context_tree.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::models {

void ContextTreeOptions::validate() const {
  if (depth == 0 || depth > 32)
    throw ConfigError("depth must be between 1 and 32, got " + std::to_string(depth));
  events.validate();
}

ContextTree::ContextTree(const ContextTreeOptions& options) : options_(options) {
  options_.validate();
}

ContextTree::ContextTree(const Arrays& arrays, std::size_t item_count,
                         const ContextTreeOptions& options)
    : ContextTree(options) {
  const auto are_items = [&](const std::vector<ItemId>& items, std::size_t from) {
    return std::all_of(items.begin() + static_cast<std::ptrdiff_t>(from), items.end(),
                       [&](ItemId item) { return value_of(item) < item_count; });
  };
  const auto are_counts = [](const std::vector<double>& counts) {
    return std::ranges::all_of(counts, [](double c) { return std::isfinite(c) && c >= 0.0; });
  };
  parent_ = arrays.get<std::uint32_t>("context.parent");
  item_ = arrays.items("context.item");
  stop_ = arrays.get<double>("context.stop");
  total_ = arrays.get<double>("context.total");
  const std::size_t nodes = parent_.size();
  require(nodes > 0 && nodes < PairMap::kNone, "context.parent", "has no root");
  require(item_.size() == nodes && are_items(item_, 1), "context.item", "does not hold");
  require(stop_.size() == nodes &&
              std::ranges::all_of(stop_, [](double w) { return w >= 0.0 && w <= 1.0; }),
          "context.stop", "has a weight outside 0 to 1");
  require(total_.size() == nodes && are_counts(total_), "context.total", "does not hold");
  root_counts_ = arrays.get<double>("root.counts");
  require(root_counts_.size() == item_count && are_counts(root_counts_), "root.counts",
          "does not hold");
  for (std::uint32_t node = 1; node < nodes; ++node) {
    require(parent_[node] < node &&
                children_.find(parent_[node], value_of(item_[node])) == PairMap::kNone,
            "context.parent", "is no tree");
    children_.insert(parent_[node], value_of(item_[node]), node);
  }
  newest_follower_.assign(nodes, PairMap::kNone);
  const auto& of = arrays.get<std::uint32_t>("follower.context");
  const auto items = arrays.items("follower.item");
  const auto& counts = arrays.get<double>("follower.count");
  require(items.size() == of.size() && are_items(items, 0), "follower.item", "does not hold");
  require(counts.size() == of.size() && are_counts(counts), "follower.count", "does not hold");
  for (std::size_t i = 0; i < of.size(); ++i) {
    require(of[i] > 0 && of[i] < nodes && count(of[i], items[i]) == 0.0, "follower.context",
            "does not hold");
    add_follower(of[i], items[i], counts[i]);
  }
  seen_ = static_cast<std::size_t>(
      std::ranges::count_if(root_counts_, [](double count) { return count > 0.0; }));
  find_popular();
}

void ContextTree::save(Arrays& arrays) const {
  arrays.put("context.parent", parent_);
  arrays.put("context.item", std::span(item_));
  arrays.put("context.stop", stop_);
  arrays.put("context.total", total_);
  arrays.put("follower.context", follower_node_);
  arrays.put("follower.item", std::span(follower_item_));
  arrays.put("follower.count", follower_count_);
  arrays.put("root.counts", root_counts_);
}

/// The contexts of the session's end that are in the tree, the root first; returns how many.
std::size_t ContextTree::find_path(std::span<const ItemId> session, Path& path) const noexcept {
  path[0] = 0;
  std::size_t length = 1;
  while (length <= std::min(session.size(), options_.depth)) {
    const ItemId item = session[session.size() - length];
    const std::uint32_t child = children_.find(path[length - 1], value_of(item));
    if (child == PairMap::kNone) break;
    path[length++] = child;
  }
  return length;
}

/// Adds the first context of the session's end that is not in the tree, if it is not too long.
bool ContextTree::add_context(std::span<const ItemId> session, Path& path, std::size_t length) {
  if (length > std::min(session.size(), options_.depth)) return false;
  const ItemId item = session[session.size() - length];
  const auto node = static_cast<std::uint32_t>(parent_.size());
  children_.insert(path[length - 1], value_of(item), node);
  parent_.push_back(path[length - 1]);
  item_.push_back(item);
  stop_.push_back(std::exp2(-static_cast<double>(length)));
  total_.push_back(0.0);
  newest_follower_.push_back(PairMap::kNone);
  path[length] = node;
  return true;
}

double ContextTree::count(std::uint32_t node, ItemId item) const noexcept {
  if (node == 0) return root_counts_[value_of(item)];
  const std::uint32_t found = followers_.find(node, value_of(item));
  return found == PairMap::kNone ? 0.0 : follower_count_[found];
}

void ContextTree::add_follower(std::uint32_t node, ItemId item, double weight) {
  const std::uint32_t found = followers_.find(node, value_of(item));
  if (found != PairMap::kNone) {
    follower_count_[found] += weight;
    return;
  }
  const auto place = static_cast<std::uint32_t>(follower_item_.size());
  followers_.insert(node, value_of(item), place);
  follower_node_.push_back(node);
  follower_item_.push_back(item);
  follower_count_.push_back(weight);
  next_follower_.push_back(newest_follower_[node]);
  newest_follower_[node] = place;
}

/// `item` follows the contexts of the path: they are weighed by how likely each had it, then count.
void ContextTree::follow(std::span<const std::uint32_t> path, ItemId item, double weight) {
  double& popularity = root_counts_[value_of(item)];
  if (popularity == 0.0) ++seen_;
  double likely = 1.0 / static_cast<double>(seen_);
  for (const std::uint32_t node : path) {
    const double own = (count(node, item) + likely) / (total_[node] + 1.0);
    likely = stop_[node] * own + (1.0 - stop_[node]) * likely;
    stop_[node] = std::min(1.0, stop_[node] * own / likely);
    total_[node] += weight;
    if (node != 0) add_follower(node, item, weight);
  }
  popularity += weight;
}

void ContextTree::learn(const retrieve::SessionIndexData& index) {
  root_counts_.resize(std::max(root_counts_.size(), index.item_rows.size()), 0.0);
  const auto view = index.view();
  Path path;
  for (std::uint32_t z = 0; z < view.session_count(); ++z) {
    const auto session = view.session(z);
    for (std::size_t at = 0; at < session.size(); ++at) {
      const auto before = session.first(at);
      std::size_t length = find_path(before, path);
      if (add_context(before, path, length)) ++length;
      const double weight = index.types.empty()
                                ? 1.0
                                : double{options_.events.type(index.types[view.offsets[z] + at])};
      if (weight > 0.0) follow(std::span(path).first(length), session[at], weight);
    }
  }
  find_popular();
}

void ContextTree::find_popular() {
  popular_.clear();
  for (std::uint32_t i = 0; i < root_counts_.size(); ++i) {
    if (root_counts_[i] > 0.0) popular_.push_back(ItemId{i});
  }
  const auto more = [&](ItemId a, ItemId b) {
    const double count_a = root_counts_[value_of(a)];
    const double count_b = root_counts_[value_of(b)];
    return count_a != count_b ? count_a > count_b : value_of(a) < value_of(b);
  };
  const std::size_t kept = std::min(options_.popular, popular_.size());
  std::partial_sort(popular_.begin(), popular_.begin() + static_cast<std::ptrdiff_t>(kept),
                    popular_.end(), more);
  popular_.resize(kept);
}

void ContextTree::score(std::span<const ItemId> session, retrieve::ItemScores& scores) const {
  scores.begin(item_count());
  if (seen_ == 0) return;
  Path path;
  const std::size_t length = find_path(session, path);
  double share = 1.0;  // of what the longer contexts leave to this one
  for (std::size_t k = length; k-- > 1;) {
    const std::uint32_t node = path[k];
    const double each = stop_[node] / (total_[node] + 1.0);
    for (std::uint32_t f = newest_follower_[node]; f != PairMap::kNone; f = next_follower_[f])
      scores.add(follower_item_[f], share * each * follower_count_[f]);
    share *= each + 1.0 - stop_[node];
  }
  for (const ItemId item : popular_) scores.add(item, 0.0);
  const double each = share / (total_[0] + 1.0);
  const double prior = 1.0 / static_cast<double>(seen_);
  for (const ItemId item : scores.touched())
    scores.cell(item) += each * (root_counts_[value_of(item)] + prior);
}

std::shared_ptr<SessionModel> ContextTreeModel::learn(const retrieve::SessionRows& rows,
                                                      std::size_t item_count) const {
  auto tree = tree_;
  tree.learn(retrieve::build_session_index(rows, item_count, {.max_postings = 1}));
  return std::make_shared<ContextTreeModel>(std::move(tree));
}

}  // namespace aisle::models
