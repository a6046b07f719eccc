#pragma once

// Four items with brands and prices, and every kind of feature.

#include <memory>
#include <string>
#include <vector>

#include "aisle/base/hash.h"
#include "aisle/features/store.h"

namespace aisle::features::small_shop {

inline constexpr Timestamp kNow = 1'700'000'000 * kSecond;
inline constexpr TypeMask kViews = mask_of(EventType::view);
inline constexpr TypeMask kCarts = mask_of(EventType::cart);

inline std::shared_ptr<catalog::Catalog> catalog(std::uint32_t items = 4) {
  auto ids = std::make_shared<catalog::Dictionary>();
  auto shop = std::make_shared<catalog::Catalog>(ids);
  auto& brand = shop->add_column("brand", catalog::AttributeKind::category);
  auto& price = shop->add_column("price", catalog::AttributeKind::number);
  for (std::uint32_t i = 0; i < items; ++i) {
    ids->insert(std::string("i").append(std::to_string(i)));
    if (i % 4 != 3)
      brand.set_code(ItemId{i}, brand.encode(std::string("b").append(std::to_string(i % 4 / 2))));
    price.set_number(ItemId{i}, 1.0 + i);
  }
  return shop;
}

inline Definition definition() {
  Definition all;
  all.features = {
      {.name = "views", .kind = Kind::count, .of = Of::item, .types = kViews, .window = kHour},
      {.name = "views_brand",
       .kind = Kind::count,
       .of = Of::value,
       .column = "brand",
       .types = kViews,
       .window = kHour},
      {.name = "decayed", .kind = Kind::decayed, .of = Of::item, .half_life = kHour},
      {.name = "visitor", .kind = Kind::decayed, .of = Of::visitor, .half_life = kHour},
      {.name = "rate",
       .kind = Kind::rate,
       .of = Of::item,
       .types = kCarts,
       .per = kViews,
       .half_life = kHour,
       .prior_mean = 0.1,
       .prior_weight = 2.0},
      {.name = "affinity",
       .kind = Kind::affinity,
       .column = "brand",
       .half_life = kDay,
       .prior_weight = 1.0},
      {.name = "price",
       .kind = Kind::price_affinity,
       .half_life = kDay,
       .prior_mean = 0.5,
       .prior_weight = 1.0},
      {.name = "since", .kind = Kind::recency, .of = Of::visitor_item, .types = kViews},
      {.name = "session", .kind = Kind::session_count},
      {.name = "sessions", .kind = Kind::sessions},
      {.name = "hour", .kind = Kind::hour}};
  all.profile.columns = {"brand"};
  return all;
}

inline std::uint64_t visitor(std::uint64_t number) { return mix(number + 1); }

inline void see(FeatureStore& store, const catalog::Catalog& shop, std::uint64_t who,
                std::uint32_t item, Timestamp time, EventType type = EventType::view,
                Into into = Into::all) {
  store.observe({.visitor = visitor(who),
                 .event = {.time = time, .item = ItemId{item}, .type = type},
                 .ticket = store.ticket(visitor(who))},
                shop, into);
}

inline std::vector<float> row(const FeatureStore& store, const catalog::Catalog& shop,
                              std::uint64_t who, std::uint32_t item, Timestamp now) {
  std::vector<float> out(store.width());
  ReadWorkspace work;
  const std::vector<ItemId> items = {ItemId{item}};
  store.read({.visitor = visitor(who), .items = items, .now = now}, shop, work, out);
  return out;
}

/// One feature by its name.
inline float one(const FeatureStore& store, const catalog::Catalog& shop, const std::string& name,
                 std::uint64_t who, std::uint32_t item, Timestamp now) {
  const std::vector<float> all = row(store, shop, who, item, now);
  for (std::size_t f = 0; f < all.size(); ++f) {
    if (store.plan().readings[f].feature.name == name) return all[f];
  }
  return -1.0F;
}

}  // namespace aisle::features::small_shop
