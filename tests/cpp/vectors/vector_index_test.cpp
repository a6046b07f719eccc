#include "aisle/vectors/vector_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "aisle/base/dot.h"
#include "aisle/base/error.h"

namespace aisle::vectors {
namespace {

constexpr std::size_t kDim = 20;

/// Vectors around one centre for every fifty items, as a shop's are.
std::vector<float> clustered(std::size_t items, std::uint64_t seed = 1) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<float> normal;
  std::vector<float> rows(items * kDim);
  std::vector<float> centre(kDim);
  for (std::size_t i = 0; i < items; ++i) {
    if (i % 50 == 0) {
      for (float& value : centre) value = normal(rng);
    }
    for (std::size_t j = 0; j < kDim; ++j) rows[i * kDim + j] = centre[j] + 0.5F * normal(rng);
  }
  return rows;
}

std::vector<ItemId> numbered(std::size_t items, std::uint32_t step = 1) {
  std::vector<ItemId> ids(items);
  for (std::size_t i = 0; i < items; ++i) ids[i] = ItemId{static_cast<std::uint32_t>(i) * step};
  return ids;
}

VectorIndexOptions options(VectorKind kind) {
  return {.dim = kDim, .kind = kind, .side_rows = 16, .build_threads = 1};
}

std::span<const float> row(const std::vector<float>& rows, std::size_t r) {
  return std::span(rows).subspan(r * kDim, kDim);
}

std::vector<Candidate> search(const VectorIndex& index, std::span<const float> query, std::size_t k,
                              const Bitmap* allowed = nullptr) {
  VectorWorkspace work;
  std::vector<Candidate> out(k);
  out.resize(index.search(query, k, allowed, work, out));
  return out;
}

std::vector<std::uint32_t> items_of(const std::vector<Candidate>& candidates) {
  std::vector<std::uint32_t> items;
  for (const Candidate& candidate : candidates) items.push_back(value_of(candidate.item));
  return items;
}

/// Cosine against every row, sorted: slow, short and obvious.
std::vector<std::uint32_t> reference(const std::vector<float>& rows, std::span<const float> query,
                                     std::size_t k, const Bitmap* allowed = nullptr) {
  std::vector<Candidate> all;
  for (std::uint32_t r = 0; r < rows.size() / kDim; ++r) {
    if (allowed != nullptr && !allowed->test(r)) continue;
    const auto vector = row(rows, r);
    all.push_back({ItemId{r}, dot(query, vector) / std::sqrt(dot(vector, vector))});
  }
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min(k, all.size()));
  return items_of(all);
}

std::size_t common(std::vector<std::uint32_t> a, std::vector<std::uint32_t> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  std::vector<std::uint32_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both.size();
}

class EveryKind : public ::testing::TestWithParam<VectorKind> {};

TEST_P(EveryKind, FindsWhatAnExactSearchFinds) {
  const auto rows = clustered(3000);
  const VectorIndex index(options(GetParam()), numbered(3000), rows);
  EXPECT_EQ(index.kind(), GetParam());
  EXPECT_GE(index.recall(), 0.97);
  std::size_t found = 0;
  for (std::size_t q = 0; q < 100; ++q) {
    const auto query = row(rows, q * 29);
    found += common(items_of(search(index, query, 20)), reference(rows, query, 20));
  }
  EXPECT_GE(found, GetParam() == VectorKind::exact ? 2000U : 1900U);
}

TEST_P(EveryKind, IsSortedAndScoresAreCosines) {
  const auto rows = clustered(500);
  const VectorIndex index(options(GetParam()), numbered(500), rows);
  const auto answer = search(index, row(rows, 7), 30);
  EXPECT_TRUE(std::is_sorted(answer.begin(), answer.end(), ranks_before));
  EXPECT_EQ(answer[0].item, ItemId{7});
  EXPECT_NEAR(answer[0].score, 1.0F, 1e-5F);
}

TEST_P(EveryKind, EqualVectorsComeInTheOrderOfTheirNumbers) {
  std::vector<float> rows;
  for (int i = 0; i < 60; ++i) {
    for (std::size_t j = 0; j < kDim; ++j) rows.push_back(j == 3 ? 2.0F : 0.5F);
  }
  const VectorIndex index(options(GetParam()), numbered(60), rows);
  const auto answer = items_of(search(index, row(rows, 0), 60));
  EXPECT_EQ(answer, items_of(search(index, row(rows, 0), 60)));
  EXPECT_TRUE(std::is_sorted(answer.begin(), answer.end()));
  EXPECT_EQ(answer.size(), 60U);
}

