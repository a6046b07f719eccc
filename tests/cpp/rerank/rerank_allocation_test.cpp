#include <gtest/gtest.h>

#include "aisle/rerank/calibration.h"
#include "aisle/rerank/dpp.h"
#include "aisle/rerank/exposure.h"
#include "aisle/rerank/mmr.h"
#include "aisle/rerank/novelty.h"
#include "aisle/rerank/xquad.h"

// Sanitizers bring their own operator new; this file then has nothing to say.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <array>
#include <numeric>
#include <vector>

#include "../counted_allocations.h"

namespace aisle::rerank {
namespace {

/// One of each, on pools of several sizes.
struct All {
  MmrWorkspace mmr;
  DppWorkspace dpp;
  XquadWorkspace xquad;
  CalibrationWorkspace calibration;
  NoveltyWorkspace novelty;
  ExposureWorkspace exposure;
  Aspects aspects;

  void rerank(std::span<const float> relevance, std::span<const float> rows,
              std::span<const std::uint32_t> codes, std::span<std::uint32_t> picked) {
    const std::size_t dim = rows.size() / relevance.size();
    const std::array<std::span<const std::uint32_t>, 1> columns{codes};
    constexpr std::array<float, 3> kInterest{1.0F, 2.0F, 0.0F};
    constexpr std::array<ExposureLimit, 1> kLimits{{{.at_least = 2, .at_most = 3}}};
    std::array<std::uint64_t, 64> groups{};
    groups[1] = groups[9] = 1;
    aspects.begin();
    for (const std::uint32_t code : codes) aspects.add({&code, 1});
    mmr_by_vectors(relevance, rows.data(), dim, {}, mmr, picked);
    dpp_by_vectors(relevance, rows.data(), dim, {}, dpp, picked);
    dpp_by_attributes(relevance, columns, {}, dpp, picked);
    aisle::rerank::xquad(relevance, aspects, {}, {}, xquad, picked);
    calibrate(relevance, aspects, kInterest, {}, calibration, picked);
    expose(codes, groups, kLimits, exposure, picked);
    favour_novelty(relevance, relevance, 1e3, {}, novelty, picked);
  }
};

TEST(WarmRerankers, AllocateNothing) {
  std::vector<float> relevance(60);
  std::vector<float> rows(60 * 4, 0.5F);
  std::vector<std::uint32_t> codes(60);
  std::iota(relevance.rbegin(), relevance.rend(), 0.0F);
  std::iota(codes.begin(), codes.end(), 0U);
  std::array<std::uint32_t, 10> picked{};
  All all;
  const auto rerank_all = [&] {
    for (const std::size_t pool : {60U, 7U, 41U}) {
      all.rerank(std::span(relevance).first(pool), std::span(rows).first(pool * 4),
                 std::span(codes).first(pool), picked);
    }
  };
  rerank_all();
  const std::size_t before = allocations;
  rerank_all();
  EXPECT_EQ(allocations - before, 0U);
}

}  // namespace
}  // namespace aisle::rerank

#endif
