#include "aisle/models/batch.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/parallel.h"

namespace aisle::models {
namespace {

void write_list(std::span<const retrieve::ScoredItem> best, std::size_t i, std::size_t k,
                const TopLists& lists) {
  for (std::size_t place = 0; place < k; ++place) {
    const bool there = place < best.size();
    if (!lists.items.empty()) lists.items[i * k + place] = there ? best[place].item : kNoItem;
    if (!lists.scores.empty()) {
      lists.scores[i * k + place] =
          there ? best[place].score : std::numeric_limits<double>::quiet_NaN();
    }
  }
}

void expect(std::size_t length, std::size_t wanted, bool may_be_empty, const char* column) {
  if (length == wanted || (may_be_empty && length == 0)) return;
  throw ConfigError(std::string(column) + " has " + std::to_string(length) + " entries, not " +
                    std::to_string(wanted));
}

}  // namespace

void best_of(const SessionModel& model, const SessionQuery& query, const BatchOptions& options,
             Workspace& work) {
  expect(query.times.size(), query.items.size(), true, "times");
  expect(query.types.size(), query.items.size(), true, "types");
  model.score(query, work);
  if (options.exclude_seen) {
    for (const ItemId item : query.items) {
      if (is_known(item)) work.scores().drop(item);
    }
  }
  work.scores().top(options.k, work.best);
}

SessionQuery SessionBatch::query(std::size_t i) const noexcept {
  const auto from = static_cast<std::size_t>(offsets[i]);
  const auto count = static_cast<std::size_t>(offsets[i + 1]) - from;
  return {.items = items.subspan(from, count),
          .times = times.empty() ? times : times.subspan(from, count),
          .types = types.empty() ? types : types.subspan(from, count),
          .now = request.empty() ? 0 : request[i]};
}

void SessionBatch::validate() const {
  const bool holds = !offsets.empty() && offsets.front() == 0 && std::ranges::is_sorted(offsets) &&
                     static_cast<std::size_t>(offsets.back()) == items.size();
  if (!holds) throw ConfigError("offsets must rise from 0 to the number of items");
  expect(times.size(), items.size(), true, "times");
  expect(types.size(), items.size(), true, "types");
  expect(request.size(), size(), true, "request");
}

void recommend_batch(const SessionModel& model, const SessionBatch& batch,
                     const BatchOptions& options, const TopLists& lists) {
  batch.validate();
  for_each_row<Workspace>(batch.size(), options.threads, [&](std::size_t i, Workspace& work) {
    best_of(model, batch.query(i), options, work);
    write_list(work.best, i, options.k, lists);
  });
}

void rank_batch(const SessionModel& model, const SessionBatch& batch,
                std::span<const ItemId> targets, const BatchOptions& options,
                const Ranking& ranking, const TopLists& lists) {
  batch.validate();
  expect(targets.size(), batch.size(), false, "targets");
  for_each_row<Workspace>(batch.size(), options.threads, [&](std::size_t i, Workspace& work) {
    const auto begin = std::chrono::steady_clock::now();
    best_of(model, batch.query(i), options, work);
    ranking.nanoseconds[i] =
        std::chrono::duration<float, std::nano>(std::chrono::steady_clock::now() - begin).count();
    const auto standing =
        is_known(targets[i]) ? work.scores().stand(targets[i]) : retrieve::ItemScores::Standing{};
    ranking.ranks[i] = standing.rank;
    ranking.ties[i] = standing.ties;
    write_list(work.best, i, options.k, lists);
  });
}

}  // namespace aisle::models
