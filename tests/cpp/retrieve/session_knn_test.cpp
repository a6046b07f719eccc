// Past and live sessions together; the models over a fixed log are tested from Python, against
// golden lists and an obvious reference.

#include "aisle/retrieve/session_knn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::retrieve {
namespace {

using Session = std::vector<std::uint32_t>;

std::vector<ItemId> ids(const Session& session) {
  std::vector<ItemId> out;
  for (const std::uint32_t item : session) out.push_back(ItemId{item});
  return out;
}

/// Sessions in the order they ended.
SessionIndexData index_of(const std::vector<Session>& sessions, std::size_t items) {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  for (std::uint32_t s = 0; s < sessions.size(); ++s) {
    for (const std::uint32_t i : sessions[s]) {
      session.push_back(s);
      item.push_back(ItemId{i});
      time.push_back(static_cast<Timestamp>(time.size()));
    }
  }
  return build_session_index({.session = session,
                              .item = item,
                              .time = time,
                              .type = {},
                              .session_count = sessions.size(),
                              .session_rank = {}},
                             items, {});
}

/// V-SKNN with quadratic weights, from the paper: sessions oldest first.
std::map<std::uint32_t, double> reference(const std::vector<Session>& sessions,
                                          const Session& query, std::size_t k, std::size_t m) {
  const std::set<std::uint32_t> wanted(query.begin(), query.end());
  struct Near {
    double similarity;
    std::size_t session;
    double decay;
  };
  std::vector<Near> near;
  const auto n = static_cast<double>(query.size());
  for (std::size_t z = sessions.size(); z-- > 0 && near.size() < m;) {
    double similarity = 0.0;
    std::size_t newest = 0;
    for (const std::uint32_t item : wanted) {
      if (std::ranges::find(sessions[z], item) == sessions[z].end()) continue;
      const auto at = static_cast<std::size_t>(
          query.rend() - std::find(query.rbegin(), query.rend(), item));  // 1-based, last place
      const double place = static_cast<double>(at) / n;
      similarity += place * place;
      newest = std::max(newest, at);
    }
    if (newest == 0) continue;
    const double step = n - static_cast<double>(newest) + 1.0;
    near.push_back({similarity / static_cast<double>(wanted.size()), z, 1.0 / (step * step)});
  }
  std::ranges::stable_sort(
      near, [](const Near& a, const Near& b) { return a.similarity > b.similarity + 1e-11; });
  if (near.size() > k) near.resize(k);
  std::map<std::uint32_t, double> scores;
  for (const Near& one : near) {
    for (const std::uint32_t item :
         std::set<std::uint32_t>(sessions[one.session].begin(), sessions[one.session].end()))
      scores[item] += one.similarity * one.decay;
  }
  return scores;
}

TEST(SessionKnn, ScoresPastSessionsAsThePaperSays) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::uint64_t draw = seed;
    const auto next = [&](std::uint64_t below) { return (draw = mix(draw + seed)) % below; };
    std::vector<Session> sessions(30 + next(100));
    for (Session& session : sessions) {
      session.resize(1 + next(6));
      for (auto& item : session) item = static_cast<std::uint32_t>(next(20));
    }
    Session query(1 + next(6));
    for (auto& item : query) item = static_cast<std::uint32_t>(next(20));
    const std::size_t k = 1 + next(20);
    const std::size_t m = k + next(30);
    const auto index = index_of(sessions, 20);
    const SessionKnn knn(index.view(), {.k = k, .sample_size = m});
    KnnWorkspace work;
    knn.score(ids(query), 0, 20, work);
    const auto expected = reference(sessions, query, k, m);
    for (std::uint32_t item = 0; item < 20; ++item) {
      const auto found = expected.find(item);
      ASSERT_NEAR(work.scores.score(ItemId{item}), found == expected.end() ? 0.0 : found->second,
                  1e-9)
          << "seed " << seed << " item " << item;
    }
  }
}

