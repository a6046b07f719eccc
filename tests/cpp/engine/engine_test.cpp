#include "aisle/engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "aisle/base/error.h"
#include "shop.h"

namespace aisle::engine {
namespace {

using namespace shop;  // NOLINT(google-build-using-namespace): the tests' own scene

std::uint64_t counted(const Engine& engine, Observed outcome) {
  return engine.observed()[static_cast<std::size_t>(outcome)];
}

TEST(Observe, SaysWhatBecameOfAnEventAndCountsIt) {
  const auto engine = shop::engine();
  EXPECT_EQ(see(*engine, "v", "i1", kNow), Observed::accepted);
  EXPECT_EQ(see(*engine, "v", "i1", kNow), Observed::duplicate);
  EXPECT_EQ(see(*engine, "v", "i2", kNow - kMinute), Observed::reordered);
  EXPECT_EQ(see(*engine, "v", "i2", kNow - 2 * kHour), Observed::late);
  EXPECT_EQ(engine->observe({.visitor = "v", .item = "i3", .time = kNow + kHour}, kNow),
            Observed::future);
  EXPECT_EQ(
      engine->observe({.visitor = "v", .item = "i3", .time = kNow, .has_consent = false}, kNow),
      Observed::no_consent);
  for (std::size_t i = 0; i < kObserved; ++i) {
    const auto outcome = static_cast<Observed>(i);
    EXPECT_EQ(counted(*engine, outcome), outcome == Observed::item_limit ? 0U : 1U) << i;
  }
}

TEST(Observe, TakesAnEventIdOnce) {
  const auto engine = shop::engine();
  const auto with_id = [&](std::string_view item, Timestamp time) {
    return engine->observe({.visitor = "v", .item = item, .time = time, .event_id = "e-1"}, kNow);
  };
  EXPECT_EQ(with_id("i1", kNow), Observed::accepted);
  EXPECT_EQ(with_id("i2", kNow + 1), Observed::duplicate);
}

TEST(Observe, LetsARefusedEventComeAgainWithItsId) {
  const auto engine = shop::engine();
  const auto at = [&](std::string_view item, Timestamp time) {
    return engine->observe({.visitor = "v", .item = item, .time = time, .event_id = "e-1"}, kNow);
  };
  EXPECT_EQ(at("i1", kNow + kHour), Observed::future);
  EXPECT_THROW(at("", kNow), DataError);
  EXPECT_THROW(at("\xff\xfe", kNow), DataError);
  EXPECT_EQ(at("i1", kNow), Observed::accepted);
}

TEST(Observe, LetsAnEventFromTheFutureNameNoItem) {
  const auto engine = shop::engine();
  const std::size_t items = engine->model()->item_count();
  engine->observe({.visitor = "v", .item = "spam", .time = kNow + kHour}, kNow);
  EXPECT_EQ(engine->model()->item_count(), items);
}

TEST(Observe, LetsALateEventNameNoItemAndComeAgainWithItsId) {
  const auto engine = shop::engine();
  see(*engine, "v", "i1", kNow);
  const std::size_t items = engine->model()->item_count();
  const auto observe = [&](std::string_view visitor, std::string_view item) {
    return engine->observe(
        {.visitor = visitor, .item = item, .time = kNow - 2 * kHour, .event_id = "e-1"}, kNow);
  };
  EXPECT_EQ(observe("v", "spam"), Observed::late);
  EXPECT_EQ(engine->model()->item_count(), items);
  EXPECT_EQ(observe("v", "i2"), Observed::late);
  EXPECT_EQ(observe("w", "i2"), Observed::accepted);
}

TEST(Observe, LetsAnEventBehindAFullMemoryNameNoItem) {
  const auto engine = shop::engine({}, {}, {.sessions = {.max_events = 4}});
  for (int i = 0; i < 4; ++i) see(*engine, "v", "i1", kNow + i * kSecond);
  const std::size_t items = engine->model()->item_count();
  EXPECT_EQ(see(*engine, "v", "spam", kNow - kSecond), Observed::late);
  EXPECT_EQ(engine->model()->item_count(), items);
}

TEST(Observe, RefusesIdsThatAreNone) {
  const auto engine = shop::engine();
  const std::string too_long(4097, 'x');
  const auto observe = [&](std::string_view visitor, std::string_view item) {
    engine->observe({.visitor = visitor, .item = item, .time = kNow}, kNow);
  };
  for (const std::string_view bad :
       {std::string_view(), std::string_view(too_long), std::string_view("\xc3\x28")}) {
    EXPECT_THROW(observe(bad, "i1"), DataError);
    EXPECT_THROW(observe("v", bad), DataError);
  }
  EXPECT_EQ(engine->sessions().size(), 0U) << "nothing was taken in";
  EXPECT_NO_THROW(observe(std::string(4096, 'v'), std::string(4096, 'i')));
}

TEST(Observe, RefusesTimesThatMemoryCannotHold) {
  const auto engine = shop::engine();
  using Limits = std::numeric_limits<Timestamp>;
  for (const Timestamp time : {Limits::min(), Limits::max(), session::kLatest + 1})
    EXPECT_THROW(see(*engine, "v", "i1", time), DataError) << time;
  EXPECT_EQ(see(*engine, "v", "i1", -session::kLatest), Observed::accepted);
  EXPECT_EQ(see(*engine, "v", "i1", session::kLatest - kHour), Observed::accepted);
}

TEST(Observe, RefusesNewItemsBeyondTheLimit) {
  const auto engine = shop::engine({}, {}, {.max_items = 62});
  EXPECT_EQ(see(*engine, "v", "new-1"), Observed::accepted);
  EXPECT_EQ(see(*engine, "v", "new-2", kNow + 1), Observed::accepted);
  EXPECT_EQ(see(*engine, "v", "new-3", kNow + 2), Observed::item_limit);
  EXPECT_EQ(see(*engine, "v", "i5", kNow + 3), Observed::accepted);
}

/// A random log in columns.
struct Log {
  catalog::Dictionary visitors;
  catalog::Dictionary items;
  std::vector<std::uint32_t> visitor;
  std::vector<std::uint32_t> item;
  std::vector<Timestamp> time;
  std::vector<std::uint8_t> type;

