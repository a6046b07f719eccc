#include "aisle/models/retrieval_models.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"

namespace aisle::models {

CoVisitationModel::CoVisitationModel(const retrieve::SessionIndexData& index,
                                     const retrieve::CoVisitationOptions& options,
                                     const retrieve::CoVisitationQuery& query)
    : table_(retrieve::build_co_visitation(index, options)),
      counts_(retrieve::TrendingOptions{}),
      query_(query) {
  for (std::uint32_t i = 0; i < index.item_rows.size(); ++i) {
    counts_.restore(ItemId{i}, 0.0, static_cast<float>(index.item_rows[i]), {});
  }
}

void CoVisitationModel::score(const SessionQuery& query, Workspace& work) const {
  const retrieve::CoVisitation source{table_.view(), nullptr, &counts_};
  source.score(query.items, item_count(), query_, work.scores());
}

PopularityModel::PopularityModel(std::span<const ItemId> items, std::span<const Timestamp> times,
                                 std::size_t item_count, Timestamp half_life)
    : scores_(item_count, 0.0) {
  if (items.size() != times.size()) throw ConfigError("items and times must have one length");
  const Timestamp newest = times.empty() ? 0 : *std::ranges::max_element(times);
  for (std::size_t row = 0; row < items.size(); ++row) {
    if (!is_known(items[row])) continue;
    if (value_of(items[row]) >= item_count)
      throw ConfigError("row " + std::to_string(row) + " has an item out of range");
    const double age =
        half_life == 0 ? 0.0
                       : static_cast<double>(newest - times[row]) / static_cast<double>(half_life);
    // Ages beyond a thousand half-lives would all be 0 and lose their order.
    scores_[value_of(items[row])] += std::exp2(-std::min(age, 900.0));
  }
}

void PopularityModel::score(const SessionQuery& /*query*/, Workspace& work) const {
  work.scores().begin(scores_.size());
  for (std::uint32_t i = 0; i < scores_.size(); ++i) {
    if (scores_[i] > 0.0) work.scores().add(ItemId{i}, scores_[i]);
  }
}

}  // namespace aisle::models
