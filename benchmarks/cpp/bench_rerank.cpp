// What diversity costs a request: the best 20 of 200 candidates.

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "aisle/rerank/calibration.h"
#include "aisle/rerank/dpp.h"
#include "aisle/rerank/exposure.h"
#include "aisle/rerank/mmr.h"
#include "aisle/rerank/novelty.h"
#include "aisle/rerank/xquad.h"

namespace aisle::rerank {
namespace {

constexpr std::size_t kPools = 64;  // different ones in turn: the branch predictor learns none
constexpr std::size_t kPool = 200;
constexpr std::size_t kPicked = 20;
constexpr std::size_t kDim = 64;
constexpr std::uint32_t kCategories = 30;

/// Candidates as the scorer leaves them: best first, a long tail, vectors in a few clusters.
struct Candidates {
  std::vector<float> relevance;
  std::vector<float> rows;
  std::vector<std::uint32_t> category;
  std::vector<std::uint32_t> brand;
  std::vector<std::uint64_t> groups;
  std::vector<float> counts;
  std::vector<float> interest;
  Aspects aspects;
};

Candidates make_candidates(std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<float> normal;
  Candidates made;
  std::vector<float> centres(kCategories * kDim);
  for (float& value : centres) value = normal(rng);
  for (std::size_t place = 0; place < kPool; ++place) {
    made.relevance.push_back(1.0F / (1.0F + 0.05F * static_cast<float>(place)));
    const auto category = static_cast<std::uint32_t>(rng() % kCategories);
    made.category.push_back(category);
    made.brand.push_back(static_cast<std::uint32_t>(rng() % 80));
    made.groups.push_back(rng() % 8);
    made.counts.push_back(std::exp(2.0F * normal(rng)));
    made.aspects.add({&category, 1});
    float square = 0.0F;
    for (std::size_t i = 0; i < kDim; ++i) {
      const float value = centres[category * kDim + i] + 0.7F * normal(rng);
      made.rows.push_back(value);
      square += value * value;
    }
    for (std::size_t i = 0; i < kDim; ++i) made.rows[place * kDim + i] /= std::sqrt(square);
  }
  made.interest.assign(kCategories, 0.0F);
  for (std::size_t i = 0; i < 5; ++i) made.interest[rng() % kCategories] += 1.0F;
  return made;
}

template <class Rerank>
void run(benchmark::State& state, Rerank rerank) {
  std::vector<Candidates> pools;
  for (std::size_t i = 0; i < kPools; ++i) pools.push_back(make_candidates(i));
  std::array<std::uint32_t, kPicked> picked{};
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(rerank(pools[next], std::span<std::uint32_t>(picked)));
    benchmark::ClobberMemory();
    next = (next + 1) % kPools;
  }
}

void mmr_vectors(benchmark::State& state) {
  run(state, [work = MmrWorkspace()](const Candidates& all, auto picked) mutable {
    return mmr_by_vectors(all.relevance, all.rows.data(), kDim, {}, work, picked);
  });
}
void dpp_vectors(benchmark::State& state) {
  run(state, [work = DppWorkspace()](const Candidates& all, auto picked) mutable {
    return dpp_by_vectors(all.relevance, all.rows.data(), kDim, {}, work, picked);
  });
}
void dpp_attributes(benchmark::State& state) {
  run(state, [work = DppWorkspace()](const Candidates& all, auto picked) mutable {
    const std::array<std::span<const std::uint32_t>, 2> columns{all.category, all.brand};
    return dpp_by_attributes(all.relevance, columns, {}, work, picked);
  });
}
void xquad_categories(benchmark::State& state) {
  run(state, [work = XquadWorkspace()](const Candidates& all, auto picked) mutable {
    return xquad(all.relevance, all.aspects, all.interest, {}, work, picked);
  });
}
void calibrate_categories(benchmark::State& state) {
  run(state, [work = CalibrationWorkspace()](const Candidates& all, auto picked) mutable {
    return calibrate(all.relevance, all.aspects, all.interest, {}, work, picked);
  });
}
void novelty(benchmark::State& state) {
  run(state, [work = NoveltyWorkspace()](const Candidates& all, auto picked) mutable {
    return favour_novelty(all.relevance, all.counts, 1e6, {}, work, picked);
  });
}
void exposure(benchmark::State& state) {
  std::vector<std::uint32_t> order(kPool);
  std::iota(order.begin(), order.end(), 0U);
  const std::array<ExposureLimit, 3> limits{
      {{.at_least = 3}, {.at_most = 4}, {.at_least = 8, .at_most = 10}}};
  run(state, [&, work = ExposureWorkspace()](const Candidates& all, auto picked) mutable {
    return expose(order, all.groups, limits, work, picked);
  });
}

BENCHMARK(mmr_vectors)->Unit(benchmark::kMicrosecond);
BENCHMARK(dpp_vectors)->Unit(benchmark::kMicrosecond);
BENCHMARK(dpp_attributes)->Unit(benchmark::kMicrosecond);
BENCHMARK(xquad_categories)->Unit(benchmark::kMicrosecond);
BENCHMARK(calibrate_categories)->Unit(benchmark::kMicrosecond);
BENCHMARK(novelty)->Unit(benchmark::kMicrosecond);
BENCHMARK(exposure)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace aisle::rerank