  explicit Log(std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint64_t draw = mix(row);
      visitor.push_back(visitors.insert(name("v", draw % 15)));
      const bool has_item = (draw >> 50U) % 20 != 0;
      item.push_back(has_item ? items.insert(name("i", (draw >> 8U) % 70)) : value_of(kNoItem));
      time.push_back(kNow + static_cast<Timestamp>(row) * kMinute -
                     static_cast<Timestamp>((draw >> 30U) % 90) * kMinute);
      type.push_back(has_item ? static_cast<std::uint8_t>((draw >> 40U) % 4) : 5U);
    }
  }
  [[nodiscard]] LogColumns columns() const {
    return {.visitor = visitor,
            .item = item,
            .session = {},
            .time = time,
            .type = type,
            .value = {},
            .visitors = &visitors,
            .items = &items};
  }
};

TEST(ObserveMany, IsObserveRowByRow) {
  const Log log(3000);
  const auto many = shop::engine();
  const auto single = shop::engine();
  const Timestamp now = kNow + 2000 * kMinute;  // some rows are from the future
  const auto counts = many->observe_many(log.columns(), now);
  RawEvent event;
  std::uint64_t without_item = 0;
  for (std::size_t row = 0; row < log.time.size(); ++row) {
    if (log.columns().event(row, event)) {
      single->observe(event, now);
    } else {
      ++without_item;
    }
  }
  EXPECT_EQ(many->observed(), single->observed());
  EXPECT_EQ(counts[kObserved], without_item);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), log.time.size());
  for (std::size_t v = 0; v < 15; ++v)
    EXPECT_EQ(ask(*many, name("v", v), 40, {}, {}, now),
              ask(*single, name("v", v), 40, {}, {}, now));
}

