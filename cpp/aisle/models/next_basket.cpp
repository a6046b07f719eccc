#include "aisle/models/next_basket.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::models {
namespace {

[[noreturn]] void refuse(const char* field, double value, const char* domain) {
  throw ConfigError(std::string(field) + " must be " + domain + ", got " + std::to_string(value));
}

/// Adds the weights of one visitor's baskets: every known item once a basket.
void add_baskets(std::span<const ItemId> items, std::span<const Timestamp> baskets,
                 std::size_t item_count, const BasketOptions& options,
                 retrieve::ItemScores& vector) {
  std::size_t n = items.empty() ? 0 : 1;
  for (std::size_t i = 1; i < baskets.size(); ++i) n += baskets[i] != baskets[i - 1] ? 1U : 0U;
  vector.begin(item_count);
  std::size_t basket = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && !baskets.empty() && baskets[i] != baskets[i - 1]) ++basket;
    if (value_of(items[i]) >= item_count) continue;
    vector.add_once(items[i], static_cast<std::uint32_t>(basket + 1),
                    basket_weight(options, basket, n));
  }
}

bool nearer(const retrieve::ScoredItem& a, const retrieve::ScoredItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

}  // namespace

void BasketOptions::validate() const {
  const auto share = [](const char* field, double value) {
    if (!(value >= 0.0 && value <= 1.0)) refuse(field, value, "between 0 and 1");
  };
  share("within_decay", within_decay);
  share("group_decay", group_decay);
  share("alpha", alpha);
  share("asymmetry", asymmetry);
  if (groups == 0) refuse("groups", 0.0, "positive");
  if (recency == 0) refuse("recency", 0.0, "positive");
  if (neighbours == 0 && kind != BasketKind::up_cf) refuse("neighbours", 0.0, "positive");
  if (!(locality >= 0.0 && std::isfinite(locality)))
    refuse("locality", locality, "finite and at least 0");
}

double basket_weight(const BasketOptions& options, std::size_t j, std::size_t n) {
  const auto power = [](double base, std::size_t exponent) {
    return std::pow(base, static_cast<double>(exponent));
  };
  if (options.kind == BasketKind::up_cf) {
    const std::size_t counted = std::min(options.recency, n);
    return j + counted >= n ? 1.0 / static_cast<double>(counted) : 0.0;
  }
  // Groups of floor(n / m) baskets; the last n mod m have one more.
  const std::size_t m = std::min(options.groups, n);
  const std::size_t small = n / m;
  const std::size_t small_groups = m - n % m;
  const bool in_small = j < small * small_groups;
  const std::size_t size = in_small ? small : small + 1;
  const std::size_t past = in_small ? 0 : small * small_groups;
  const std::size_t group = (in_small ? 0 : small_groups) + (j - past) / size;
  const std::size_t place = (j - past) % size;
  const double shared = 1.0 / static_cast<double>(size * m);
  if (options.kind == BasketKind::tifu_code) {
    return shared * power(options.within_decay, n - 1 - j) *
           power(options.group_decay, options.groups - 1 - group);
  }
  return shared * power(options.within_decay, size - 1 - place) *
         power(options.group_decay, m - 1 - group);
}

BasketUsers basket_users(const BasketRows& rows, std::size_t item_count,
                         const BasketOptions& options) {
  options.validate();
  if (rows.offsets.empty() || rows.offsets.front() != 0 || !std::ranges::is_sorted(rows.offsets) ||
      static_cast<std::size_t>(rows.offsets.back()) != rows.items.size() ||
      rows.baskets.size() != rows.items.size()) {
    throw DataError("offsets must rise from 0 to the number of items, and baskets be as many");
  }
  BasketUsers users;
  users.offsets.push_back(0);
  retrieve::ItemScores vector;
  for (std::size_t user = 0; user + 1 < rows.offsets.size(); ++user) {
    const auto from = static_cast<std::size_t>(rows.offsets[user]);
    const std::size_t count = static_cast<std::size_t>(rows.offsets[user + 1]) - from;
    add_baskets(rows.items.subspan(from, count), rows.baskets.subspan(from, count), item_count,
                options, vector);
    for (const ItemId item : vector.touched()) {
      users.items.push_back(item);
      users.weights.push_back(static_cast<float>(vector.score(item)));
    }
    users.offsets.push_back(users.items.size());
  }
  return users;
}

