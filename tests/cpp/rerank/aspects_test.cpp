#include "aisle/rerank/aspects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/rerank/calibration.h"
#include "aisle/rerank/xquad.h"

namespace aisle::rerank {
namespace {

using Places = std::vector<std::uint32_t>;
using Codes = std::vector<std::vector<std::uint32_t>>;
using Floats = std::vector<float>;

Aspects aspects_of(const Codes& codes) {
  Aspects aspects;
  aspects.begin();
  for (const auto& one : codes) aspects.add(one);
  return aspects;
}

Places by_xquad(const Floats& relevance, const Codes& codes, const Floats& interest, float strength,
                std::size_t k) {
  XquadWorkspace work;
  Places picked(k);
  picked.resize(
      xquad(relevance, aspects_of(codes), interest, {.strength = strength}, work, picked));
  return picked;
}

Places by_calibration(const Floats& relevance, const Codes& codes, const Floats& target,
                      float strength, std::size_t k) {
  CalibrationWorkspace work;
  Places picked(k);
  picked.resize(
      calibrate(relevance, aspects_of(codes), target, {.strength = strength}, work, picked));
  return picked;
}

bool has(const std::vector<std::uint32_t>& codes, std::size_t code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

struct Case {
  Floats relevance;  // its best is 1 and its worst 0, so that scaling changes nothing
  Codes codes;
  Floats weights;  // sum to 1
};

Case random_case(std::mt19937_64& rng) {
  constexpr std::size_t kPool = 24;
  constexpr std::size_t kCodes = 6;
  std::uniform_real_distribution<float> uniform;
  Case made{Floats(kPool), Codes(kPool), Floats(kCodes)};
  for (float& value : made.relevance) value = uniform(rng);
  made.relevance[3] = 1.0F;
  made.relevance[20] = 0.0F;
  for (auto& codes : made.codes) {
    for (std::uint32_t code = 0; code < kCodes + 1; ++code) {  // one code beyond the weights
      if (rng() % 3 == 0) codes.push_back(code);
    }
  }
  float sum = 0.0F;
  for (std::size_t code = 1; code < kCodes; ++code) sum += made.weights[code] = uniform(rng);
  for (float& weight : made.weights) weight /= sum;
  return made;
}

/// The mark of the list that ends with `place`, straight from the paper.
double xquad_mark(const Case& all, const Places& before, std::uint32_t place, double strength) {
  double open = 0.0;
  for (std::size_t a = 0; a < all.weights.size(); ++a) {
    const auto share = [&](std::uint32_t i) {
      return has(all.codes[i], a) ? static_cast<double>(all.relevance[i]) : 0.0;
    };
    double part = static_cast<double>(all.weights[a]) * share(place);
    for (const std::uint32_t j : before) part *= 1.0 - share(j);
    open += part;
  }
  return (1.0 - strength) * static_cast<double>(all.relevance[place]) + strength * open;
}

double calibration_mark(const Case& all, const Places& before, std::uint32_t place,
                        double strength) {
  Places list = before;
  list.push_back(place);
  double divergence = 0.0;
  for (std::size_t g = 0; g < all.weights.size(); ++g) {
    const double p = static_cast<double>(all.weights[g]);
    double q = 0.0;
    for (const std::uint32_t i : list) {
      if (!has(all.codes[i], g)) continue;
      q += 1.0 / static_cast<double>(all.codes[i].size()) / static_cast<double>(list.size());
    }
    if (p > 0.0) divergence += p * std::log(p / (0.99 * q + 0.01 * p));
  }
  return (1.0 - strength) * static_cast<double>(all.relevance[place]) - strength * divergence;
}

using Mark = std::function<double(const Case&, const Places&, std::uint32_t, double)>;

void expect_greedy(const Case& all, const Places& picked, float strength, const Mark& mark) {
  Places before;
  for (const std::uint32_t place : picked) {
    double best = -1e9;
    for (std::uint32_t i = 0; i < all.relevance.size(); ++i) {
      if (std::find(before.begin(), before.end(), i) != before.end()) continue;
      best = std::max(best, mark(all, before, i, static_cast<double>(strength)));
    }
    EXPECT_NEAR(mark(all, before, place, static_cast<double>(strength)), best, 1e-6);
    before.push_back(place);
  }
}

TEST(Xquad, EachPickIsTheBestByTheFormula) {
  std::mt19937_64 rng(3);
  for (const float strength : {0.0F, 0.2F, 0.6F, 1.0F}) {
    const Case all = random_case(rng);
    const Places picked = by_xquad(all.relevance, all.codes, all.weights, strength, 12);
    ASSERT_EQ(picked.size(), 12U);
    expect_greedy(all, picked, strength, xquad_mark);
  }
}

TEST(Xquad, BringsTheOtherCategoryForward) {
  const Codes codes{{1}, {1}, {1}, {2}, {2}};
  const Floats relevance{1.0F, 0.8F, 0.7F, 0.5F, 0.0F};
  EXPECT_EQ(by_xquad(relevance, codes, {}, 0.0F, 3), (Places{0, 1, 2}));
  EXPECT_EQ(by_xquad(relevance, codes, {}, 0.9F, 3), (Places{0, 3, 1}));
}

TEST(Xquad, OnlyAspectsOfInterestCount) {
  const Codes codes{{0}, {0}, {1}, {2}, {}};
  const Floats relevance{1.0F, 0.9F, 0.8F, 0.8F, 0.0F};
  EXPECT_EQ(by_xquad(relevance, codes, {1.0F, 0.0F, 3.0F}, 0.9F, 3), (Places{3, 0, 1}));
  EXPECT_EQ(by_xquad(relevance, codes, {0.0F, 0.0F, 0.0F}, 0.9F, 4), (Places{0, 1, 2, 3}));
}

TEST(Xquad, EqualMarksGoToTheEarlierPlace) {
  EXPECT_EQ(by_xquad({2.0F, 2.0F, 2.0F}, {{0}, {1}, {2}}, {}, 0.5F, 3), (Places{0, 1, 2}));
  EXPECT_EQ(by_xquad({2.0F, 1.0F}, {{}, {}}, {}, 1.0F, 2), (Places{0, 1}));
}

TEST(Calibration, EachPickIsTheBestByTheFormula) {
  std::mt19937_64 rng(4);
  for (const float strength : {0.0F, 0.2F, 0.6F, 1.0F}) {
    const Case all = random_case(rng);
    const Places picked = by_calibration(all.relevance, all.codes, all.weights, strength, 12);
    ASSERT_EQ(picked.size(), 12U);
    expect_greedy(all, picked, strength, calibration_mark);
  }
}

TEST(Calibration, ThreeToOneInTheHistoryIsThreeToOneInTheSlate) {
  const Codes codes{{0}, {0}, {0}, {0}, {0}, {1}, {1}};
  const Floats relevance{7.0F, 6.0F, 5.0F, 4.0F, 3.0F, 2.0F, 1.0F};
  const Places picked = by_calibration(relevance, codes, {3.0F, 1.0F}, 0.95F, 4);
  EXPECT_EQ(std::count(picked.begin(), picked.end(), 5U), 1);
  EXPECT_EQ(std::count(picked.begin(), picked.end(), 6U), 0);
}

TEST(Calibration, WithoutAHistoryRelevanceDecides) {
  const Codes codes{{0}, {1}, {0}};
  EXPECT_EQ(by_calibration({3.0F, 2.0F, 1.0F}, codes, {}, 1.0F, 3), (Places{0, 1, 2}));
  EXPECT_EQ(by_calibration({3.0F, 2.0F, 1.0F}, codes, {0.0F, 0.0F}, 0.5F, 3), (Places{0, 1, 2}));
}

TEST(Aspects, EmptyAndShortPools) {
  EXPECT_TRUE(by_xquad({}, {}, {}, 0.5F, 3).empty());
  EXPECT_TRUE(by_calibration({}, {}, {1.0F}, 0.5F, 3).empty());
  EXPECT_EQ(by_calibration({1.0F}, {{0}}, {1.0F}, 0.5F, 3).size(), 1U);
}

TEST(Aspects, BeginForgetsThePoolBefore) {
  Aspects aspects = aspects_of({{1, 2}, {}, {3}});
  EXPECT_EQ(aspects.of(1).size(), 0U);
  EXPECT_EQ(aspects.of(2)[0], 3U);
  aspects.begin();
  EXPECT_EQ(aspects.size(), 0U);
}

TEST(Aspects, OptionsOutsideTheirRangeAreRefused) {
  EXPECT_THROW(XquadOptions{.strength = 1.5F}.validate(), ConfigError);
  EXPECT_THROW((CalibrationOptions{.strength = NAN, .smoothing = 0.01F}.validate()), ConfigError);
  EXPECT_THROW((CalibrationOptions{.strength = 0.5F, .smoothing = 0.0F}.validate()), ConfigError);
}

}  // namespace
}  // namespace aisle::rerank
