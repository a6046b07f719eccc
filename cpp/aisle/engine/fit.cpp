#include "aisle/engine/fit.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/retrieve/pair_visitors.h"
#include "aisle/retrieve/session_index.h"
#include "aisle/retrieve/trending.h"
#include "aisle/score/features.h"
#include "aisle/vectors/svd.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::engine {
namespace {

using retrieve::SessionIndexData;

constexpr std::size_t kFewestPairs = 50;   // rows of a type below which its table says nothing
constexpr std::size_t kFewestItems = 100;  // below this vectors add nothing to the pairs
constexpr std::size_t kRecentSessions = 2000;

std::vector<std::uint32_t> numbers_of(std::span<const ItemId> items) {
  std::vector<std::uint32_t> numbers(items.size());
  std::ranges::transform(items, numbers.begin(), value_of);
  return numbers;
}

/// The rows that are steps of a session, in order of time.
struct Steps {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::vector<EventType> type;

  void push(const FitColumns& columns, std::size_t row) {
    session.push_back(columns.session[row]);
    item.push_back(columns.item[row]);
    time.push_back(columns.time[row]);
    type.push_back(columns.type[row]);
  }
  [[nodiscard]] retrieve::SessionRows rows(const FitColumns& columns) const {
    return {.session = session,
            .item = item,
            .time = time,
            .type = type,
            .session_count = columns.session_rank.size(),
            .session_rank = columns.session_rank,
            .session_visitor = columns.session_visitor};
  }
};

std::vector<std::uint32_t> in_order_of_time(std::span<const Timestamp> time) {
  std::vector<std::uint32_t> order(time.size());
  std::iota(order.begin(), order.end(), 0U);
  if (!std::ranges::is_sorted(time)) {
    std::ranges::stable_sort(order,
                             [&](std::uint32_t a, std::uint32_t b) { return time[a] < time[b]; });
  }
  return order;
}

void check(const FitColumns& columns) {
  const std::size_t n = columns.session.size();
  if (columns.item.size() != n || columns.time.size() != n || columns.type.size() != n) {
    throw ConfigError("session, item, time and type must have one length");
  }
  if (n >= std::numeric_limits<std::uint32_t>::max())
    throw ConfigError("a fit takes fewer than 4,294,967,295 events");
  for (std::size_t row = 0; row < n; ++row) {
    const bool holds =
        columns.session[row] < columns.session_rank.size() &&
        (!is_known(columns.item[row]) || value_of(columns.item[row]) < columns.item_count) &&
        static_cast<std::size_t>(columns.type[row]) < kEventTypes;
    if (!holds)
      throw ConfigError("row " + std::to_string(row) + " has a session, item or type out of range");
  }
}

/// The same rule as the engine's while it learns: what shows interest and is not the cart or the
/// purchase of the item just looked at.
Steps steps_of(const FitColumns& columns, std::span<const std::uint32_t> order) {
  Steps steps;
  std::vector<ItemId> last(columns.session_rank.size(), kNoItem);
  for (const std::uint32_t row : order) {
    const ItemId item = columns.item[row];
    const EventType type = columns.type[row];
    if (!is_known(item) || !shows_interest(type)) continue;
    ItemId& before = last[columns.session[row]];
    const bool is_step = item != before || type == EventType::view || type == EventType::click;
    before = item;
    if (is_step) steps.push(columns, row);
  }
  return steps;
}

Timestamp half_life_of(const SessionIndexData& index) {
  if (index.last_time.empty()) return kDay;
  const std::size_t from =
      index.last_time.size() > kRecentSessions ? index.last_time.size() - kRecentSessions : 0;
  return std::clamp(index.last_time.back() - index.last_time[from], kHour / 4, 14 * kDay);
}

void add_index(const SessionIndexData& index, catalog::BundleBuilder& bundle) {
  bundle.add("sessions.offsets", index.offsets);
  bundle.add("sessions.items", numbers_of(index.items));
  bundle.add("sessions.distinct", index.distinct);
  bundle.add("sessions.posting_offsets", index.posting_offsets);
  bundle.add("sessions.postings", index.postings);
  bundle.add("sessions.item_rows", index.item_rows);
  bundle.add("sessions.item_sessions", index.item_sessions);
  bundle.add("sessions.row_count", std::vector<std::uint64_t>{index.row_count});
}

/// Sessions as they are, or cut where too few visitors met two of their items.
void add_sessions(const Steps& steps, const FitColumns& columns, const FitOptions& options,
                  const SessionIndexData& whole, catalog::BundleBuilder& bundle) {
  const std::size_t k = options.pairs.k_anonymity;
  if (k <= 1) return add_index(whole, bundle);
  auto rows = steps.rows(columns);
  const auto cut = retrieve::cut_sessions(rows, columns.item_count, k);
  rows.session = cut.session;
  rows.session_rank = cut.rank;
  rows.session_count = cut.rank.size();
  rows.session_visitor = {};
  add_index(retrieve::build_session_index(rows, columns.item_count,
                                          {.max_postings = options.max_postings}),
            bundle);
  bundle.add("pairs.k_anonymity", std::vector<std::uint64_t>{k});
}

void add_trending(const Steps& steps, std::size_t item_count, Timestamp half_life,
                  catalog::BundleBuilder& bundle) {
  retrieve::Trending trending({.half_life = half_life});
  std::vector<Timestamp> first_seen(item_count, 0);
  for (std::size_t i = 0; i < steps.item.size(); ++i) {
    trending.observe(steps.item[i], 1.0, steps.time[i], {});
    Timestamp& first = first_seen[value_of(steps.item[i])];
    if (first == 0) first = steps.time[i];
  }
  std::vector<double> heat(item_count);
  std::vector<float> count(item_count);
  for (std::uint32_t i = 0; i < item_count; ++i) {
    heat[i] = std::max(-1e12, trending.heat(ItemId{i}));  // never seen: too low to be restored
    count[i] = trending.count(ItemId{i});
  }
  bundle.add("trending.heat", std::move(heat));
  bundle.add("trending.count", std::move(count));
  bundle.add("trending.first_seen", std::move(first_seen));
  bundle.add("trending.half_life", std::vector<std::int64_t>{half_life});
}

/// h(d) = P(the next item is the one last seen d steps before | there is such an item).
score::ReturnTable returns_of(const SessionIndexData& index) {
  std::array<double, score::kReturnSteps> hits{};
  std::array<double, score::kReturnSteps> chances{};
  const auto view = index.view();
  for (std::uint32_t z = 0; z < view.session_count(); ++z) {
    const auto items = view.session(z);
    for (std::size_t next = 1; next < items.size(); ++next) {
      for (std::size_t d = 1; d <= std::min(next, score::kReturnSteps); ++d) {
        const ItemId item = items[next - d];
        const auto newer = items.subspan(next - d + 1, d - 1);
        if (std::ranges::find(newer, item) != newer.end()) continue;  // last seen nearer than d
        chances[d - 1] += 1.0;
        hits[d - 1] += items[next] == item ? 1.0 : 0.0;
      }
    }
  }
  score::ReturnTable returns{};
  // Ten events of doubt: a table from a handful of sessions must not shut items out.
  for (std::size_t d = 0; d < returns.size(); ++d) {
    returns[d] = static_cast<float>((hits[d] + 0.1) / (chances[d] + 10.0));
  }
  return returns;
}

void add_pairs(const std::string& name, const retrieve::CoVisitationData& table,
               catalog::BundleBuilder& bundle) {
  bundle.add("pairs." + name + ".offsets", table.offsets);
  bundle.add("pairs." + name + ".items", numbers_of(table.items));
  bundle.add("pairs." + name + ".forward", table.forward);
  bundle.add("pairs." + name + ".backward", table.backward);
}

/// The table of one event type alone: what is carted, or bought, in one session.
void add_pairs_of(EventType type, const std::string& name, const FitColumns& columns,
                  std::span<const std::uint32_t> order, const FitOptions& options,
                  catalog::BundleBuilder& bundle) {
  Steps steps;
  for (const std::uint32_t row : order) {
    if (columns.type[row] == type && is_known(columns.item[row])) steps.push(columns, row);
  }
  if (steps.item.size() < kFewestPairs) return;
  const auto index = retrieve::build_session_index(steps.rows(columns), columns.item_count,
                                                   {.max_postings = options.pairs.max_sessions});
  add_pairs(name, retrieve::build_co_visitation(index, options.pairs), bundle);
}

/// The pairs' vectors: what is met with the same items lies near.
std::vector<float> pair_vectors(const retrieve::CoVisitationData& table, std::size_t dim,
                                const Progress& progress) {
  const std::vector<std::uint64_t> offsets(table.offsets.begin(), table.offsets.end());
  const std::vector<std::uint32_t> columns = numbers_of(table.items);
  std::vector<float> values(table.items.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = table.forward[i] + table.backward[i];
  return vectors::item_vectors({.offsets = offsets, .columns = columns, .values = values},
                               {.dim = dim}, [&](double share) {
                                 if (!progress("vectors", 0.6 + 0.4 * share))
                                   throw Error("the fit was stopped");
                               });
}

void add_vectors(const FitColumns& columns, const FitOptions& options,
                 const retrieve::CoVisitationData& table, const Progress& progress,
                 catalog::BundleBuilder& bundle) {
  std::vector<float> rows(options.vectors.begin(), options.vectors.end());
  std::size_t dim = options.own_vector_dim;
  if (rows.empty()) {
    if (options.vector_dim == 0 || columns.item_count < kFewestItems ||
        table.items.size() < 10 * kFewestItems)
      return;
    dim = std::min(options.vector_dim, columns.item_count / 2);
    rows = pair_vectors(table, dim, progress);
  }
  std::vector<ItemId> ids;
  ids.reserve(columns.item_count);
  for (std::uint32_t i = 0; i < columns.item_count; ++i) ids.push_back(ItemId{i});
  const vectors::VectorIndex index({.dim = dim}, ids, rows);
  if (index.size() != 0) bundle.add("vectors.index", index.serialize());
}

}  // namespace

void FitOptions::validate() const {
  if (max_postings == 0) throw ConfigError("max_postings must be at least 1, got 0");
  pairs.validate();
  if (trending_half_life != 0 && trending_half_life < kSecond) {
    throw ConfigError("trending_half_life must be 0 or at least a second, got " +
                      std::to_string(trending_half_life) + " microseconds");
  }
  if (vector_dim > 1024)
    throw ConfigError("vector_dim must be at most 1024, got " + std::to_string(vector_dim));
}

void fit(const FitColumns& columns, const FitOptions& options, catalog::BundleBuilder& bundle,
         const Progress& progress) {
  options.validate();
  check(columns);
  const auto report = [&](std::string_view step, double share) {
    if (!progress(step, share)) throw Error("the fit was stopped");
  };
  report("sessions", 0.0);
  const auto order = in_order_of_time(columns.time);
  const Steps steps = steps_of(columns, order);
  const SessionIndexData index = retrieve::build_session_index(
      steps.rows(columns), columns.item_count, {.max_postings = options.max_postings});
  add_sessions(steps, columns, options, index, bundle);
  const score::ReturnTable returns = returns_of(index);
  bundle.add("returns", std::vector<float>(returns.begin(), returns.end()));
  bundle.add("newest", std::vector<std::int64_t>{steps.time.empty() ? 0 : steps.time.back()});
  report("trending", 0.2);
  add_trending(steps, columns.item_count,
               options.trending_half_life != 0 ? options.trending_half_life : half_life_of(index),
               bundle);
  report("pairs", 0.3);
  const auto table = retrieve::build_co_visitation(index, options.pairs);
  add_pairs("view", table, bundle);
  add_pairs_of(EventType::cart, "cart", columns, order, options, bundle);
  add_pairs_of(EventType::purchase, "purchase", columns, order, options, bundle);
  bundle.add("pairs.half_life", std::vector<std::int64_t>{options.pairs.half_life});
  report("vectors", 0.6);
  add_vectors(columns, options, table, progress, bundle);
  report("done", 1.0);
}

}  // namespace aisle::engine
