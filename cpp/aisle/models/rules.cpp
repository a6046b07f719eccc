#include "aisle/models/rules.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::models {
namespace {

using retrieve::ItemScores;
using retrieve::SessionIndexData;
using retrieve::Weighting;

double weigh(Weighting weighting, double distance) {
  switch (weighting) {
    case Weighting::div:
      return 1.0 / distance;
    case Weighting::linear:
      return std::max(0.0, 1.0 - 0.1 * distance);
    case Weighting::log:
      return 1.0 / std::log10(distance + 1.7);
    case Weighting::quadratic:
      return 1.0 / (distance * distance);
    default:
      return 1.0;
  }
}

/// Counts the rules of one item after the other. Pairs are added in the order in which one would
/// meet them in the log, so that equal rules have equal sums and the first seen is told.
class RuleCounter {
 public:
  RuleCounter(const SessionIndexData& index, const RuleOptions& options)
      : index_(index), options_(options) {
    for (std::size_t d = 0; d <= std::min<std::size_t>(options.steps, 4096); ++d)
      by_distance_.push_back(
          weigh(options.weighting, static_cast<double>(std::max<std::size_t>(d, 1))));
  }

  void count(ItemId item, RuleTable& table) {
    sums_.begin(index_.item_rows.size());
    const auto of_item = index_.view().sessions_of(item);
    sessions_.assign(of_item.begin(), of_item.end());
    std::ranges::sort(sessions_, {}, [&](std::uint32_t z) { return index_.order[z]; });
    for (const std::uint32_t z : sessions_) {
      find_places(item, z);
      if (options_.both_ways) {
        count_both_ways(item, z);
      } else {
        count_forward(z);
      }
    }
    keep_strongest(table);
  }

 private:
  void find_places(ItemId item, std::uint32_t z) {
    places_.clear();
    for (std::uint32_t at = index_.offsets[z]; at < index_.offsets[z + 1]; ++at) {
      if (index_.items[at] == item) places_.push_back(at);
    }
  }

  [[nodiscard]] double type_weight(std::uint32_t at) const {
    return index_.types.empty() ? 1.0 : double{options_.events.type(index_.types[at])};
  }

  /// From each of the item's places to what came up to `steps` later, what came first first.
  void count_forward(std::uint32_t z) {
    const std::uint32_t end = index_.offsets[z + 1];
    std::size_t before = 0;  // places before `at`
    for (std::uint32_t at = places_.front() + 1; at < end; ++at) {
      while (before < places_.size() && places_[before] < at) ++before;
      if (at - places_[before - 1] > options_.steps) {
        if (before == places_.size()) return;
        at = places_[before];  // and on behind it
        continue;
      }
      const double weight = type_weight(at);
      for (std::size_t p = before; p > 0; --p) {
        const std::uint32_t place = places_[p - 1];
        if (at - place > options_.steps) break;
        double pair = weight * distance_weight(at - place);
        if (!index_.seconds.empty())
          pair *= options_.events.apart(double{index_.seconds[at]} - double{index_.seconds[place]});
        add(index_.items[at], pair);
      }
    }
  }

  /// Each event with each one before it, both ways; two events of the item itself count twice.
  void count_both_ways(ItemId item, std::uint32_t z) {
    std::size_t before = 0;
    for (std::uint32_t at = index_.offsets[z]; at < index_.offsets[z + 1]; ++at) {
      while (before < places_.size() && places_[before] < at) ++before;
      if (index_.items[at] == item) {
        for (std::uint32_t other = index_.offsets[z]; other < at; ++other) {
          if (index_.items[other] == item) add(item, type_weight(at));
          add(index_.items[other], type_weight(other));
        }
      } else {
        for (std::size_t p = 0; p < before; ++p) add(index_.items[at], type_weight(at));
      }
    }
  }

  void add(ItemId item, double weight) {
    if (weight > 0.0) sums_.add(item, weight);
  }
  [[nodiscard]] double distance_weight(std::uint32_t distance) const {
    return distance < by_distance_.size()
               ? by_distance_[distance]
               : weigh(options_.weighting, static_cast<double>(distance));
  }

  void keep_strongest(RuleTable& table) {
    found_.clear();
    for (const ItemId other : sums_.touched()) found_.push_back({other, sums_.score(other)});
    std::ranges::stable_sort(found_, std::ranges::greater{}, &retrieve::ScoredItem::score);
    if (options_.pruning != 0 && found_.size() > options_.pruning) found_.resize(options_.pruning);
    for (const auto& one : found_) {
      table.items.push_back(one.item);
      table.weights.push_back(one.score);
    }
    table.offsets.push_back(static_cast<std::uint32_t>(table.items.size()));
  }

