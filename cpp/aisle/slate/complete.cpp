// Complete the look: candidates by the path of a request, then the set that fits best.

#include <algorithm>
#include <array>
#include <cmath>

#include "aisle/base/error.h"
#include "aisle/slate/recommend.h"
#include "aisle/slate/relation.h"
#include "aisle/slate/slots.h"
#include "aisle/value/affinity.h"
#include "aisle/value/best_set.h"

namespace aisle::slate {
namespace {

using live::PairKind;

constexpr std::size_t kMostCandidates = 64;
constexpr double kViewed = 0.5;   // weight of looked at together beside 1 for bought together
constexpr double kVectors = 0.5;  // weight of alike in vector space

/// The item and its candidates, item 0 first, with what a set is judged by.
struct Parts {
  std::vector<ItemId> items;
  std::vector<std::uint32_t> groups;
  std::vector<double> prices;
  std::vector<float> fits;  // n * n, the item included
};

const catalog::Column* groups_of(const catalog::View& catalog, const std::string& per) {
  if (per.empty()) return nullptr;
  const catalog::Column& column = catalog.column(per);
  if (column.has_codes()) return &column;
  throw ConfigError("per: '" + per + "' is " + catalog::described(column.kind()) +
                    "; only a category or a text has values to tell apart");
}

/// The best allowed candidates that may stand in a look: their group is known and not the item's,
/// their price is known where there is a budget. Not all of one group.
Parts gather(const Asked& asked, const LookOptions& options) {
  const catalog::View& catalog = asked.place.items;
  const catalog::Column* const per = groups_of(catalog, options.per);
  const catalog::Column* const price = catalog.role(catalog::Role::price);
  if (options.budget >= 0.0 && price == nullptr)
    throw UnknownNameError("budget: the catalogue has no column 'price'");
  Parts parts;
  const auto group_of = [&](ItemId item) {
    return per == nullptr ? value::kNoGroup : per->code(item);
  };
  const auto add = [&](ItemId item) {
    parts.items.push_back(item);
    parts.groups.push_back(group_of(item));
    parts.prices.push_back(price == nullptr ? catalog::kNullNumber : price->number(item));
  };
  RequestWorkspace& work = asked.work;
  add(work.anchor);
  const auto pool = work.pool.entries();
  for (const std::uint32_t place : work.order) {
    const ItemId item = pool[place].item;
    if (parts.items.size() > kMostCandidates) break;
    if (item == work.anchor || !is_allowed(asked, item)) continue;
    const std::uint32_t group = group_of(item);
    if (per != nullptr && (group == catalog::kNullCode || group == parts.groups[0])) continue;
    if (options.budget >= 0.0 && !(price->number(item) >= 0.0)) continue;
    const auto alike = std::ranges::count(parts.groups, group);
    if (per != nullptr && static_cast<std::size_t>(alike) >= kMostCandidates / 4) continue;
    add(item);
  }
  return parts;
}

/// Adds the log-lift of every pair by one kind of table, or two together.
void add_lifts(const Asked& asked, std::span<const PairKind> kinds, double weight, Parts& parts) {
  const std::size_t n = parts.items.size();
  std::vector<double> both(n * n, 0.0);
  std::vector<double> sums(n, 0.0);
  double total = 0.0;
  for (const PairKind kind : kinds) {
    const auto& margin = asked.model.pair_sums(kind);
    total += margin.total;
    std::vector<double> row(n * n, 0.0);
    for (std::size_t a = 0; a < n; ++a) {
      sums[a] += margin.at(parts.items[a]);
      retrieve::for_each_pair(
          asked.model.pairs(kind).table, parts.items[a], [&](ItemId other, double amount) {
            const auto there = std::ranges::find(parts.items, other);
            if (there != parts.items.end())
              row[a * n + static_cast<std::size_t>(there - parts.items.begin())] += amount;
          });
    }
    // Each row keeps its strongest only: what one of the two has lost the other may have.
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b)
        both[a * n + b] += std::max(row[a * n + b], row[b * n + a]);
    }
  }
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      parts.fits[a * n + b] += static_cast<float>(
          weight *
          value::log_lift({.both = both[a * n + b], .x = sums[a], .y = sums[b], .total = total}));
    }
  }
}

void add_cosines(const Asked& asked, Parts& parts) {
  const vectors::VectorIndex* const vectors = asked.model.vectors();
  if (vectors == nullptr) return;
  const std::size_t n = parts.items.size();
  const std::size_t dim = vectors->dim();
  std::vector<float> rows(n * dim);
  vectors->copy_vectors(parts.items, rows);
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (std::size_t d = 0; d < dim; ++d)
      sum += double{rows[a * dim + d]} * double{rows[b * dim + d]};
    return sum;
  };
  std::vector<double> length(n);
  for (std::size_t a = 0; a < n; ++a) length[a] = std::sqrt(dot(a, a));
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      if (length[a] > 0.0 && length[b] > 0.0) {
        parts.fits[a * n + b] += static_cast<float>(kVectors * dot(a, b) / (length[a] * length[b]));
      }
    }
  }
}

}  // namespace

void complete(const Asked& asked, const LookOptions& options, Look& look) {
  rank_pool(asked);
  RequestWorkspace& work = asked.work;
  look.is_item_known = is_known(work.anchor);
  if (!look.is_item_known) return;
  sort_pool(work.pool.entries().size(), work);
  Parts parts = gather(asked, options);
  const std::size_t n = parts.items.size();
  parts.fits.assign(n * n, 0.0F);
  add_lifts(asked, std::array{PairKind::cart, PairKind::purchase}, 1.0, parts);
  add_lifts(asked, std::array{PairKind::view}, kViewed, parts);
  add_cosines(asked, parts);
  // Without the item itself: its row is how well each fits alone.
  std::vector<float> pairs;
  for (std::size_t a = 1; a < n; ++a)
    pairs.insert(pairs.end(), &parts.fits[a * n + 1], &parts.fits[a * n] + n);
  const bool has_budget = options.budget >= 0.0;
  const std::vector<double> free(n - 1, 0.0);
  const auto chosen = value::best_set(
      {.alone = std::span(parts.fits).subspan(1, n - 1),
       .pairs = pairs,
       .groups = std::span(parts.groups).subspan(1),
       .prices = has_budget ? std::span<const double>(parts.prices).subspan(1) : free,
       .budget = has_budget ? options.budget : 0.0,
       .parts = options.parts});
  for (const std::uint32_t place : chosen) {
    float fit = parts.fits[place + 1];
    for (const std::uint32_t other : chosen) {
      if (other != place) fit += parts.fits[(place + 1) * n + other + 1];
    }
    look.names.push_back(asked.model.catalog().items()->name(value_of(parts.items[place + 1])));
    look.fits.push_back(fit);
    look.price += parts.prices[place + 1];
  }
}

}  // namespace aisle::slate
