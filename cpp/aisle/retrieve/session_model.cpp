#include "aisle/retrieve/session_model.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <thread>

#include "aisle/base/error.h"

namespace aisle::retrieve {
namespace {

/// Runs work(i, workspace) for every i below n. Threads take small runs of i from a counter, so one
/// slow session does not leave the others waiting; the first exception comes back to the caller.
template <class Work>
void for_each_session(std::size_t n, std::size_t threads, const Work& work) {
  constexpr std::size_t kRun = 64;
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto loop = [&] {
    try {
      KnnWorkspace workspace;
      for (std::size_t from = next.fetch_add(kRun); from < n; from = next.fetch_add(kRun)) {
        for (std::size_t i = from; i < std::min(n, from + kRun); ++i) work(i, workspace);
      }
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < threads; ++t) others.emplace_back(loop);
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

std::span<const ItemId> session_of(const SessionBatch& batch, std::size_t i) {
  const auto from = static_cast<std::size_t>(batch.offsets[i]);
  return batch.items.subspan(from, static_cast<std::size_t>(batch.offsets[i + 1]) - from);
}

}  // namespace

void SessionBatch::validate() const {
  const bool holds = !offsets.empty() && offsets.front() == 0 && std::ranges::is_sorted(offsets) &&
                     static_cast<std::size_t>(offsets.back()) == items.size();
  if (!holds) throw ConfigError("offsets must rise from 0 to the number of items");
}

CoVisitationModel::CoVisitationModel(const SessionIndexData& index,
                                     const CoVisitationOptions& options,
                                     const CoVisitationQuery& query)
    : table_(build_co_visitation(index, options)), counts_(TrendingOptions{}), query_(query) {
  for (std::uint32_t i = 0; i < index.item_rows.size(); ++i) {
    counts_.restore(ItemId{i}, 0.0, static_cast<float>(index.item_rows[i]), {});
  }
}

void CoVisitationModel::score(std::span<const ItemId> session, KnnWorkspace& work) const {
  const CoVisitation source{table_.view(), nullptr, &counts_};
  source.score(session, item_count(), query_, work.scores);
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

void PopularityModel::score(std::span<const ItemId> /*session*/, KnnWorkspace& work) const {
  work.scores.begin(scores_.size());
  for (std::uint32_t i = 0; i < scores_.size(); ++i) {
    if (scores_[i] > 0.0) work.scores.add(ItemId{i}, scores_[i]);
  }
}

void recommend_batch(const SessionModel& model, const SessionBatch& batch, std::size_t k,
                     std::size_t threads, std::span<ItemId> items, std::span<double> scores) {
  batch.validate();
  for_each_session(batch.size(), threads, [&](std::size_t i, KnnWorkspace& work) {
    model.score(session_of(batch, i), work);
    std::vector<ScoredItem> best;
    work.scores.top(k, best);
    for (std::size_t place = 0; place < k; ++place) {
      const bool there = place < best.size();
      items[i * k + place] = there ? best[place].item : kNoItem;
      scores[i * k + place] = there ? best[place].score : std::numeric_limits<double>::quiet_NaN();
    }
  });
}

void rank_batch(const SessionModel& model, const SessionBatch& batch,
                std::span<const ItemId> targets, std::size_t k, std::size_t threads,
                std::span<std::uint32_t> ranks, std::span<float> nanoseconds,
                std::span<std::uint8_t> is_listed) {
  batch.validate();
  if (targets.size() != batch.size())
    throw ConfigError("targets must have one item for each session");
  std::mutex listed_mutex;
  for_each_session(batch.size(), threads, [&](std::size_t i, KnnWorkspace& work) {
    const auto begin = std::chrono::steady_clock::now();
    model.score(session_of(batch, i), work);
    std::vector<ScoredItem> best;
    work.scores.top(k, best);
    nanoseconds[i] =
        std::chrono::duration<float, std::nano>(std::chrono::steady_clock::now() - begin).count();
    ranks[i] = is_known(targets[i]) ? work.scores.rank(targets[i]) : 0;
    const std::scoped_lock lock(listed_mutex);
    for (const ScoredItem& one : best) is_listed[value_of(one.item)] = 1;
  });
}

}  // namespace aisle::retrieve
