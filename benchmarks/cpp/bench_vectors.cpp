#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "aisle/base/dot.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {
namespace {

constexpr std::size_t kDim = 64;
constexpr std::size_t kQueries = 1 << 10;

std::vector<float> normal_rows(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<float> normal;
  std::vector<float> rows(count * kDim);
  for (float& value : rows) value = normal(rng);
  return rows;
}

/// A hundred items around each centre.
std::vector<float> shop_rows(std::size_t items) {
  const auto centres = normal_rows(items / 100 + 1, 1);
  auto rows = normal_rows(items, 2);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = 0.8F * rows[i] + centres[i / kDim / 100 * kDim + i % kDim];
  }
  return rows;
}

/// Inputs vary: a row and a fainter one, as the taste of a short session is.
std::vector<float> session_queries(const std::vector<float>& rows) {
  std::mt19937_64 rng(3);
  const std::size_t items = rows.size() / kDim;
  std::vector<float> queries(kQueries * kDim);
  for (std::size_t q = 0; q < kQueries; ++q) {
    const std::size_t first = rng() % items;
    const std::size_t second = rng() % items;
    for (std::size_t j = 0; j < kDim; ++j) {
      queries[q * kDim + j] = rows[first * kDim + j] + 0.4F * rows[second * kDim + j];
    }
  }
  return queries;
}

void search(benchmark::State& state, VectorKind kind, double allowed_share) {
  const auto items = static_cast<std::size_t>(state.range(0));
  const auto rows = shop_rows(items);
  const auto queries = session_queries(rows);
  std::vector<ItemId> ids(items);
  for (std::uint32_t i = 0; i < items; ++i) ids[i] = ItemId{i};
  const VectorIndex index({.dim = kDim, .kind = kind}, ids, rows);
  std::mt19937_64 rng(4);
  Bitmap allowed(items);
  for (std::size_t i = 0; i < items; ++i) {
    if (std::uniform_real_distribution<>()(rng) < allowed_share) allowed.set(i);
  }
  VectorWorkspace work;
  std::vector<Candidate> out(20);
  std::size_t next = 0;
  for (auto _ : state) {
    const std::span<const float> query(queries.data() + next * kDim, kDim);
    benchmark::DoNotOptimize(
        index.search(query, 20, allowed_share < 1.0 ? &allowed : nullptr, work, out));
    next = (next + 1) % kQueries;
  }
  state.counters["recall@20"] = index.recall();
  state.counters["effort"] = static_cast<double>(index.effort());
}
BENCHMARK_CAPTURE(search, exact, VectorKind::exact, 1.0)->Arg(20'000)->Arg(100'000);
BENCHMARK_CAPTURE(search, ivf, VectorKind::ivf, 1.0)->Arg(100'000);
BENCHMARK_CAPTURE(search, ivf_half_allowed, VectorKind::ivf, 0.5)->Arg(100'000);
BENCHMARK_CAPTURE(search, ivf_tenth_allowed, VectorKind::ivf, 0.1)->Arg(100'000);
BENCHMARK_CAPTURE(search, ivf_hundredth_allowed, VectorKind::ivf, 0.01)->Arg(100'000);

void rows_kernel(benchmark::State& state) {
  const auto rows = normal_rows(1024, 5);
  const auto queries = normal_rows(kQueries, 6);
  std::vector<float> out(1024);
  std::size_t next = 0;
  for (auto _ : state) {
    dot_rows({queries.data() + next * kDim, kDim}, rows.data(), out);
    benchmark::DoNotOptimize(out.data());
    next = (next + 1) % kQueries;
  }
  state.SetItemsProcessed(state.iterations() * 1024);
  state.SetLabel(std::string(simd_level()));
}
BENCHMARK(rows_kernel);

}  // namespace
}  // namespace aisle::vectors