NextBasketModel::NextBasketModel(BasketUsers users, std::size_t item_count,
                                 const BasketOptions& options)
    : users_(std::move(users)), options_(options), posting_offsets_(item_count + 1, 0) {
  options_.validate();
  // The rows are checked as those of any sparse matrix; items may be more than there are users.
  if (users_.offsets.empty() || users_.offsets.front() != 0 ||
      !std::ranges::is_sorted(users_.offsets) || users_.offsets.back() != users_.items.size() ||
      users_.weights.size() != users_.items.size()) {
    throw DataError("offsets must rise from 0 to the number of items, and weights be as many");
  }
  for (std::size_t at = 0; at < users_.items.size(); ++at) {
    if (value_of(users_.items[at]) >= item_count) {
      throw DataError("items[" + std::to_string(at) + "] is " +
                      std::to_string(value_of(users_.items[at])) + ", of " +
                      std::to_string(item_count) + " items");
    }
    if (!(users_.weights[at] >= 0.0F && std::isfinite(users_.weights[at]))) {
      throw DataError("weights[" + std::to_string(at) + "] is " +
                      std::to_string(users_.weights[at]));
    }
    ++posting_offsets_[value_of(users_.items[at]) + 1];
  }
  for (std::size_t i = 0; i < item_count; ++i) posting_offsets_[i + 1] += posting_offsets_[i];
  std::vector<std::uint64_t> next = posting_offsets_;
  postings_.resize(users_.items.size());
  norms_.assign(user_count(), 0.0);
  for (std::uint32_t user = 0; user < user_count(); ++user) {
    for (std::uint64_t at = users_.offsets[user]; at < users_.offsets[user + 1]; ++at) {
      const float weight = users_.weights[at];
      postings_[next[value_of(users_.items[at])]++] = {user, weight};
      norms_[user] += static_cast<double>(weight) * static_cast<double>(weight);
    }
  }
}

/// Leaves the nearest visitors in work.best: their numbers, and minus the squared distance (but for
/// the query's own length, which is the same for all).
void NextBasketModel::find_by_distance(Workspace& work) const {
  work.dense.assign(user_count(), 0.0);
  for (const ItemId item : work.scores().touched()) {
    const double mine = 2.0 * work.scores().score(item);
    const std::uint64_t end = posting_offsets_[value_of(item) + 1];
    for (std::uint64_t at = posting_offsets_[value_of(item)]; at < end; ++at)
      work.dense[postings_[at].user] += mine * static_cast<double>(postings_[at].weight);
  }
  work.best.clear();
  for (std::uint32_t user = 0; user < user_count(); ++user)
    work.best.push_back({ItemId{user}, work.dense[user] - norms_[user]});
}

/// Leaves the visitors that share an item in work.best, with their similarity.
void NextBasketModel::find_by_overlap(Workspace& work) const {
  work.dense.assign(user_count(), 0.0);
  for (const ItemId item : work.scores().touched()) {
    const std::uint64_t end = posting_offsets_[value_of(item) + 1];
    for (std::uint64_t at = posting_offsets_[value_of(item)]; at < end; ++at)
      work.dense[postings_[at].user] += 1.0;
  }
  const double mine =
      std::pow(static_cast<double>(work.scores().touched().size()), options_.asymmetry);
  work.best.clear();
  for (std::uint32_t user = 0; user < user_count(); ++user) {
    if (work.dense[user] == 0.0) continue;
    const auto theirs = static_cast<double>(users_.offsets[user + 1] - users_.offsets[user]);
    const double similarity = work.dense[user] / (mine * std::pow(theirs, 1 - options_.asymmetry));
    work.best.push_back({ItemId{user}, similarity});
  }
}

void NextBasketModel::add_neighbours(Workspace& work) const {
  const bool up_cf = options_.kind == BasketKind::up_cf;
  if (options_.neighbours != 0 && work.best.size() > options_.neighbours) {
    const auto cut = work.best.begin() + static_cast<std::ptrdiff_t>(options_.neighbours);
    std::nth_element(work.best.begin(), cut, work.best.end(), nearer);
    work.best.resize(options_.neighbours);
  }
  // In the order of their numbers: sums then don't depend on how the nearest were found.
  std::ranges::sort(work.best, {}, &retrieve::ScoredItem::item);
  const double tifu_share = (1.0 - options_.alpha) / static_cast<double>(work.best.size());
  for (const auto& [user, similarity] : work.best) {
    const double share = up_cf ? std::pow(similarity, options_.locality) : tifu_share;
    const std::uint64_t end = users_.offsets[value_of(user) + 1];
    for (std::uint64_t at = users_.offsets[value_of(user)]; at < end; ++at)
      work.scores().add(users_.items[at], share * static_cast<double>(users_.weights[at]));
  }
}

void NextBasketModel::score(const SessionQuery& query, Workspace& work) const {
  add_baskets(query.items, query.times, item_count(), options_, work.scores());
  if (work.scores().touched().empty()) return;
  if (options_.kind == BasketKind::up_cf) {
    find_by_overlap(work);
  } else {
    find_by_distance(work);
    for (const ItemId item : work.scores().touched()) work.scores().cell(item) *= options_.alpha;
  }
  add_neighbours(work);
}

}  // namespace aisle::models