TEST(ObserveMany, KeepsNothingOfRowsWithoutConsent) {
  const Log log(500);
  const std::vector<std::uint8_t> consent(500, 0);
  LogColumns columns = log.columns();
  columns.consent = consent;
  const auto engine = shop::engine();
  const auto counts = engine->observe_many(columns, kNow + kDay);
  EXPECT_EQ(counts[static_cast<std::size_t>(Observed::no_consent)] + counts[kObserved], 500U);
  EXPECT_EQ(engine->sessions().size(), 0U);
  EXPECT_EQ(engine->model()->item_count(), 60U);
  RawEvent event;
  EXPECT_FALSE(columns.event(0, event) && event.has_consent);
}

TEST(ObserveMany, RefusesColumnsThatDoNotFitBeforeItTakesAnythingIn) {
  Log log(10);
  const auto engine = shop::engine();
  log.type[9] = kEventTypes;
  EXPECT_THROW(engine->observe_many(log.columns(), kNow), ConfigError);
  log.type[9] = 0;
  log.time[9] = std::numeric_limits<Timestamp>::max();
  try {
    engine->observe_many(log.columns(), kNow);
    FAIL() << "a time that memory cannot hold";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("row 9 of the log"), std::string::npos);
  }
  log.time.pop_back();
  EXPECT_THROW(engine->observe_many(log.columns(), kNow), ConfigError);
  EXPECT_EQ(engine->sessions().size(), 0U);
}

TEST(Forget, LeavesTheEngineAsIfTheVisitorHadNeverBeen) {
  const auto engine = shop::engine();
  const auto nobody = ask(*engine, "nobody", 30);
  engine->observe({.visitor = "v", .item = "i3", .time = kNow}, kNow, false);
  EXPECT_NE(ask(*engine, "v", 30), nobody);
  EXPECT_TRUE(engine->forget("v"));
  EXPECT_FALSE(engine->forget("v"));
  EXPECT_EQ(ask(*engine, "v", 30), nobody);
  EXPECT_EQ(engine->sessions().size(), 0U);
}

TEST(Forget, TakesTheRunningSessionOutOfTheLiveIndex) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  std::array<std::uint64_t, 4> numbers{};
  const auto& live = engine->model()->live_sessions();
  ASSERT_EQ(live.sessions_of(ItemId{3}, numbers), 1U);
  EXPECT_TRUE(live.has(numbers[0]));
  engine->forget("v");
  EXPECT_FALSE(live.has(numbers[0]));
}

TEST(Forget, TakesEarlierSessionsOutOfTheLiveIndexToo) {
  const auto engine = shop::engine();
  for (int day = 0; day < 3; ++day) see(*engine, "v", "i3", kNow + day * kDay);
  see(*engine, "w", "i3", kNow + 3 * kDay);
  std::array<std::uint64_t, 8> numbers{};
  const auto& live = engine->model()->live_sessions();
  ASSERT_EQ(live.sessions_of(ItemId{3}, numbers), 4U);
  engine->forget("v");
  EXPECT_EQ(std::ranges::count_if(numbers, [&](auto n) { return n != 0 && live.has(n); }), 1)
      << "w's alone";
}

TEST(Slate, KeepsItsIdsThroughASwap) {
  const auto engine = shop::engine();
  const std::weak_ptr<live::Model> old = engine->model();
  slate::Slate slate;
  engine->recommend({.visitor = "v", .session = {}, .anchor = {}, .k = 5, .now = kNow}, slate);
  engine->swap(bundle({.items = 50, .seed = 5}), {});
  EXPECT_FALSE(old.expired());
  EXPECT_TRUE(slate.names[0].starts_with("i"));
  slate = {};
  EXPECT_TRUE(old.expired());
}

