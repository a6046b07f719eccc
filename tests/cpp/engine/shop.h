#pragma once

// A small shop for the engine's tests: items "i0", "i1", ... in groups that are looked at together.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "aisle/base/hash.h"
#include "aisle/catalog/tensors.h"
#include "aisle/engine/engine.h"
#include "aisle/engine/fit.h"

namespace aisle::engine::shop {

inline constexpr Timestamp kNow = 1'700'000'000 * kSecond;
inline constexpr std::uint32_t kGroup = 10;  // items that are looked at together

inline std::string name(const char* prefix, std::size_t number) {
  return std::string(prefix).append(std::to_string(number));
}

struct Options {
  std::uint32_t items = 60;
  std::uint32_t sessions = 300;
  std::uint64_t seed = 1;
  std::uint32_t first_item = 0;  // of the names: another shop has other items
};

inline std::shared_ptr<catalog::Catalog> catalog_of(const Options& options) {
  auto ids = std::make_shared<catalog::Dictionary>();
  for (std::uint32_t i = 0; i < options.items; ++i) ids->insert(name("i", options.first_item + i));
  auto shop = std::make_shared<catalog::Catalog>(ids);
  auto& category = shop->add_column("category", catalog::AttributeKind::category);
  auto& price = shop->add_column("price", catalog::AttributeKind::number);
  auto& stock = shop->add_column("stock", catalog::AttributeKind::number);
  for (std::uint32_t i = 0; i < options.items; ++i) {
    category.set_code(ItemId{i}, category.encode(name("c", i / kGroup)));
    price.set_number(ItemId{i}, 1.0 + i);
    stock.set_number(ItemId{i}, 5.0);
  }
  return shop;
}

inline std::shared_ptr<const catalog::Bundle> bundle(const Options& options = {}) {
  FitColumns columns;
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<Timestamp> time;
  std::vector<EventType> type;
  std::vector<std::uint32_t> rank;
  std::uint64_t draw = options.seed;
  const auto next = [&](std::uint64_t below) {
    return static_cast<std::uint32_t>((draw = mix(draw + options.seed)) % below);
  };
  for (std::uint32_t s = 0; s < options.sessions; ++s) {
    const std::uint32_t group = next(options.items / kGroup);
    const std::uint32_t length = 2 + next(6);
    for (std::uint32_t step = 0; step < length; ++step) {
      session.push_back(s);
      item.push_back(ItemId{group * kGroup + next(kGroup)});
      time.push_back(kNow - kDay + s * kMinute + step * kSecond);
      type.push_back(next(10) == 0 ? EventType::cart : EventType::view);
    }
    rank.push_back(s);
  }
  columns = {.session = session,
             .item = item,
             .time = time,
             .type = type,
             .session_rank = rank,
             .item_count = options.items};
  catalog::BundleBuilder builder;
  catalog::write_catalog(builder, *catalog_of(options));
  fit(columns, {}, builder, [](std::string_view, double) { return true; });
  return builder.build();
}

inline std::unique_ptr<Engine> engine(const live::Strategy& strategy = {},
                                      const Options& options = {},
                                      const EngineOptions& engine_options = {}) {
  return std::make_unique<Engine>(bundle(options), strategy, engine_options);
}

inline Observed see(Engine& engine, std::string_view visitor, std::string_view item,
                    Timestamp time = kNow, EventType type = EventType::view) {
  return engine.observe({.visitor = visitor, .item = item, .type = type, .time = time}, time);
}

inline std::vector<std::string> names(const slate::Slate& slate) {
  return {slate.names.begin(), slate.names.end()};
}
inline std::vector<std::string> ask(const Engine& engine, std::string_view visitor,
                                    std::size_t k = 10, std::string_view where = {},
                                    std::string_view anchor = {}, Timestamp now = kNow) {
  slate::Slate slate;
  engine.recommend(
      {.visitor = visitor, .session = {}, .anchor = anchor, .k = k, .now = now, .where = where},
      slate);
  return names(slate);
}
inline bool has(const std::vector<std::string>& items, const std::string& item) {
  return std::set<std::string>(items.begin(), items.end()).contains(item);
}

}  // namespace aisle::engine::shop
