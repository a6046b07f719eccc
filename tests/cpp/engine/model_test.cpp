// Bundles that are whole as files and still cannot be served.

#include "aisle/live/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "aisle/base/error.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene

/// The same bundle without an array, or with another in its place.
std::shared_ptr<const catalog::Bundle> without(
    const std::shared_ptr<const catalog::Bundle>& whole, std::string_view left_out,
    const std::function<void(catalog::BundleBuilder&)>& add = {}) {
  catalog::BundleBuilder builder;
  for (const catalog::Tensor& tensor : whole->tensors()) {
    if (tensor.name != left_out) builder.add(tensor, whole);
  }
  if (add) add(builder);
  return builder.build();
}

std::string refusal_of(const std::shared_ptr<const catalog::Bundle>& bundle) {
  try {
    const live::Model model(bundle, {}, 0);
  } catch (const BundleError& error) {
    return error.what();
  }
  return "";
}

template <class T>
std::shared_ptr<const catalog::Bundle> with_change(
    const std::shared_ptr<const catalog::Bundle>& whole, const std::string& name,
    const std::function<void(std::vector<T>&)>& change) {
  const auto values = whole->array<T>(name);
  std::vector<T> changed(values.begin(), values.end());
  change(changed);
  return without(whole, name,
                 [&](catalog::BundleBuilder& builder) { builder.add(name, std::move(changed)); });
}

TEST(Model, OpensWhatFitMade) { EXPECT_EQ(refusal_of(bundle()), ""); }

TEST(Model, NamesAnArrayThatIsMissing) {
  const auto whole = bundle();
  for (const catalog::Tensor& tensor : whole->tensors()) {
    const std::string& name = tensor.name;
    const bool is_optional = name == "vectors.index" || name.starts_with("pairs.cart") ||
                             name.starts_with("pairs.purchase") || name == "pairs.view.offsets";
    if (is_optional || name.starts_with("catalog.")) continue;
    EXPECT_NE(refusal_of(without(whole, name)).find(name), std::string::npos) << name;
  }
}

TEST(Model, RefusesNumbersOutOfRange) {
  const auto whole = bundle();
  const auto expect_refused = [&](const std::shared_ptr<const catalog::Bundle>& damaged,
                                  const char* word) {
    EXPECT_NE(refusal_of(damaged).find(word), std::string::npos) << word;
  };
  using U32 = std::uint32_t;
  expect_refused(with_change<U32>(whole, "sessions.items", [](auto& v) { v[0] = 60; }), "items");
  expect_refused(with_change<U32>(whole, "sessions.postings", [](auto& v) { v[0] = 1U << 30U; }),
                 "postings");
  expect_refused(with_change<U32>(whole, "sessions.offsets", [](auto& v) { v[1] = 1U << 30U; }),
                 "offsets");
  expect_refused(with_change<U32>(whole, "pairs.view.items", [](auto& v) { v[0] = 60; }),
                 "co-visitation");
  expect_refused(with_change<float>(whole, "pairs.view.forward", [](auto& v) { v.pop_back(); }),
                 "co-visitation");
  expect_refused(with_change<float>(whole, "returns", [](auto& v) { v.pop_back(); }), "returns");
  expect_refused(with_change<float>(whole, "returns", [](auto& v) { v[3] = NAN; }), "returns[3]");
  expect_refused(with_change<float>(whole, "trending.count", [](auto& v) { v[5] = NAN; }),
                 "trending.count[5]");
  expect_refused(with_change<float>(whole, "trending.count", [](auto& v) { v.pop_back(); }),
                 "trending");
  expect_refused(with_change<float>(whole, "trending.count", [](auto& v) { v[5] = -2; }),
                 "trending.count[5]");
  expect_refused(with_change<double>(whole, "trending.heat", [](auto& v) { v[5] = INFINITY; }),
                 "trending.heat[5]");
  expect_refused(with_change<float>(whole, "returns", [](auto& v) { v[3] = -1; }), "returns[3]");
  expect_refused(with_change<float>(whole, "pairs.view.forward", [](auto& v) { v[2] = NAN; }),
                 "pairs.view.forward[2]");
  expect_refused(with_change<float>(whole, "pairs.view.backward", [](auto& v) { v[2] = -1; }),
                 "pairs.view.backward[2]");
  expect_refused(with_change<std::uint16_t>(whole, "sessions.distinct", [](auto& v) { v[0] = 0; }),
                 "distinct");
  expect_refused(
      with_change<std::int64_t>(whole, "trending.half_life", [](auto& v) { v[0] = kSecond - 1; }),
      "trending.half_life");
  expect_refused(with_change<std::int64_t>(whole, "pairs.half_life", [](auto& v) { v[0] = -1; }),
                 "pairs.half_life");
  expect_refused(with_change<std::int64_t>(whole, "newest", [](auto& v) { v.push_back(1); }),
                 "newest");
}

