#include "aisle/models/retrieval_models.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::models {
namespace {

constexpr double kLeastCount = 0x1p-900;  // older events would all be 0 and lose their order

}  // namespace

CoVisitationModel::CoVisitationModel(retrieve::SessionIndexData index, const Options& options)
    : options_(options),
      index_(std::move(index)),
      table_(retrieve::build_co_visitation(index_, options.table)),
      counts_(retrieve::TrendingOptions{}) {
  count(index_.item_rows);
  if (options_.table.k_anonymity > 1) index_ = {};
}

CoVisitationModel::CoVisitationModel(retrieve::SessionIndexData index,
                                     retrieve::CoVisitationData table, const Options& options)
    : options_(options),
      index_(std::move(index)),
      table_(std::move(table)),
      counts_(retrieve::TrendingOptions{}) {
  count(index_.item_rows);
}

CoVisitationModel::CoVisitationModel(const Arrays& arrays, std::size_t item_count,
                                     const Options& options)
    : options_(options), counts_(retrieve::TrendingOptions{}) {
  options_.table.validate();
  table_ = {.offsets = arrays.get<std::uint32_t>("table.offsets"),
            .items = arrays.items("table.items"),
            .forward = arrays.get<float>("table.forward"),
            .backward = arrays.get<float>("table.backward")};
  require(table_.offsets.size() == item_count + 1, "table.offsets", "has another number of items");
  table_.view().validate();
  const auto& rows = arrays.get<std::uint32_t>("item_rows");
  require(rows.size() == item_count, "item_rows", "has another number of items");
  count(rows);
  if (options_.table.k_anonymity <= 1) index_ = load_sessions(arrays, item_count, kept());
}

void CoVisitationModel::count(std::span<const std::uint32_t> item_rows) {
  for (std::uint32_t i = 0; i < item_rows.size(); ++i) {
    counts_.restore(ItemId{i}, 0.0, static_cast<float>(item_rows[i]), {});
  }
}

void CoVisitationModel::score(const SessionQuery& query, Workspace& work) const {
  const retrieve::CoVisitation source{table_.view(), nullptr, &counts_};
  source.score(query.items, item_count(), options_.query, work.scores());
}

std::shared_ptr<SessionModel> CoVisitationModel::learn(const retrieve::SessionRows& rows,
                                                       std::size_t item_count) const {
  if (options_.table.k_anonymity > 1) {
    throw ConfigError(
        "with k_anonymity the sessions are not kept, so what was learned of them "
        "cannot be counted on: fit again on all events");
  }
  const auto later = retrieve::build_session_index(rows, item_count, kept());
  auto index = retrieve::merge_session_indexes(index_, later, item_count, kept());
  auto table = retrieve::extend_co_visitation(table_.view(), index, later, options_.table);
  return std::shared_ptr<SessionModel>(
      new CoVisitationModel(std::move(index), std::move(table), options_));
}

void CoVisitationModel::save(Arrays& arrays) const {
  arrays.put("table.offsets", table_.offsets);
  arrays.put("table.items", std::span(std::as_const(table_.items)));
  arrays.put("table.forward", table_.forward);
  arrays.put("table.backward", table_.backward);
  std::vector<std::uint32_t> rows(item_count());
  for (std::uint32_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<std::uint32_t>(counts_.count(ItemId{i}));
  arrays.put("item_rows", std::move(rows));
  if (options_.table.k_anonymity <= 1) save_sessions(index_, arrays);
}

PopularityModel::PopularityModel(const retrieve::SessionRows& rows, std::size_t item_count,
                                 const Options& options)
    : options_(options) {
  options_.events.validate();
  count(rows, item_count);
}

PopularityModel::PopularityModel(const Arrays& arrays, std::size_t item_count,
                                 const Options& options)
    : scores_(arrays.get<double>("scores")), options_(options) {
  require(scores_.size() == item_count, "scores", "has another number of items");
  require(std::ranges::all_of(scores_, [](double s) { return std::isfinite(s) && s >= 0.0; }),
          "scores", "has a count below 0");
  const auto& newest = arrays.get<std::int64_t>("newest");
  require(newest.size() == 1, "newest", "must have one entry");
  newest_ = newest.front();
}

void PopularityModel::count(const retrieve::SessionRows& rows, std::size_t item_count) {
  if (rows.item.size() != rows.time.size())
    throw ConfigError("items and times must have one length");
  scores_.resize(item_count, 0.0);
  const auto faded = [&](Timestamp now, Timestamp then) {
    if (options_.half_life == 0) return 1.0;
    const double age = (static_cast<double>(now) - static_cast<double>(then)) /
                       static_cast<double>(options_.half_life);
    return std::max(kLeastCount, std::exp2(-age));
  };
  const Timestamp before = newest_;
  for (const Timestamp time : rows.time) newest_ = std::max(newest_, time);
  if (newest_ != before) {
    for (double& score : scores_) {
      if (score > 0.0) score = std::max(kLeastCount, score * faded(newest_, before));
    }
  }
  for (std::size_t row = 0; row < rows.item.size(); ++row) {
    if (!is_known(rows.item[row])) continue;
    if (value_of(rows.item[row]) >= item_count)
      throw ConfigError("row " + std::to_string(row) + " has an item out of range");
    const double weight = rows.type.empty() ? 1.0 : double{options_.events.type(rows.type[row])};
    scores_[value_of(rows.item[row])] += weight * faded(newest_, rows.time[row]);
  }
}

void PopularityModel::score(const SessionQuery& /*query*/, Workspace& work) const {
  work.scores().begin(scores_.size());
  for (std::uint32_t i = 0; i < scores_.size(); ++i) {
    if (scores_[i] > 0.0) work.scores().add(ItemId{i}, scores_[i]);
  }
}

std::shared_ptr<SessionModel> PopularityModel::learn(const retrieve::SessionRows& rows,
                                                     std::size_t item_count) const {
  auto model = std::make_shared<PopularityModel>(retrieve::SessionRows{}, 0, options_);
  model->scores_ = scores_;
  model->newest_ = newest_;
  model->count(rows, item_count);
  return model;
}

void PopularityModel::save(Arrays& arrays) const {
  arrays.put("scores", scores_);
  arrays.put("newest", std::vector<std::int64_t>{newest_});
}

}  // namespace aisle::models
