#include "aisle/models/batch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::models {
namespace {

/// Scores that a test can see through: item i of n scores by a table, whatever the session.
class Fixed final : public SessionModel {
 public:
  Fixed(std::vector<double> scores, double floor) : scores_(std::move(scores)), floor_(floor) {}
  void score(const SessionQuery& query, Workspace& work) const override {
    seen_now = query.now;
    work.scores().begin(scores_.size(), floor_);
    for (std::uint32_t i = 0; i < scores_.size(); ++i) work.scores().add(ItemId{i}, scores_[i]);
  }
  [[nodiscard]] std::size_t item_count() const noexcept override { return scores_.size(); }
  mutable Timestamp seen_now = 0;

 private:
  std::vector<double> scores_;
  double floor_;
};

struct Answer {
  std::vector<std::uint32_t> ranks, ties;
  std::vector<float> nanoseconds;
  std::vector<ItemId> items;
};

Answer ranked(const SessionModel& model, const SessionBatch& batch,
              const std::vector<ItemId>& targets, const BatchOptions& options) {
  const std::size_t n = batch.size();
  Answer answer{std::vector<std::uint32_t>(n), std::vector<std::uint32_t>(n), std::vector<float>(n),
                std::vector<ItemId>(n * options.k)};
  rank_batch(model, batch, targets, options,
             {.ranks = answer.ranks, .ties = answer.ties, .nanoseconds = answer.nanoseconds},
             {.items = answer.items, .scores = {}});
  return answer;
}

const std::vector<std::int64_t> kTwoSessions{0, 2, 3};
const std::vector<ItemId> kItems{ItemId{0}, ItemId{1}, ItemId{2}};

TEST(RankBatch, CountsTiesApartFromWhatIsBetter) {
  const Fixed model({3.0, 5.0, 3.0, 3.0, 0.0}, 0.0);
  const Answer answer = ranked(model, {.offsets = kTwoSessions, .items = kItems},
                               {ItemId{2}, ItemId{4}}, {.k = 2, .threads = 1});
  EXPECT_EQ(answer.ranks, (std::vector<std::uint32_t>{4, 0}));
  EXPECT_EQ(answer.ties, (std::vector<std::uint32_t>{2, 0}));
  EXPECT_EQ(answer.items, (std::vector<ItemId>{ItemId{1}, ItemId{0}, ItemId{1}, ItemId{0}}));
}

TEST(RankBatch, LeavesOutWhatTheSessionHasSeen) {
  const Fixed model({3.0, 5.0, 4.0}, 0.0);
  const Answer answer =
      ranked(model, {.offsets = kTwoSessions, .items = kItems}, {ItemId{0}, ItemId{0}},
             {.k = 3, .threads = 2, .exclude_seen = true});
  EXPECT_EQ(answer.ranks, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(answer.items[0], ItemId{2});
  EXPECT_EQ(answer.items[1], kNoItem);
}

TEST(RankBatch, RanksScoresOfEitherSignWhereTheModelHasThem) {
  const Fixed model({-3.0, -1.0, -2.0}, -std::numeric_limits<double>::infinity());
  const Answer answer = ranked(model, {.offsets = kTwoSessions, .items = kItems},
                               {ItemId{2}, ItemId{0}}, {.k = 1, .threads = 1});
  EXPECT_EQ(answer.ranks, (std::vector<std::uint32_t>{2, 3}));
  EXPECT_EQ(answer.items[0], ItemId{1});
}

TEST(RecommendBatch, FillsWhatIsMissingAndTellsTheModelWhen) {
  const Fixed model({1.0, 0.0}, 0.0);
  const std::vector<std::int64_t> offsets{0, 1};
  const std::vector<ItemId> items{ItemId{0}};
  const std::vector<Timestamp> request{77};
  std::vector<ItemId> best(2);
  std::vector<double> scores(2);
  recommend_batch(model, {.offsets = offsets, .items = items, .request = request},
                  {.k = 2, .threads = 1}, {.items = best, .scores = scores});
  EXPECT_EQ(best, (std::vector<ItemId>{ItemId{0}, kNoItem}));
  EXPECT_TRUE(std::isnan(scores[1]));
  EXPECT_EQ(model.seen_now, 77);
}

TEST(SessionBatch, RefusesColumnsThatDoNotFit) {
  const std::vector<Timestamp> one{1};
  EXPECT_THROW((SessionBatch{.offsets = kTwoSessions, .items = kItems, .times = one}.validate()),
               ConfigError);
  const std::vector<std::int64_t> falling{0, 3, 2};
  EXPECT_THROW((SessionBatch{.offsets = falling, .items = kItems}.validate()), ConfigError);
}

}  // namespace
}  // namespace aisle::models
