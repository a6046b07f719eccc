#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "aisle/catalog/bundle.h"
#include "aisle/catalog/catalog.h"
#include "aisle/catalog/tensors.h"
#include "aisle/rules/item_test.h"
#include "aisle/rules/where_cache.h"

namespace aisle::rules {
namespace {

constexpr std::size_t kItems = 1'000'000;

/// The catalogue that bench_filters.py wrote, so that all see the same items; else one alike.
std::shared_ptr<catalog::Catalog> make_shop() {
  if (const char* const path = std::getenv("AISLE_BENCH_CATALOG"); path != nullptr) {
    return catalog::read_catalog(catalog::Bundle::open(path));
  }
  auto made = std::make_shared<catalog::Catalog>(std::make_shared<catalog::Dictionary>());
  auto& price = made->add_column("price", catalog::AttributeKind::number);
  auto& brand = made->add_column("brand", catalog::AttributeKind::category);
  auto& sale = made->add_column("sale", catalog::AttributeKind::flag);
  auto& rating = made->add_column("rating", catalog::AttributeKind::number);
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> prices(3.0, 0.8);
  std::uniform_real_distribution<double> ratings(1.0, 5.0);
  for (std::size_t i = 0; i < kItems; ++i) {
    const ItemId item{made->items()->insert(std::string("i").append(std::to_string(i)))};
    price.set_number(item, prices(random));
    brand.set_code(item, brand.encode(std::string("brand").append(std::to_string(random() % 200))));
    sale.set_flag(item, random() % 10 < 3 ? 1 : 0);
    rating.set_number(item, ratings(random));
  }
  return made;
}

catalog::Catalog& shop() {
  static const auto made = make_shop();
  return *made;
}

/// Another text each time: nobody has it yet.
std::string text_of(std::size_t turn) {
  return "price < " + std::to_string(19.0 + static_cast<double>(turn % 1'000) / 1'000.0) +
         " and brand in ['brand7', 'brand11', 'brand150'] and sale and rating >= 3.5";
}
constexpr const char* kAsked =
    "price < 20 and brand in ['brand7', 'brand11', 'brand150'] and sale and rating >= 3.5";

/// Runs the work and counts p50 and p99 of single calls, two looks at the clock (60 ns) included.
template <class Work>
void each(benchmark::State& state, const Work& work) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> took;
  took.reserve(1U << 20U);
  std::size_t turn = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    work(turn++);
    const std::chrono::duration<double, std::micro> one = Clock::now() - begin;
    if (took.size() < took.capacity()) took.push_back(one.count());
  }
  std::ranges::sort(took);
  state.counters["p50_us"] = took[took.size() / 2];
  state.counters["p99_us"] = took[took.size() * 99 / 100];
}

void compile(benchmark::State& state) {
  const catalog::Catalog& items = shop();
  each(state, [&](std::size_t turn) {
    benchmark::DoNotOptimize(expression::compile(text_of(turn), items, expression::Type::boolean));
  });
}
BENCHMARK(compile)->Unit(benchmark::kMicrosecond);

/// The text to a bitmap over all items.
void cold(benchmark::State& state) {
  const catalog::Catalog& items = shop();
  ActiveTest active;
  each(state, [&](std::size_t turn) {
    ItemTest(text_of(turn), items).begin({}, active);
    benchmark::DoNotOptimize(active.bitmap->word(0));
  });
  ItemTest(kAsked, items).begin({}, active);
  state.counters["found"] = static_cast<double>(active.bitmap->count());
}
BENCHMARK(cold)->Unit(benchmark::kMicrosecond);

/// The text again: what a request pays.
void cached(benchmark::State& state) {
  const catalog::Catalog& items = shop();
  WhereCache cache;
  ActiveTest active;
  cache.get(kAsked, items)->begin({}, active);
  for (auto _ : state) {
    cache.get(kAsked, items)->begin({}, active);
    benchmark::DoNotOptimize(active.bitmap->test(12'345));
  }
}
BENCHMARK(cached)->Unit(benchmark::kMicrosecond);
void cached_singly(benchmark::State& state) {
  const catalog::Catalog& items = shop();
  WhereCache cache;
  ActiveTest active;
  cache.get(kAsked, items)->begin({}, active);
  each(state, [&](std::size_t turn) {
    cache.get(kAsked, items)->begin({}, active);
    benchmark::DoNotOptimize(active.bitmap->test(turn));
  });
}
BENCHMARK(cached_singly)->Unit(benchmark::kMicrosecond);

/// One price of any item is written, then the text again: the bitmap knows it. cached() is in it.
void change_price(benchmark::State& state, bool singly) {
  catalog::Catalog& items = shop();
  catalog::Column& price = items.column("price");
  WhereCache cache;
  ActiveTest active;
  cache.get(kAsked, items)->begin({}, active);
  std::mt19937_64 random(3);
  std::vector<ItemId> changed(4'096);
  for (ItemId& one : changed) one = ItemId{static_cast<std::uint32_t>(random() % items.size())};
  const auto work = [&](std::size_t turn) {
    const ItemId item = changed[turn % changed.size()];
    price.set_number(item, 1.0 + static_cast<double>(turn % 7));
    cache.get(kAsked, items)->begin({}, active);
    benchmark::DoNotOptimize(active.bitmap->test(value_of(item)));
  };
  if (singly) return each(state, work);
  std::size_t turn = 0;
  for (auto _ : state) work(turn++);
}
void change(benchmark::State& state) { change_price(state, false); }
void change_singly(benchmark::State& state) { change_price(state, true); }
BENCHMARK(change)->Unit(benchmark::kMicrosecond);
BENCHMARK(change_singly)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace aisle::rules