TEST_P(EveryKind, SelectiveFilterStillFillsTheAnswer) {
  const auto rows = clustered(6000);
  const VectorIndex index(options(GetParam()), numbered(6000), rows);
  for (const std::uint32_t every : {1U, 2U, 7U, 100U, 600U}) {
    Bitmap allowed(6000);
    for (std::uint32_t item = 0; item < 6000; item += every) allowed.set(item);
    for (std::size_t q = 1; q < 6000; q += 997) {
      const auto answer = items_of(search(index, row(rows, q), 20, &allowed));
      EXPECT_EQ(answer.size(), std::min<std::size_t>(20, allowed.count()));
      for (const std::uint32_t item : answer) EXPECT_TRUE(allowed.test(item));
      EXPECT_GE(common(answer, reference(rows, row(rows, q), 20, &allowed)),
                answer.size() * 8 / 10);
    }
  }
}

TEST_P(EveryKind, FilterOfNothingFindsNothing) {
  const auto rows = clustered(300);
  const VectorIndex index(options(GetParam()), numbered(300), rows);
  const Bitmap nothing(300);
  EXPECT_TRUE(search(index, row(rows, 0), 10, &nothing).empty());
  Bitmap small(10, true);  // shorter than the catalogue: items behind it are not allowed
  EXPECT_EQ(search(index, row(rows, 0), 300, &small).size(), 10U);
}

TEST_P(EveryKind, MoreThanThereIsReturnsAll) {
  const auto rows = clustered(700);
  const VectorIndex index(options(GetParam()), numbered(700, 3), rows);
  EXPECT_EQ(search(index, row(rows, 0), 100'000).size(), 700U);
  EXPECT_TRUE(search(index, row(rows, 0), 0).empty());
}

TEST_P(EveryKind, AddedAndReplacedVectorsAreFoundAtOnceAndAfterFolding) {
  auto rows = clustered(400);
  VectorIndex index(options(GetParam()), numbered(400), rows);
  const auto fresh = clustered(100, 99);
  for (std::size_t i = 0; i < 100; ++i) {
    const std::uint32_t item =
        i % 2 == 0 ? static_cast<std::uint32_t>(i) : 400 + static_cast<std::uint32_t>(i);
    index.add(ItemId{item}, row(fresh, i));
    const auto answer = search(index, row(fresh, i), 1);
    ASSERT_EQ(answer.size(), 1U);
    ASSERT_EQ(answer[0].item, ItemId{item}) << i;
  }
  EXPECT_EQ(index.size(), 450U);
  for (std::size_t i = 0; i < 100; i += 2) {  // the old vectors are gone
    const auto all = search(index, row(rows, i), 450);
    EXPECT_EQ(std::count_if(all.begin(), all.end(),
                            [&](const Candidate& c) { return value_of(c.item) == i; }),
              1);
    EXPECT_NEAR(index.similarity(ItemId{static_cast<std::uint32_t>(i)}, ItemId{401}),
                dot(row(fresh, i), row(fresh, 1)) / std::sqrt(dot(row(fresh, i), row(fresh, i)) *
                                                              dot(row(fresh, 1), row(fresh, 1))),
                1e-5F);
  }
}

TEST_P(EveryKind, OneItemReplacedForEverNeitherGrowsNorShowsTwice) {
  const auto rows = clustered(200);
  VectorIndex index(options(GetParam()), numbered(200), rows);
  const auto size = index.serialize().size();
  const auto fresh = clustered(500, 5);
  for (std::size_t i = 0; i < 500; ++i) index.add(ItemId{9}, row(fresh, i));
  EXPECT_EQ(index.size(), 200U);
  EXPECT_LT(index.serialize().size(), size * 2);
  const auto all = items_of(search(index, row(fresh, 499), 200));
  EXPECT_EQ(all.size(), 200U);
  EXPECT_EQ(std::count(all.begin(), all.end(), 9U), 1);
  EXPECT_EQ(all[0], 9U);
}

TEST_P(EveryKind, SearchesBesideAddsSeeWholeVectors) {
  const auto rows = clustered(300);
  VectorIndex index(options(GetParam()), numbered(300), rows);
  const auto fresh = clustered(200, 8);
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    for (std::size_t i = 0; i < 200; ++i) {
      index.add(ItemId{static_cast<std::uint32_t>(i % 20 + 290)}, row(fresh, i));
    }
    is_done = true;
  });
  std::size_t searches = 0;
  while (!is_done || searches < 50) {
    const auto answer = search(index, row(fresh, searches % 200), 30);
    EXPECT_EQ(answer.size(), 30U);
    auto items = items_of(answer);
    std::sort(items.begin(), items.end());
    EXPECT_EQ(std::adjacent_find(items.begin(), items.end()), items.end());
    for (const Candidate& candidate : answer) EXPECT_LE(std::abs(candidate.score), 1.0001F);
    ++searches;
  }
  writer.join();
  EXPECT_EQ(index.size(), 310U);
}

