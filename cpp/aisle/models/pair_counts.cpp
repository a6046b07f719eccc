#include "aisle/models/pair_counts.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/parallel.h"
#include "aisle/models/pair_measure.h"
#include "aisle/retrieve/item_scores.h"

namespace aisle::models {
namespace {

void refuse_unless(bool holds, const char* field, double value, const char* domain) {
  if (holds) return;
  throw ConfigError(std::string(field) + " must be " + domain + ", got " + std::to_string(value));
}

void refuse(const std::string& what) { throw DataError(what); }

using Neighbour = retrieve::ScoredItem;

/// The log by item: in which rows of which groups each one stands.
class Postings {
 public:
  Postings(const ItemGroups& groups, std::size_t item_count, std::size_t longest)
      : groups_(groups), longest_(longest), group_of_(groups.items.size()) {
    offsets_.assign(item_count + 1, 0);
    for_each_row_of_groups(
        [&](std::size_t, std::size_t row) { ++offsets_[value_of(groups.items[row]) + 1]; });
    for (std::size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
    rows_.resize(offsets_.back());
    std::vector<std::uint64_t> next(offsets_.begin(), offsets_.end() - 1);
    for_each_row_of_groups([&](std::size_t group, std::size_t row) {
      group_of_[row] = static_cast<std::uint32_t>(group);
      rows_[next[value_of(groups.items[row])]++] = static_cast<std::uint32_t>(row);
    });
  }

  /// First row of a group that counts.
  [[nodiscard]] std::size_t begin(std::size_t group) const noexcept {
    const auto from = static_cast<std::size_t>(groups_.offsets[group]);
    const std::size_t to = end(group);
    return longest_ != 0 && to - from > longest_ ? to - longest_ : from;
  }
  [[nodiscard]] std::size_t end(std::size_t group) const noexcept {
    return static_cast<std::size_t>(groups_.offsets[group + 1]);
  }
  [[nodiscard]] std::span<const std::uint32_t> rows_of(std::size_t item) const noexcept {
    return std::span(rows_).subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
  }
  [[nodiscard]] std::uint32_t group_of(std::size_t row) const noexcept { return group_of_[row]; }

 private:
  template <class Work>
  void for_each_row_of_groups(const Work& work) const {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      for (std::size_t row = begin(group); row < end(group); ++row) work(group, row);
    }
  }

  const ItemGroups& groups_;
  std::size_t longest_;
  std::vector<std::uint32_t> group_of_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::uint32_t> rows_;  // of each item, in order
};

/// Counts the pairs of one item.
class Counter {
 public:
  Counter(const ItemGroups& groups, std::size_t item_count, const PairOptions& options,
          const Postings& postings)
      : groups_(groups), item_count_(item_count), options_(options), postings_(postings) {
    std::array<bool, kEventTypes> there{};
    for (const EventType type : groups.types) there[static_cast<std::size_t>(type)] = true;
    for (std::size_t type = 0; type < kEventTypes; ++type) {
      if (there[type] && options.type_weight[type] > 0.0) types_.push_back(type);
    }
    if (groups.types.empty()) types_.push_back(kEventTypes);  // one pass, whatever the type
    if (groups.times.empty()) return;
    const auto [oldest, newest] = std::ranges::minmax_element(groups.times);
    oldest_ = *oldest;
    span_ = std::max(1.0, static_cast<double>(*newest - *oldest));
  }

  void count(ItemId x, retrieve::ItemScores& sums) const {
    sums.begin(item_count_);
    const auto rows = postings_.rows_of(value_of(x));
    std::uint32_t mark = 0;
    for (std::size_t from = 0, to = 0; from < rows.size(); from = to) {
      const std::uint32_t group = postings_.group_of(rows[from]);
      while (to < rows.size() && postings_.group_of(rows[to]) == group) ++to;
      for (const std::size_t type : types_) {
        ++mark;
        for (std::size_t at = to; at-- > from;) add_pairs(rows[at], group, type, mark, sums);
      }
    }
  }

 private:
  /// The pairs of one row with the others of its group, newest first.
  void add_pairs(std::size_t row, std::size_t group, std::size_t type, std::uint32_t mark,
                 retrieve::ItemScores& sums) const {
    const ItemId x = groups_.items[row];
    std::size_t begin = postings_.begin(group);
    std::size_t end = postings_.end(group);
    if (options_.distance != 0) {
      begin = std::max(begin, row - std::min(row, options_.distance));
      end = std::min(end, row + options_.distance + 1);
    }
    double weight = type == kEventTypes ? 1.0 : options_.type_weight[type];
    if (options_.recency > 0.0 && !groups_.times.empty()) {
      weight *= 1.0 + options_.recency * static_cast<double>(groups_.times[row] - oldest_) / span_;
    }
    for (std::size_t other = end; other-- > begin;) {
      const ItemId y = groups_.items[other];
      if (y == x || (type != kEventTypes && static_cast<std::size_t>(groups_.types[other]) != type))
        continue;
      if (options_.window != 0 && !groups_.times.empty() &&
          std::abs(groups_.times[other] - groups_.times[row]) > options_.window)
        continue;
      if (options_.once) {
        sums.add_once(y, mark, weight);
      } else {
        sums.add(y, weight);
      }
    }
  }

