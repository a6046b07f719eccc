// Features and profiles of an engine: beside everything else that goes on.

#include "aisle/engine/features.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/engine/profile.h"
#include "aisle/features/feature_file.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene

features::Definition counted() {
  features::Definition definition;
  definition.features = {{.name = "views", .kind = features::Kind::count, .window = kDay},
                         {.name = "mine",
                          .kind = features::Kind::decayed,
                          .of = features::Of::visitor,
                          .half_life = kDay},
                         {.name = "category",
                          .kind = features::Kind::affinity,
                          .column = "category",
                          .half_life = kDay,
                          .prior_weight = 1.0}};
  definition.profile.columns = {"category"};
  return definition;
}

std::shared_ptr<const catalog::Bundle> with_features(const Options& options = {}) {
  const auto plain = bundle(options);
  catalog::BundleBuilder builder;
  for (const catalog::Tensor& tensor : plain->tensors()) builder.add(tensor, plain);
  features::write_features(builder, features::FeatureStore(counted()),
                           *catalog::read_catalog(plain));
  return builder.build();
}

std::vector<float> features_of_two(const Engine& engine, std::string_view visitor) {
  std::vector<float> rows;
  const std::vector<std::string_view> items = {"i1", "nobody knows it"};
  read_features(*engine.model(), engine.people().identities(),
                {.visitor = visitor, .items = items, .now = kNow}, rows);
  return rows;
}

TEST(EngineFeatures, AreThereAtOnceAndGoWithTheirVisitor) {
  Engine engine(with_features(), {}, {});
  see(engine, "v", "i1", kNow);
  const auto rows = features_of_two(engine, "v");
  EXPECT_EQ(rows[0], 1.0F);
  EXPECT_EQ(rows[1], 1.0F);
  EXPECT_EQ(rows[2], 0.5F);
  EXPECT_EQ(rows[3], 0.0F) << "an item that nobody has heard of";
  EXPECT_EQ(rows[4], 1.0F) << "the visitor is the same in all rows";
  EXPECT_TRUE(engine.forget("v"));
  EXPECT_EQ(features_of_two(engine, "v")[1], 0.0F);
  EXPECT_EQ(features_of_two(engine, "v")[0], 1.0F);
}

TEST(EngineFeatures, AreRefusedWhereTheBundleHasNone) {
  const auto engine = shop::engine();
  EXPECT_THROW((void)features_of_two(*engine, "v"), ConfigError);
  EXPECT_THROW((void)read_profile(*engine, "v", kNow), ConfigError);
}

TEST(EngineFeatures, CountEachEventOnceWhileBundlesAreSwapped) {
  Engine engine(with_features(), {}, {});
  std::atomic<int> writers{2};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      threads.emplace_back([&, seed] {
        for (std::size_t i = 0; i < 2'000; ++i) {
          see(engine, name(seed == 1 ? "u" : "w", i % 50), name("i", i % 60),
              kNow + static_cast<Timestamp>(i) * kSecond);
          if (i % 100 == 0) engine.forget("gone");
        }
        --writers;
      });
    }
    threads.emplace_back([&] {
      while (writers.load() > 0) {
        (void)features_of_two(engine, "u1");
        (void)read_profile(engine, "w1", kNow + kHour);
      }
    });
    threads.emplace_back([&] {
      for (std::uint64_t seed = 2; writers.load() > 0; ++seed)
        engine.swap(with_features({.sessions = 50, .seed = seed}), {});
    });
  }
  float views = 0.0F;
  std::vector<float> rows;
  for (std::size_t i = 0; i < 60; ++i) {
    const std::string item = name("i", i);
    const std::vector<std::string_view> one = {item};
    read_features(*engine.model(), engine.people().identities(),
                  {.visitor = "u1", .items = one, .now = kNow + kHour}, rows);
    views += rows[0];
  }
  EXPECT_EQ(views, 4'000.0F);
}

}  // namespace
}  // namespace aisle::engine