TEST(Model, RefusesWeightsThatAreNoNumbers) {
  const auto whole = bundle();
  const auto with_weights = [&](std::vector<float> weights) {
    return without(whole, "scorer.weights", [&](catalog::BundleBuilder& builder) {
      builder.add("scorer.weights", std::move(weights));
    });
  };
  EXPECT_EQ(refusal_of(with_weights(std::vector<float>(score::kFeatures, 1.0F))), "");
  EXPECT_NE(refusal_of(with_weights({1.0F})).find("scorer.weights"), std::string::npos);
  std::vector<float> bad(score::kFeatures, 1.0F);
  bad[7] = INFINITY;
  EXPECT_NE(refusal_of(with_weights(bad)).find("scorer.weights[7]"), std::string::npos);
}

TEST(Model, RefusesAnIndexOfAnotherCatalogue) {
  const auto whole = bundle();
  const auto other = bundle({.items = 40});
  catalog::BundleBuilder builder;
  for (const catalog::Tensor& tensor : whole->tensors()) {
    if (!tensor.name.starts_with("sessions.")) builder.add(tensor, whole);
  }
  for (const catalog::Tensor& tensor : other->tensors()) {
    if (tensor.name.starts_with("sessions.")) builder.add(tensor, other);
  }
  EXPECT_NE(refusal_of(builder.build()).find("catalogue"), std::string::npos);
}

TEST(Model, ServesExtremeButValidTimesWithoutOverflow) {
  const auto whole = bundle();
  for (const std::int64_t first : {INT64_MIN, INT64_MAX}) {
    const auto odd = with_change<std::int64_t>(whole, "trending.first_seen",
                                               [&](auto& v) { std::ranges::fill(v, first); });
    const live::Model model(odd, {}, 0);
    EXPECT_TRUE(std::isfinite(model.facts(ItemId{1}, kNow, nullptr).days_known));
  }
}

TEST(Model, ServesHeatBeyondEveryNumber) {
  const auto hot =
      with_change<double>(bundle(), "trending.heat", [](auto& v) { std::ranges::fill(v, 1e300); });
  Engine engine(hot, live::Strategy{}, {});
  slate::Slate slate;
  engine.recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 20, .now = kNow}, slate);
  EXPECT_EQ(slate.items.size(), 20U);
  for (const slate::SlateItem& one : slate.items) EXPECT_TRUE(std::isfinite(one.score));
}

TEST(Model, PutsAScoreThatIsNoNumberLast) {
  const auto whole = bundle();
  std::vector<float> weights(score::kFeatures, 3e38F);
  for (std::size_t i = 0; i < weights.size(); i += 2) weights[i] = -3e38F;
  const auto odd = without(whole, "scorer.weights", [&](catalog::BundleBuilder& builder) {
    builder.add("scorer.weights", std::move(weights));
  });
  Engine engine(odd, live::Strategy{}, {});
  for (std::size_t i = 0; i < 6; ++i)
    see(engine, "v", name("i", i), kNow + static_cast<Timestamp>(i));
  slate::Slate slate;
  engine.recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 30, .now = kNow}, slate);
  EXPECT_EQ(slate.items.size(), 30U);
  for (const slate::SlateItem& one : slate.items) EXPECT_FALSE(std::isnan(one.score));
}

TEST(Fit, RefusesColumnsThatDoNotFit) {
  const std::vector<std::uint32_t> session{0, 0};
  const std::vector<ItemId> item{ItemId{0}, ItemId{1}};
  const std::vector<Timestamp> time{1, 2};
  const std::vector<EventType> type{EventType::view, EventType::view};
  const std::vector<std::uint32_t> rank{0};
  const auto run = [&](std::size_t items, bool go_on = true) {
    catalog::BundleBuilder builder;
    fit({.session = session,
         .item = item,
         .time = time,
         .type = type,
         .session_rank = rank,
         .item_count = items},
        {}, builder, [&](std::string_view, double) { return go_on; });
  };
  EXPECT_NO_THROW(run(2));
  EXPECT_THROW(run(1), ConfigError) << "item 1 of one item";
  EXPECT_THROW(run(2, false), Error) << "progress said stop";
}

TEST(Fit, MakesTheSameBundleOfTheSameLog) {
  const auto one = bundle();
  const auto two = bundle();
  ASSERT_EQ(one->tensors().size(), two->tensors().size());
  for (const catalog::Tensor& tensor : one->tensors()) {
    EXPECT_TRUE(std::ranges::equal(tensor.bytes, two->get(tensor.name).bytes)) << tensor.name;
  }
}

}  // namespace
}  // namespace aisle::engine