/// One item with a price, stock, brand and tags.
std::unique_ptr<catalog::Catalog> told(std::string_view id, double price, double stock) {
  auto ids = std::make_shared<catalog::Dictionary>();
  ids->insert(id);
  auto made = std::make_unique<catalog::Catalog>(ids);
  made->add_column("price", catalog::AttributeKind::number).set_number(ItemId{0}, price);
  made->add_column("stock", catalog::AttributeKind::number).set_number(ItemId{0}, stock);
  auto& brand = made->add_column("brand", catalog::AttributeKind::category);
  brand.set_code(ItemId{0}, brand.encode("Acme"));
  auto& tags = made->add_column("tags", catalog::AttributeKind::labels);
  const std::vector<std::uint32_t> labels{tags.encode("new"), tags.encode("blue")};
  tags.set_code(ItemId{0}, tags.sets()->insert(labels));
  return made;
}

TEST(UpdateItems, WritesEveryCellAndASwapKeepsThem) {
  const auto engine = shop::engine();
  engine->update_items(*told("i3", 0.5, 0.0));
  engine->update_items(*told("fresh", 7.0, 1.0));
  for (int round = 0; round < 3; ++round) {
    const auto model = engine->model();
    const auto& items = model->catalog();
    const ItemId fresh{*items.items()->find("fresh")};
    const ItemId three{*items.items()->find("i3")};
    EXPECT_EQ(items.column("price").number(three), 0.5);
    EXPECT_EQ(items.column("price").number(fresh), 7.0);
    EXPECT_FALSE(items.available(three, kNow));
    EXPECT_EQ(items.column("brand").text(fresh), "Acme");
    EXPECT_TRUE(items.column("brand").is_null(ItemId{*items.items()->find("i20")}));
    const auto& tags = items.column("tags");
    const auto labels = tags.sets()->labels(tags.code(fresh));
    ASSERT_EQ(labels.size(), 2U);
    EXPECT_EQ(tags.values()->name(labels[0]), "new");
    EXPECT_FALSE(has(ask(*engine, "v", 61), "i3"));
    engine->swap(bundle({.items = 50, .seed = 5, .first_item = static_cast<std::uint32_t>(round)}),
                 {});
  }
}

TEST(UpdateItems, RefusedWholeWritesNothing) {
  const auto engine = shop::engine();
  auto ids = std::make_shared<catalog::Dictionary>();
  ids->insert("i3");
  catalog::Catalog size(ids);
  size.add_column("size", catalog::AttributeKind::number);
  engine->update_items(size);
  const auto bad = told("i3", 0.5, 0.0);
  bad->add_column("size", catalog::AttributeKind::category);
  EXPECT_THROW(engine->update_items(*bad), ConfigError);
  const auto model = engine->model();
  EXPECT_EQ(model->catalog().column("price").number(ItemId{3}), 4.0);
  EXPECT_EQ(model->catalog().find_column("brand"), nullptr);
}

TEST(Swap, RefusesABundleWhoseColumnIsOfAnotherKindAndChangesNothing) {
  const auto engine = shop::engine();
  auto ids = std::make_shared<catalog::Dictionary>();
  ids->insert("i3");
  catalog::Catalog odd(ids);
  odd.add_column("size", catalog::AttributeKind::number).set_number(ItemId{0}, 42.0);
  engine->update_items(odd);
  const auto model = engine->model();
  auto other = catalog_of({});
  other->add_column("size", catalog::AttributeKind::category);
  catalog::BundleBuilder builder;
  catalog::write_catalog(builder, *other);
  const auto whole = bundle();
  for (const catalog::Tensor& tensor : whole->tensors()) {
    if (!tensor.name.starts_with("catalog.")) builder.add(tensor, whole);
  }
  EXPECT_THROW(engine->swap(builder.build(), {}), ConfigError);
  EXPECT_EQ(engine->model(), model);
  EXPECT_EQ(model->catalog().column("size").number(ItemId{3}), 42.0);
  engine->swap(whole, {});
  EXPECT_EQ(engine->model()->catalog().column("size").number(ItemId{3}), 42.0);
}

