#include "aisle/engine/replay.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"
#include "aisle/score/features.h"

namespace aisle::engine {
namespace {

constexpr std::size_t kEvery = 1024;  // events between two looks at keep_going

/// In a replay the log's own time is the clock: nothing in it is from the future.
constexpr Timestamp kNoClock = std::numeric_limits<Timestamp>::max() / 2;

std::int64_t since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() -
                                                              begin)
      .count();
}

void check(const LogColumns& log, const ReplayRows& rows) {
  log.validate();
  if (rows.rows.size() != rows.following.size())
    throw ConfigError("rows and following must have one length");
  const auto n = static_cast<std::int64_t>(log.time.size());
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    if (rows.rows[i] < 0 || rows.rows[i] >= n || rows.following[i] < -1 || rows.following[i] >= n) {
      throw ConfigError("rows[" + std::to_string(i) + "] or following is no row of the log");
    }
  }
}

}  // namespace

ReplayResult replay(Engine& engine, const LogColumns& log, const ReplayRows& rows, std::size_t k,
                    bool learn, const KeepGoing& keep_going) {
  check(log, rows);
  const std::size_t n = rows.rows.size();
  ReplayResult result{std::vector<std::int32_t>(n, -1), std::vector<std::int64_t>(n, 0),
                      std::vector<std::int64_t>(n, 0)};
  slate::Slate slate;
  RawEvent event;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % kEvery == 0 && !keep_going(i)) throw Error("the replay was stopped");
    const auto row = static_cast<std::size_t>(rows.rows[i]);
    if (!log.event(row, event)) continue;
    auto begin = std::chrono::steady_clock::now();
    engine.observe(event, kNoClock, learn);
    result.observe_ns[i] = since(begin);
    if (rows.following[i] < 0) continue;
    begin = std::chrono::steady_clock::now();
    engine.recommend(
        {.visitor = event.visitor, .session = {}, .anchor = {}, .k = k, .now = event.time}, slate);
    result.recommend_ns[i] = since(begin);
    const std::string_view wanted =
        log.items->name(log.item[static_cast<std::size_t>(rows.following[i])]);
    const auto found = std::ranges::find(slate.names, wanted);
    result.ranks[i] = 0;
    if (found == slate.names.end()) continue;
    const float score = slate.items[static_cast<std::size_t>(found - slate.names.begin())].score;
    // Conservative: who has the same score stands before it.
    result.ranks[i] = static_cast<std::int32_t>(std::ranges::count_if(
        slate.items, [&](const slate::SlateItem& one) { return one.score >= score; }));
  }
  return result;
}

TrainingRows collect_training(Engine& engine, const LogColumns& log, const ReplayRows& rows,
                              std::size_t others, std::uint64_t seed, const KeepGoing& keep_going) {
  check(log, rows);
  TrainingRows training;
  training.group_begin.push_back(0);
  std::vector<ItemId> pool;
  std::vector<float> features;
  RawEvent event;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    if (i % kEvery == 0 && !keep_going(i)) throw Error("the fit was stopped");
    if (!log.event(static_cast<std::size_t>(rows.rows[i]), event)) continue;
    engine.observe(event, kNoClock, true);
    if (rows.following[i] < 0) continue;
    ++training.asked;
    engine.explain_pool(
        {.visitor = event.visitor, .session = {}, .anchor = {}, .k = 1, .now = event.time}, pool,
        features);
    const auto number = engine.model()->catalog().items()->find(
        log.items->name(log.item[static_cast<std::size_t>(rows.following[i])]));
    const auto target = number ? std::ranges::find(pool, ItemId{*number}) : pool.end();
    if (target == pool.end()) continue;
    const auto answer = static_cast<std::size_t>(target - pool.begin());
    const double share =
        std::min(1.0, static_cast<double>(others) /
                          static_cast<double>(std::max<std::size_t>(1, pool.size() - 1)));
    for (std::size_t c = 0; c < pool.size(); ++c) {
      const std::uint64_t draw = mix(seed ^ mix(i * 4096 + c));
      if (c != answer && static_cast<double>(draw >> 11U) * 0x1p-53 >= share) continue;
      const auto row = features.begin() + static_cast<std::ptrdiff_t>(c * score::kFeatures);
      training.features.insert(training.features.end(), row, row + score::kFeatures);
      training.is_target.push_back(c == answer ? 1 : 0);
    }
    training.group_begin.push_back(static_cast<std::uint32_t>(training.is_target.size()));
  }
  return training;
}

}  // namespace aisle::engine
