#include "aisle/slate/diversify.h"

#include <algorithm>
#include <array>

#include "aisle/rerank/novelty.h"

namespace aisle::slate {
namespace {

constexpr double kStepDecay = 0.9;  // of a visitor's interest from event to event

/// The attribute that tells items apart: the strategy's, else the category, else the brand.
const catalog::Column* column_of(const Asked& asked) {
  const std::string& name = asked.strategy().diversity_on;
  const catalog::View& catalog = asked.place.items;
  if (!name.empty() && name != "vectors") return catalog.find_column(name);
  const catalog::Column* const category = catalog.role(catalog::Role::category);
  return category != nullptr ? category : catalog.role(catalog::Role::brand);
}

/// What the visitor was interested in: the values of the events kept, the newest counting most.
void weigh_interest(const Asked& asked, const catalog::Column& column) {
  auto& interest = asked.work.diversity.interest;
  interest.clear();
  double weight = 1.0;
  const auto& events = asked.work.recent.events;
  for (std::size_t at = events.size(); at-- > 0;) {
    if (!is_known(events[at].item) || !shows_interest(events[at].type)) continue;
    std::uint32_t code = 0;
    for (const std::uint32_t value : column.codes(events[at].item, code)) {
      if (interest.size() <= value) interest.resize(value + 1, 0.0F);
      interest[value] += static_cast<float>(weight);
    }
    weight *= kStepDecay;
  }
}

/// The rare before the common, by a share of the strategy's.
void favour_rare(const Asked& asked) {
  DiversityWorkspace& work = asked.work.diversity;
  if (asked.strategy().novelty <= 0.0F) return;
  work.counts.clear();
  for (const ItemId item : work.items)
    work.counts.push_back(asked.model.facts(item, asked.request.now, nullptr).count);
  work.marked.resize(work.relevance.size());
  const auto total = static_cast<double>(asked.model.index().row_count);
  rerank::add_novelty(work.relevance, work.counts, std::max(total, 1.0),
                      {.strength = asked.strategy().novelty}, work.marked);
  work.relevance.swap(work.marked);
}

std::size_t by_difference(const Asked& asked, const catalog::Column* column) {
  DiversityWorkspace& work = asked.work.diversity;
  const live::Strategy& strategy = asked.strategy();
  const vectors::VectorIndex* const vectors = asked.model.vectors();
  const rerank::MmrOptions mmr{.lambda = 1.0F - strategy.diversity};
  const rerank::DppOptions dpp{.strength = strategy.diversity};
  const bool is_mmr = strategy.diversity_method == live::Diversify::mmr;
  const bool wants_vectors = strategy.diversity_on.empty() || strategy.diversity_on == "vectors";
  if (wants_vectors && vectors != nullptr) {
    const std::size_t dim = vectors->dim();
    work.rows.resize(work.items.size() * dim);
    vectors->copy_vectors(work.items, work.rows);
    const float* const rows = work.rows.data();
    return is_mmr ? rerank::mmr_by_vectors(work.relevance, rows, dim, mmr, work.mmr, work.chosen)
                  : rerank::dpp_by_vectors(work.relevance, rows, dim, dpp, work.dpp, work.chosen);
  }
  work.codes.clear();
  for (const ItemId item : work.items)
    work.codes.push_back(column == nullptr ? rerank::kNoValue : column->code(item));
  const std::array columns = {std::span<const std::uint32_t>(work.codes)};
  return is_mmr ? rerank::mmr_by_attributes(work.relevance, columns, mmr, work.mmr, work.chosen)
                : rerank::dpp_by_attributes(work.relevance, columns, dpp, work.dpp, work.chosen);
}

std::size_t by_aspects(const Asked& asked, const catalog::Column* column) {
  DiversityWorkspace& work = asked.work.diversity;
  const live::Strategy& strategy = asked.strategy();
  work.aspects.begin();
  for (const ItemId item : work.items) {
    std::uint32_t code = 0;
    work.aspects.add(column == nullptr ? std::span<const std::uint32_t>{}
                                       : column->codes(item, code));
  }
  work.interest.clear();
  if (column != nullptr) weigh_interest(asked, *column);
  if (strategy.diversity_method == live::Diversify::xquad) {
    return rerank::xquad(work.relevance, work.aspects, work.interest,
                         {.strength = strategy.diversity}, work.xquad, work.chosen);
  }
  return rerank::calibrate(work.relevance, work.aspects, work.interest,
                           {.strength = strategy.diversity}, work.calibration, work.chosen);
}

}  // namespace

void diversify(const Asked& asked) {
  RequestWorkspace& request = asked.work;
  DiversityWorkspace& work = request.diversity;
  const live::Strategy& strategy = asked.strategy();
  const std::size_t size = std::min(strategy.diversity_pool, request.order.size());
  if ((strategy.diversity <= 0.0F && strategy.novelty <= 0.0F) || size < 2) return;
  const auto pool = request.pool.entries();
  const auto best = std::span(request.order).first(size);
  work.relevance.clear();
  work.items.clear();
  for (const std::uint32_t place : best) {
    work.relevance.push_back(pool[place].score);
    work.items.push_back(pool[place].item);
  }
  favour_rare(asked);
  work.chosen.resize(std::min(asked.request.k, size));
  const bool by_values = strategy.diversity_method == live::Diversify::xquad ||
                         strategy.diversity_method == live::Diversify::calibrated;
  const catalog::Column* const column = column_of(asked);
  const std::size_t picked = by_values ? by_aspects(asked, column) : by_difference(asked, column);
  // The picked ones first, in their order; the others behind them, in theirs.
  work.is_picked.assign(size, 0);
  work.order.clear();
  for (const std::uint32_t place : std::span(work.chosen).first(picked)) {
    work.order.push_back(best[place]);
    work.is_picked[place] = 1;
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (work.is_picked[i] == 0) work.order.push_back(best[i]);
  }
  std::ranges::copy(work.order, request.order.begin());
}

}  // namespace aisle::slate