TEST_P(EveryKind, WarmWorkspaceGivesTheSameAnswers) {
  const auto rows = clustered(1000);
  const VectorIndex index(options(GetParam()), numbered(1000), rows);
  VectorWorkspace work;
  for (std::size_t q = 0; q < 50; ++q) {
    std::vector<Candidate> out(1 + q * 3);
    out.resize(index.search(row(rows, q), out.size(), nullptr, work, out));
    EXPECT_EQ(items_of(out), items_of(search(index, row(rows, q), 1 + q * 3)));
  }
}

TEST_P(EveryKind, SurvivesItsOwnBytesWithEverythingAdded) {
  const auto rows = clustered(800);
  VectorIndex index(options(GetParam()), numbered(800), rows);
  auto fresh = clustered(800);
  for (float& value : fresh) value += 0.1F;
  for (std::uint32_t i = 0; i < 21; ++i) index.add(ItemId{i * 60}, row(fresh, i));
  const auto bytes = index.serialize();
  const auto copy = VectorIndex::deserialize(bytes);
  EXPECT_EQ(copy->size(), index.size());
  EXPECT_EQ(copy->kind(), index.kind());
  EXPECT_EQ(copy->effort(), index.effort());
  EXPECT_EQ(copy->recall(), index.recall());
  EXPECT_EQ(copy->serialize(), bytes);
  for (std::size_t q = 0; q < 20; ++q) {
    EXPECT_EQ(items_of(search(*copy, row(fresh, q), 1)), items_of(search(index, row(fresh, q), 1)));
  }
  copy->add(ItemId{5}, row(fresh, 0));  // and goes on learning
  EXPECT_GT(copy->similarity(ItemId{5}, ItemId{0}), 0.9999F);
}

INSTANTIATE_TEST_SUITE_P(Vectors, EveryKind,
                         ::testing::Values(VectorKind::exact, VectorKind::ivf, VectorKind::hnsw),
                         [](const auto& kind) {
                           return std::string(kind.param == VectorKind::exact ? "exact"
                                              : kind.param == VectorKind::ivf ? "ivf"
                                                                              : "hnsw");
                         });

TEST(VectorIndex, StartsEmptyAndGrows) {
  VectorIndex index({.dim = 2}, {}, {});
  VectorWorkspace work;
  std::vector<Candidate> out(3);
  EXPECT_EQ(index.search(std::vector{1.0F, 0.0F}, 3, nullptr, work, out), 0U);
  index.add(ItemId{4}, std::vector{0.0F, 2.0F});
  EXPECT_EQ(index.search(std::vector{1.0F, 1.0F}, 3, nullptr, work, out), 1U);
  EXPECT_EQ(out[0].item, ItemId{4});
  EXPECT_EQ(VectorIndex::deserialize(index.serialize())->size(), 1U);
}