/// The same sessions give the same scores whether they were fitted or observed.
TEST(SessionKnn, TreatsLiveSessionsAsTheNewestPastOnes) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::uint64_t draw = seed;
    const auto next = [&](std::uint64_t below) { return (draw = mix(draw + seed)) % below; };
    std::vector<Session> sessions(40 + next(60));
    for (Session& session : sessions) {
      session.resize(1 + next(6));
      for (auto& item : session) item = static_cast<std::uint32_t>(next(20));
    }
    const std::size_t fitted = next(sessions.size());
    const auto index =
        index_of({sessions.begin(), sessions.begin() + static_cast<std::ptrdiff_t>(fitted)}, 20);
    LiveSessions live({});
    for (std::size_t s = fitted; s < sessions.size(); ++s) {
      for (const std::uint32_t item : sessions[s]) live.append(s + 1, ItemId{item});
    }
    const SessionKnn knn(index.view(), {.k = 10, .sample_size = 25}, &live);
    const Session query{static_cast<std::uint32_t>(next(20)), static_cast<std::uint32_t>(next(20))};
    KnnWorkspace work;
    knn.score(ids(query), 0, 20, work);
    const auto expected = reference(sessions, query, 10, 25);
    for (std::uint32_t item = 0; item < 20; ++item) {
      const auto found = expected.find(item);
      ASSERT_NEAR(work.scores.score(ItemId{item}), found == expected.end() ? 0.0 : found->second,
                  1e-9)
          << "seed " << seed << " item " << item;
    }
  }
}

TEST(SessionKnn, IsNotItsOwnNeighbour) {
  const auto index = index_of({}, 10);
  LiveSessions live({});
  live.append(1, ItemId{2});
  live.append(1, ItemId{3});
  const SessionKnn knn(index.view(), {}, &live);
  KnnWorkspace work;
  knn.score(ids({2}), 1, 10, work);
  EXPECT_EQ(work.scores.score(ItemId{3}), 0.0);
  knn.score(ids({2}), 9, 10, work);
  EXPECT_GT(work.scores.score(ItemId{3}), 0.0);
}

TEST(SessionKnn, LetsNoSessionVoteThatIsGone) {
  const auto index = index_of({{2, 4}}, 10);
  LiveSessions live({.sessions = 16});
  for (std::uint64_t number = 1; number <= 5; ++number) {
    live.append(number, ItemId{2}, live.owner(77));
    live.append(number, ItemId{3}, live.owner(77));
    live.forget(77);
  }
  const SessionKnn knn(index.view(), {.k = 2, .sample_size = 2}, &live);
  KnnWorkspace work;
  knn.score(ids({2}), 0, 10, work);
  EXPECT_EQ(work.scores.score(ItemId{3}), 0.0);
  EXPECT_GT(work.scores.score(ItemId{4}), 0.0) << "the dead must not crowd out the living";
}

TEST(SessionKnn, WaitsWithItemsThatAreNewerThanTheRequest) {
  const auto index = index_of({}, 4);
  LiveSessions live({});
  live.append(1, ItemId{2});
  live.append(1, ItemId{5000});  // interned by another thread since the request began
  const SessionKnn knn(index.view(), {}, &live);
  KnnWorkspace work;
  knn.score(ids({2}), 0, 4, work);
  EXPECT_FALSE(work.scores.has(ItemId{5000}));
  knn.score(ids({2}), 0, 5001, work);
  EXPECT_TRUE(work.scores.has(ItemId{5000}));
}

TEST(SessionKnn, AnswersNothingToNothing) {
  const auto index = index_of({{1, 2}}, 4);
  const SessionKnn knn(index.view(), {});
  KnnWorkspace work;
  knn.score({}, 0, 4, work);
  EXPECT_TRUE(work.scores.touched().empty());
  knn.score(std::vector<ItemId>{kNoItem, kNoItem}, 0, 4, work);
  EXPECT_TRUE(work.scores.touched().empty());
}

TEST(SessionKnn, NamesTheOptionThatIsWrong) {
  EXPECT_THROW(KnnOptions{.k = 0}.validate(), ConfigError);
  EXPECT_THROW(KnnOptions{.sample_size = 0}.validate(), ConfigError);
  EXPECT_THROW(KnnOptions{.lambda_spw = 0.0}.validate(), ConfigError);
  EXPECT_THROW(KnnOptions{.idf_weighting = std::nan("")}.validate(), ConfigError);
}

}  // namespace
}  // namespace aisle::retrieve
