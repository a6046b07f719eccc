#include "aisle/features/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "aisle/base/error.h"
#include "aisle/features/feature_file.h"
#include "aisle/features/history.h"
#include "aisle/features/row_index.h"
#include "small_shop.h"

namespace aisle::features {
namespace {

using namespace small_shop;  // NOLINT(google-build-using-namespace): the tests' own scene

std::string refusal(const Definition& definition) {
  try {
    definition.validate();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(Definition, NamesTheFieldAndTheValueThatDoNotHold) {
  Definition wrong = definition();
  wrong.features[0].window = 5;
  EXPECT_EQ(refusal(wrong),
            "feature \"views\": window must be between a minute and 100 years, got 5 microseconds");
  wrong = definition();
  wrong.features[1].name = "views";
  EXPECT_EQ(refusal(wrong), "feature \"views\": name must be used once, got it twice");
  wrong = definition();
  wrong.features[4].window = kHour;
  EXPECT_EQ(refusal(wrong), "feature \"rate\": window must be given, or half_life, got both");
  wrong = definition();
  wrong.max_values = 0;
  EXPECT_EQ(refusal(wrong), "max_values must be between 1 and 4096, got 0");
  wrong = definition();
  wrong.profile.half_life = 1;
  EXPECT_EQ(refusal(wrong),
            "profile: half_life must be between a minute and 100 years, got 1 microseconds");
  EXPECT_EQ(refusal({}), "features must be at least one, got none");
}

TEST(FeatureStore, KnowsTheLastEventAtOnce) {
  const auto shop = catalog();
  FeatureStore store(definition());
  see(store, *shop, 1, 0, kNow);
  EXPECT_EQ(one(store, *shop, "views", 1, 0, kNow), 1.0F);
  EXPECT_EQ(one(store, *shop, "views", 2, 0, kNow), 1.0F) << "of all visitors";
  EXPECT_EQ(one(store, *shop, "views_brand", 2, 1, kNow), 1.0F) << "of the brand";
  EXPECT_EQ(one(store, *shop, "visitor", 2, 0, kNow), 0.0F);
  EXPECT_EQ(one(store, *shop, "since", 1, 0, kNow + kMinute), 60.0F);
  EXPECT_EQ(one(store, *shop, "affinity", 1, 1, kNow), 0.5F);
  EXPECT_TRUE(std::isnan(one(store, *shop, "affinity", 1, 3, kNow))) << "without a brand";
}

TEST(FeatureStore, CountsNothingForStrangersAndNothingAtAllForNoItem) {
  const auto shop = catalog();
  FeatureStore store(definition());
  see(store, *shop, 1, 0, kNow);
  EXPECT_EQ(one(store, *shop, "views", 1, value_of(kStranger), kNow), 0.0F);
  EXPECT_TRUE(std::isnan(one(store, *shop, "views", 1, value_of(kNoItem), kNow)));
  EXPECT_EQ(one(store, *shop, "visitor", 1, value_of(kNoItem), kNow), 1.0F);
}

TEST(FeatureStore, EndsASessionAtAPauseAndBeginsAVisitorAnewWhenTheyWereAwayForLong) {
  const auto shop = catalog();
  Definition short_lived = definition();
  short_lived.time_to_live = kDay;
  FeatureStore store(short_lived);
  see(store, *shop, 1, 0, kNow);
  see(store, *shop, 1, 1, kNow + kMinute);
  EXPECT_EQ(one(store, *shop, "session", 1, 0, kNow + kMinute), 2.0F);
  EXPECT_EQ(one(store, *shop, "session", 1, 0, kNow + kHour), 0.0F);
  see(store, *shop, 1, 1, kNow + kHour);
  EXPECT_EQ(one(store, *shop, "sessions", 1, 0, kNow + kHour), 2.0F);
  EXPECT_EQ(one(store, *shop, "sessions", 1, 0, kNow + 3 * kDay), 0.0F);
  see(store, *shop, 1, 1, kNow + 3 * kDay);
  EXPECT_EQ(one(store, *shop, "sessions", 1, 0, kNow + 3 * kDay), 1.0F);
}

TEST(FeatureStore, ForgetsAVisitorAndWhatIsOnItsWay) {
  const auto shop = catalog();
  FeatureStore store(definition());
  see(store, *shop, 1, 0, kNow);
  const std::uint32_t ticket = store.ticket(visitor(1));
  EXPECT_TRUE(store.forget(visitor(1)));
  EXPECT_FALSE(store.forget(visitor(1)));
  store.observe(
      {.visitor = visitor(1), .event = {.time = kNow, .item = ItemId{0}}, .ticket = ticket}, *shop);
  EXPECT_EQ(store.visitor_count(), 0U);
  EXPECT_EQ(one(store, *shop, "visitor", 1, 0, kNow), 0.0F);
}

TEST(FeatureStore, KeepsVisitorsWithinItsMemory) {
  const auto shop = catalog();
  Definition small = definition();
  small.memory_limit = 1U << 20U;
  FeatureStore store(small);
  for (std::uint64_t v = 0; v < 20'000; ++v)
    see(store, *shop, v, v % 4, kNow + static_cast<Timestamp>(v) * kSecond);
  EXPECT_LT(store.visitor_count(), 5'000U);
  EXPECT_GT(store.visitor_count(), 500U);
  EXPECT_LT(store.memory_bytes(), 2U << 20U);
  EXPECT_EQ(one(store, *shop, "visitor", 19'999, 0, kNow + 19'999 * kSecond), 1.0F);
  EXPECT_EQ(one(store, *shop, "visitor", 0, 0, kNow), 0.0F) << "the idlest went";
  EXPECT_GT(store.expire(kNow + 400 * kDay), 0U);
  EXPECT_EQ(store.visitor_count(), 0U);
}

TEST(FeatureStore, KeepsTheValuesThatWeighMostAndTheItemsSeenLast) {
  const auto shop = catalog(400);
  Definition few = definition();
  few.max_items = 3;
  few.max_values = 1;
  FeatureStore store(few);
  for (std::uint32_t i = 0; i < 6; ++i) see(store, *shop, 1, i, kNow + i * kSecond);
  EXPECT_TRUE(std::isnan(one(store, *shop, "since", 1, 2, kNow + kMinute)));
  EXPECT_EQ(one(store, *shop, "since", 1, 3, kNow + kMinute), 57.0F);
  see(store, *shop, 1, 0, kNow);  // late, and older than the three
  EXPECT_TRUE(std::isnan(one(store, *shop, "since", 1, 0, kNow + kMinute)));
}

TEST(FeatureStore, IsTheSameInWhateverOrderEventsOfASessionCome) {
  std::mt19937_64 random(3);
  const auto shop = catalog();
  struct One {
    std::uint64_t visitor;
    std::uint32_t item;
    Timestamp time;
    EventType type;
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<One> events(30);
    for (auto& event : events) {
      event = {random() % 3, static_cast<std::uint32_t>(random() % 4),
               kNow + static_cast<Timestamp>(random() % (20 * kMinute)),
               random() % 3 == 0 ? EventType::cart : EventType::view};
    }
    const auto rows = [&] {
      FeatureStore store(definition());
      for (const One& event : events)
        see(store, *shop, event.visitor, event.item, event.time, event.type);
      std::vector<float> all;
      for (std::uint32_t item = 0; item < 4; ++item) {
        for (const float value : row(store, *shop, item % 3, item, kNow + 25 * kMinute))
          all.push_back(value);
      }
      return all;
    };
    const auto first = rows();
    std::ranges::shuffle(events, random);
    const auto second = rows();
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (std::isnan(first[i])) {
        EXPECT_TRUE(std::isnan(second[i]));
      } else {
        EXPECT_NEAR(first[i], second[i], 1e-4 * std::max(1.0F, std::abs(first[i])));
      }
    }
  }
}

TEST(FeatureFile, BringsCountsBackAndLeavesVisitorsOut) {
  const auto shop = catalog();
  FeatureStore store(definition());
  for (std::uint32_t i = 0; i < 40; ++i)
    see(store, *shop, i % 3, i % 4, kNow + i * kMinute,
        i % 5 == 0 ? EventType::cart : EventType::view);
  store.set_counted_until(kNow + 39 * kMinute);
  catalog::BundleBuilder builder;
  write_features(builder, store, *shop);
  const auto bundle = builder.build();
  const auto back = read_features(bundle, *shop);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->plan().definition, store.plan().definition);
  EXPECT_EQ(back->counted_until(), store.counted_until());
  EXPECT_EQ(back->visitor_count(), 0U);
  for (std::uint32_t item = 0; item < 4; ++item) {
    for (const char* const name : {"views", "views_brand", "decayed", "rate"}) {
      const float mine = one(store, *shop, name, 9, item, kNow + kHour);
      const float its = one(*back, *shop, name, 9, item, kNow + kHour);
      EXPECT_TRUE(mine == its || (std::isnan(mine) && std::isnan(its))) << name << item;
    }
  }
  EXPECT_EQ(read_features(catalog::BundleBuilder().build(), *shop), nullptr);
}

TEST(FeatureFile, RefusesRowsThatCannotBe) {
  const auto shop = catalog();
  const FeatureStore store(definition());
  catalog::BundleBuilder whole;
  write_features(whole, store, *shop);
  const auto bundle = whole.build();
  catalog::BundleBuilder builder;
  for (const catalog::Tensor& tensor : bundle->tensors()) {
    if (tensor.name != "features.items") builder.add(tensor, bundle);
  }
  builder.add("features.items", std::vector<Word>(4 * store.items().words(), ~Word{0}));
  EXPECT_THROW((void)read_features(builder.build(), *shop), BundleError);
}

TEST(History, ReadsEachMomentFromTheEventsBeforeIt) {
  const auto shop = catalog();
  FeatureStore store(definition());
  const std::vector<std::uint32_t> visitor = {0, 0, 0};
  const std::vector<ItemId> item(3, ItemId{0});
  const std::vector<Timestamp> time = {kNow + kMinute, kNow, kNow + kMinute};
  const std::vector<std::uint8_t> type(3, 0);
  std::vector<float> out(3 * store.width());
  const LogColumns log{.visitor = visitor,
                       .item = item,
                       .time = time,
                       .type = type,
                       .session = {},
                       .event_id = {},
                       .consent = {}};
  play(store, *shop, log, {visitor, item, time}, Into::all, out, [](std::size_t) { return true; });
  EXPECT_EQ(out[0], 1.0F) << "the other event of that instant is not counted";
  EXPECT_EQ(out[store.width()], 0.0F);
  EXPECT_THROW(play(store, *shop, log, {visitor, item, time}, Into::all, out,
                    [](std::size_t) { return false; }),
               Error);
  const std::vector<Timestamp> beyond(3, std::numeric_limits<Timestamp>::max());
  EXPECT_THROW(play(store, *shop, log, {visitor, item, beyond}, Into::all, out,
                    [](std::size_t) { return true; }),
               DataError);
}

TEST(RowIndex, FindsWhatIsThereWhateverWasTakenOut) {
  std::mt19937_64 random(3);
  std::vector<int> things(200);
  std::map<Key, int*> wanted;
  RowIndex<int> index;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t which = random() % things.size();
    const Key key = which % 40 * 0x10000 + which / 40 + (which % 3 == 0 ? 0x3fU : 0U);  // many meet
    if (index.find(key) == nullptr) {
      index.put(key, &things[which]);
      wanted[key] = &things[which];
    } else if (random() % 2 == 0) {
      index.erase(key);
      wanted.erase(key);
    }
    if (step % 100 != 0) continue;
    ASSERT_EQ(index.size(), wanted.size());
    for (const auto& [each, thing] : wanted) ASSERT_EQ(index.find(each), thing);
  }
}

}  // namespace
}  // namespace aisle::features
