#include <gtest/gtest.h>

#include "aisle/vectors/vector_index.h"

// Sanitizers bring their own operator new; this file then has nothing to say.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <initializer_list>
#include <random>
#include <vector>

#include "../counted_allocations.h"

namespace aisle::vectors {
namespace {

class WarmSearch : public ::testing::TestWithParam<VectorKind> {};

TEST_P(WarmSearch, AllocatesNothing) {
  constexpr std::size_t kItems = 3000;
  constexpr std::size_t kDim = 16;
  std::mt19937_64 rng(1);
  std::normal_distribution<float> normal;
  std::vector<float> rows(kItems * kDim);
  for (float& value : rows) value = normal(rng);
  std::vector<ItemId> ids(kItems);
  for (std::uint32_t i = 0; i < kItems; ++i) ids[i] = ItemId{i};
  VectorIndex index({.dim = kDim, .kind = GetParam(), .build_threads = 1}, ids, rows);
  for (std::uint32_t i = 0; i < 50; ++i) {
    index.add(ItemId{i * 100}, std::span(rows).subspan(i * kDim, kDim));
  }
  Bitmap half(kItems);
  for (std::size_t i = 0; i < kItems; i += 2) half.set(i);
  const Bitmap few(20, true);
  VectorWorkspace work;
  std::vector<Candidate> out(50);
  const auto search_all = [&] {
    for (std::size_t q = 0; q < 100; ++q) {
      const auto query = std::span<const float>(rows).subspan(q * kDim, kDim);
      for (const Bitmap* allowed : std::initializer_list<const Bitmap*>{nullptr, &half, &few}) {
        index.search(query, 1 + q % 50, allowed, work, out);
      }
    }
  };
  search_all();
  const std::size_t before = allocations;
  search_all();
  EXPECT_EQ(allocations - before, 0U);
}

INSTANTIATE_TEST_SUITE_P(Vectors, WarmSearch,
                         ::testing::Values(VectorKind::exact, VectorKind::ivf, VectorKind::hnsw));

}  // namespace
}  // namespace aisle::vectors

#endif