TEST(Swap, KeepsSessionsAndFindsItemsByTheirIds) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  see(*engine, "v", "only-live", kNow + 1);
  engine->swap(bundle({.items = 50, .sessions = 200, .seed = 5, .first_item = 1}), {});
  session::Recent recent;
  const auto model = engine->model();
  ASSERT_TRUE(engine->sessions().recent(session::Visitor("v"), kNow, recent, model->generation()));
  ASSERT_EQ(recent.events.size(), 2U);
  EXPECT_EQ(model->catalog().items()->name(value_of(recent.events[0].item)), "i3");
  EXPECT_EQ(model->catalog().items()->name(value_of(recent.events[1].item)), "only-live");
  EXPECT_EQ(see(*engine, "v", "i4", kNow + 2), Observed::accepted);
  EXPECT_EQ(ask(*engine, "v").size(), 10U);
}

TEST(Swap, ToABadBundleLeavesTheOldOneServing) {
  const auto engine = shop::engine();
  see(*engine, "v", "i3");
  const auto before = ask(*engine, "v");
  const auto good = bundle();
  catalog::BundleBuilder empty;
  const auto nothing = empty.build();
  EXPECT_THROW(engine->swap(nothing, {}), BundleError);
  live::Strategy bad;
  bad.diversity = 2.0F;
  EXPECT_THROW(engine->swap(good, bad), ConfigError);
  EXPECT_EQ(ask(*engine, "v"), before);
  EXPECT_EQ(see(*engine, "v", "i4", kNow + 1), Observed::accepted);
}

TEST(Learn, TakesTheCartOfWhatWasJustSeenForNoNewStep) {
  const auto engine = shop::engine();
  see(*engine, "v", "a", kNow);
  see(*engine, "v", "b", kNow + 1, EventType::impression);  // shown, not turned to
  see(*engine, "v", "a", kNow + 2, EventType::cart);
  see(*engine, "v", "c", kNow + 3);
  const auto model = engine->model();
  const auto number = [&](const char* id) { return ItemId{*model->catalog().items()->find(id)}; };
  EXPECT_EQ(model->trending().count(number("a")), 1.0F);
  std::array<retrieve::LiveCoVisitation::Pair, 8> row;
  ASSERT_EQ(model->pairs(live::PairKind::view).live->row(number("a"), row), 1U);
  EXPECT_EQ(row[0].item, number("c"));
  EXPECT_GT(row[0].forward, 0.99F) << "one step away, as fit would count it";
}

TEST(EngineOptions, NameTheFieldThatIsWrong) {
  EngineOptions options;
  options.sessions.shards = 3;
  EXPECT_THROW(shop::engine({}, {}, options), ConfigError);
  options = {};
  options.learn.live_sessions.sessions = 17;
  EXPECT_THROW(shop::engine({}, {}, options), ConfigError);
}

TEST(Strategy, NamesTheFieldAndItsValue) {
  const auto message_of = [](const auto& spoil) -> std::string {
    live::Strategy strategy;
    spoil(strategy);
    try {
      strategy.validate();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message_of([](live::Strategy&) {}), "");
  EXPECT_EQ(message_of([](live::Strategy& s) { s.sources[0].quota = 1001; }),
            "quota of knn must be at most 1000, got 1001");
  EXPECT_EQ(message_of([&](live::Strategy& s) { s.weights[0] = nan; }),
            "weight knn.place must be finite");
  EXPECT_NE(message_of([&](live::Strategy& s) { s.diversity = nan; }).find("diversity"),
            std::string::npos);
  EXPECT_NE(message_of([](live::Strategy& s) { s.diversity_pool = 0; }).find("diversity_pool"),
            std::string::npos);
  EXPECT_NE(message_of([](live::Strategy& s) { s.at_most = {{"brand", 0}}; }).find("brand"),
            std::string::npos);
}

}  // namespace
}  // namespace aisle::engine