TEST(VectorIndex, LeavesOutZeroRowsAndUnknownItems) {
  const std::vector<float> rows{1, 0, 0, 0, 0, 1};
  const VectorIndex index({.dim = 2}, numbered(3), rows);
  EXPECT_EQ(index.size(), 2U);
  std::vector<float> copy(6, 9.0F);
  const std::vector<ItemId> asked{ItemId{2}, ItemId{1}, ItemId{77}};
  EXPECT_EQ(index.copy_vectors(asked, copy), 1U);
  EXPECT_EQ(copy, (std::vector<float>{0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(index.similarity(ItemId{0}, kNoItem), 0.0F);
}

TEST(VectorIndex, KeepsLengthsWhenNotNormalized) {
  const std::vector<float> rows{1, 0, 3, 0};
  const VectorIndex index({.dim = 2, .normalize = false}, numbered(2), rows);
  VectorWorkspace work;
  std::vector<Candidate> out(2);
  ASSERT_EQ(index.search(std::vector{2.0F, 0.0F}, 2, nullptr, work, out), 2U);
  EXPECT_EQ(out[0].score, 6.0F);
  EXPECT_EQ(out[1].score, 2.0F);
}

TEST(VectorIndex, QueryOfZerosOrNaNFindsNothing) {
  const VectorIndex index({.dim = 2}, numbered(1), std::vector{1.0F, 1.0F});
  VectorWorkspace work;
  std::vector<Candidate> out(1);
  EXPECT_EQ(index.search(std::vector{0.0F, 0.0F}, 1, nullptr, work, out), 0U);
  EXPECT_EQ(index.search(std::vector{NAN, 1.0F}, 1, nullptr, work, out), 0U);
  EXPECT_EQ(index.search(std::vector{1.0F}, 1, nullptr, work, out), 0U);
}

TEST(VectorIndex, RefusesBadRowsAndNamesThem) {
  const std::vector<float> nan{1, 2, NAN, 0};
  EXPECT_THROW(VectorIndex({.dim = 2}, numbered(2), nan), DataError);
  EXPECT_THROW(VectorIndex({.dim = 2}, numbered(3), std::vector{1.0F}), DataError);
  const std::vector<ItemId> twice{ItemId{1}, ItemId{1}};
  try {
    const VectorIndex index({.dim = 1}, twice, std::vector{1.0F, 1.0F});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("row 1 repeats item 1"), std::string::npos);
  }
  VectorIndex index({.dim = 1}, {}, {});
  EXPECT_THROW(index.add(ItemId{0}, std::vector{0.0F}), DataError);
  EXPECT_THROW(index.add(ItemId{0}, std::vector{1.0F, 1.0F}), DataError);
  EXPECT_THROW(index.add(kNoItem, std::vector{1.0F}), DataError);
}

TEST(VectorIndex, RefusesBadOptions) {
  EXPECT_THROW(VectorIndexOptions{}.validate(), ConfigError);
  EXPECT_THROW((VectorIndexOptions{.dim = 4, .target_recall = 1.5}.validate()), ConfigError);
  EXPECT_THROW((VectorIndexOptions{.dim = 4, .side_rows = 0}.validate()), ConfigError);
}

/// A third of the clusters, never the one of the item: all its neighbours are refused.
Bitmap elsewhere(std::size_t items, std::size_t item) {
  Bitmap allowed(items);
  for (std::size_t i = 0; i < items; ++i) {
    if (i / 50 % 3 == (item / 50 + 1) % 3) allowed.set(i);
  }
  return allowed;
}

TEST(VectorIndex, CellsThatAFilterEmptiesAreMadeUpForByOthers) {
  constexpr std::size_t kItems = 15'000;
  const auto rows = clustered(kItems);
  const VectorIndex index(options(VectorKind::ivf), numbered(kItems), rows);
  std::size_t found = 0;
  for (std::size_t q = 0; q < 100; ++q) {
    const Bitmap allowed = elsewhere(kItems, q * 149);
    ASSERT_GT(allowed.count(), 4'096U);  // fewer are listed one by one
    const auto query = row(rows, q * 149);
    found +=
        common(items_of(search(index, query, 20, &allowed)), reference(rows, query, 20, &allowed));
  }
  EXPECT_GE(found, 1'900U);
}

TEST(VectorIndex, AsManyCellsAreVisitedAsProbesSays) {
  const auto rows = clustered(4'000);
  auto some = options(VectorKind::ivf);
  some.lists = 200;
  some.probes = 1;
  const VectorIndex index(some, numbered(4'000), rows);
  EXPECT_EQ(index.effort(), 1U);
  some.probes = 200;
  const VectorIndex all(some, numbered(4'000), rows);
  EXPECT_EQ(all.effort(), 200U);
  EXPECT_LT(index.recall(), all.recall());
  EXPECT_GT(all.recall(), 0.999);
}

TEST(VectorIndex, MoreRecallVisitsMoreCells) {
  const auto rows = clustered(4'000);
  auto some = options(VectorKind::ivf);
  some.target_recall = 0.8;
  const VectorIndex less(some, numbered(4'000), rows);
  some.target_recall = 0.999;
  const VectorIndex more(some, numbered(4'000), rows);
  EXPECT_LT(less.effort(), more.effort());
  EXPECT_GE(less.recall(), 0.8);
  EXPECT_GE(more.recall(), 0.999);
}

TEST(VectorIndex, AutomaticTakesCellsForLargeCatalogues) {
  const VectorIndex small({.dim = kDim}, numbered(100), clustered(100));
  EXPECT_EQ(small.kind(), VectorKind::exact);
  const VectorIndex large({.dim = kDim, .build_threads = 1}, numbered(20'050), clustered(20'050));
  EXPECT_EQ(large.kind(), VectorKind::ivf);
  EXPECT_GE(large.recall(), 0.97);
}

}  // namespace
}  // namespace aisle::vectors