  const SessionIndexData& index_;
  const RuleOptions& options_;
  std::vector<double> by_distance_;
  std::vector<std::uint32_t> sessions_;
  std::vector<std::uint32_t> places_;
  ItemScores sums_;
  std::vector<retrieve::ScoredItem> found_;
};

/// The rules of all items; of those that `later` does not have, the rules of `before`.
RuleTable count_rules(const SessionIndexData& index, const RuleOptions& options,
                      const RuleTable* before, const SessionIndexData* later) {
  options.validate();
  RuleCounter counter(index, options);
  RuleTable table;
  table.offsets.push_back(0);
  for (std::uint32_t i = 0; i < index.item_rows.size(); ++i) {
    if (before == nullptr || i + 1 >= before->offsets.size() || later->item_rows[i] > 0) {
      counter.count(ItemId{i}, table);
      continue;
    }
    const auto copy = [&](const auto& column, auto& to) {
      to.insert(to.end(), column.begin() + before->offsets[i],
                column.begin() + before->offsets[i + 1]);
    };
    copy(before->items, table.items);
    copy(before->weights, table.weights);
    table.offsets.push_back(static_cast<std::uint32_t>(table.items.size()));
  }
  return table;
}

RuleTable table_of(const Arrays& arrays, std::size_t item_count) {
  RuleTable table{.offsets = arrays.get<std::uint32_t>("rules.offsets"),
                  .items = arrays.items("rules.items"),
                  .weights = arrays.get<double>("rules.weights")};
  require(table.offsets.size() == item_count + 1 && table.offsets.front() == 0 &&
              table.offsets.back() == table.items.size() && std::ranges::is_sorted(table.offsets),
          "rules.offsets", "does not hold");
  require(std::ranges::all_of(table.items, [&](ItemId i) { return value_of(i) < item_count; }),
          "rules.items", "has an item that there is not");
  require(
      table.weights.size() == table.items.size() &&
          std::ranges::all_of(table.weights, [](double w) { return std::isfinite(w) && w > 0.0; }),
      "rules.weights", "has a weight that is none");
  return table;
}

}  // namespace

void RuleOptions::validate() const {
  if (steps == 0) throw ConfigError("steps must be at least 1, got 0");
  if (last_items == 0) throw ConfigError("last_items must be at least 1, got 0");
  if (!(step_decay >= 0.0) || !std::isfinite(step_decay))
    throw ConfigError("step_decay must not be negative, got " + std::to_string(step_decay));
  events.validate();
}

RulesModel::RulesModel(SessionIndexData index, const RuleOptions& options)
    : options_(options),
      index_(std::move(index)),
      table_(count_rules(index_, options_, nullptr, nullptr)) {}

RulesModel::RulesModel(SessionIndexData index, RuleTable table, const RuleOptions& options)
    : options_(options), index_(std::move(index)), table_(std::move(table)) {}

RulesModel::RulesModel(const Arrays& arrays, std::size_t item_count, const RuleOptions& options)
    : options_(options),
      index_(load_sessions(arrays, item_count, kept(options))),
      table_(table_of(arrays, item_count)) {
  options_.validate();
}

void RulesModel::score(const SessionQuery& query, Workspace& work) const {
  auto& scores = work.scores();
  scores.begin(item_count());
  const auto emphasis = options_.events.of_session(query, work.emphasis);
  double decay = 1.0;
  std::size_t used = 0;
  for (std::size_t at = query.items.size(); at-- > 0 && used < options_.last_items;) {
    const ItemId item = query.items[at];
    if (!is_known(item) || value_of(item) >= item_count()) continue;
    if (!emphasis.empty() && emphasis[at] == 0.0) continue;
    bool is_repeat = false;
    for (std::size_t later = at + 1; later < query.items.size() && !is_repeat; ++later)
      is_repeat = query.items[later] == item && (emphasis.empty() || emphasis[later] != 0.0);
    if (is_repeat) continue;
    const std::size_t i = value_of(item);
    double weight = decay * (emphasis.empty() ? 1.0 : emphasis[at]);
    if (options_.per_session) weight /= std::max(1U, index_.item_sessions[i]);
    for (std::uint32_t j = table_.offsets[i]; j < table_.offsets[i + 1]; ++j)
      scores.add(table_.items[j], weight * table_.weights[j]);
    decay *= options_.step_decay;
    ++used;
  }
}

std::shared_ptr<SessionModel> RulesModel::learn(const retrieve::SessionRows& rows,
                                                std::size_t item_count) const {
  const auto later = retrieve::build_session_index(rows, item_count, kept(options_));
  auto index = retrieve::merge_session_indexes(index_, later, item_count, kept(options_));
  auto table = count_rules(index, options_, &table_, &later);
  return std::shared_ptr<SessionModel>(
      new RulesModel(std::move(index), std::move(table), options_));
}

void RulesModel::save(Arrays& arrays) const {
  save_sessions(index_, arrays);
  arrays.put("rules.offsets", table_.offsets);
  arrays.put("rules.items", std::span(std::as_const(table_.items)));
  arrays.put("rules.weights", table_.weights);
}

}  // namespace aisle::models