  const ItemGroups& groups_;
  std::size_t item_count_;
  const PairOptions& options_;
  const Postings& postings_;
  std::vector<std::size_t> types_;
  Timestamp oldest_ = 0;
  double span_ = 1.0;
};

/// How many other rows the groups of an item have; for the measure that asks.
GroupSizes group_sizes(const Postings& postings, ItemId x) {
  std::vector<double> others;
  std::uint32_t last = 0;
  for (const std::uint32_t row : postings.rows_of(value_of(x))) {
    const std::uint32_t group = postings.group_of(row);
    if (others.empty() || group != last) {
      others.push_back(static_cast<double>(postings.end(group) - postings.begin(group) - 1));
    }
    last = group;
  }
  std::ranges::sort(others);
  GroupSizes sizes;
  for (const double size : others) {
    if (sizes.empty() || sizes.back().first != size) sizes.emplace_back(size, 0.0);
    sizes.back().second += 1.0;
  }
  return sizes;
}

/// The strongest `most` (0: all), in the order of their numbers.
void keep_strongest(std::vector<Neighbour>& row, std::size_t most) {
  const auto stronger = [](const Neighbour& a, const Neighbour& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  };
  if (most != 0 && row.size() > most) {
    std::ranges::nth_element(row, row.begin() + static_cast<std::ptrdiff_t>(most), stronger);
    row.resize(most);
  }
  std::ranges::sort(row, {}, &Neighbour::item);
}

ItemRows joined(const std::vector<std::vector<Neighbour>>& all) {
  ItemRows rows;
  rows.offsets.reserve(all.size() + 1);
  rows.offsets.push_back(0);
  for (const auto& row : all) rows.offsets.push_back(rows.offsets.back() + row.size());
  rows.items.reserve(rows.offsets.back());
  rows.weights.reserve(rows.offsets.back());
  for (const auto& row : all) {
    for (const auto& [item, strength] : row) {
      rows.items.push_back(item);
      rows.weights.push_back(static_cast<float>(strength));
    }
  }
  return rows;
}

}  // namespace

void ItemGroups::validate(std::size_t item_count) const {
  if (offsets.empty() || offsets.front() != 0 || !std::ranges::is_sorted(offsets) ||
      static_cast<std::size_t>(offsets.back()) != items.size()) {
    refuse("offsets must rise from 0 to the number of rows, " + std::to_string(items.size()));
  }
  if (!times.empty() && times.size() != items.size()) refuse("times must be one for each item");
  if (!types.empty() && types.size() != items.size()) refuse("types must be one for each item");
  for (const EventType type : types) {
    if (static_cast<std::size_t>(type) >= kEventTypes) refuse("types has a number that is no type");
  }
  for (std::size_t row = 0; row < items.size(); ++row) {
    if (value_of(items[row]) >= item_count) {
      refuse("items[" + std::to_string(row) + "] is " + std::to_string(value_of(items[row])) +
             ", of " + std::to_string(item_count) + " items");
    }
  }
}

void PairOptions::validate() const {
  refuse_unless(window >= 0, "window", static_cast<double>(window), "at least 0");
  refuse_unless(recency >= 0.0 && std::isfinite(recency), "recency", recency,
                "finite and at least 0");
  for (const double weight : type_weight) {
    refuse_unless(weight >= 0.0 && std::isfinite(weight), "type_weight", weight,
                  "finite and at least 0");
  }
}

void MeasureOptions::validate() const {
  for (const auto& [field, value] :
       {std::pair{"shrink", shrink}, {"smoothing", smoothing}, {"min_count", min_count}}) {
    refuse_unless(value >= 0.0 && std::isfinite(value), field, value, "finite and at least 0");
  }
}

ItemRows pair_rows(const ItemGroups& groups, std::size_t item_count, const PairOptions& pairs,
                   const MeasureOptions& measure, std::size_t threads) {
  pairs.validate();
  measure.validate();
  groups.validate(item_count);
  const Postings postings(groups, item_count, pairs.longest);
  const Counter counter(groups, item_count, pairs, postings);
  const auto counts = group_counts(groups, item_count, pairs.longest);
  const PairMeasure strength(measure, counts, groups.size());
  std::vector<std::vector<Neighbour>> all(item_count);
  for_each_row<retrieve::ItemScores>(item_count, threads, [&](std::size_t i, auto& sums) {
    const ItemId x{static_cast<std::uint32_t>(i)};
    counter.count(x, sums);
    GroupSizes sizes;
    if (measure.measure == Measure::amazon) sizes = group_sizes(postings, x);
    std::vector<Neighbour>& row = all[i];
    for (const ItemId y : sums.touched()) {
      const double co = sums.score(y);
      if (co < measure.min_count) continue;
      const double value = strength(x, y, co, sizes);
      if (value > 0.0) row.push_back({y, value});
    }
    keep_strongest(row, measure.neighbours);
    row.shrink_to_fit();
  });
  return joined(all);
}

std::vector<std::uint32_t> group_counts(const ItemGroups& groups, std::size_t item_count,
                                        std::size_t longest) {
  groups.validate(item_count);
  std::vector<std::uint32_t> counts(item_count, 0);
  std::vector<std::uint64_t> seen_in(item_count, 0);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const auto from = static_cast<std::size_t>(groups.offsets[group]);
    const auto to = static_cast<std::size_t>(groups.offsets[group + 1]);
    const std::size_t begin = longest != 0 && to - from > longest ? to - longest : from;
    for (std::size_t row = begin; row < to; ++row) {
      const std::size_t item = value_of(groups.items[row]);
      if (seen_in[item] == group + 1) continue;
      seen_in[item] = group + 1;
      ++counts[item];
    }
  }
  return counts;
}

}  // namespace aisle::models
