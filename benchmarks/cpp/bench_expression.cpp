#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "aisle/catalog/catalog.h"
#include "aisle/expression/evaluation.h"
#include "aisle/expression/program.h"

namespace aisle::expression {
namespace {

using catalog::AttributeKind;

constexpr const char* kFourClauses =
    "price < 50 and brand in ['brand 1', 'brand 2'] and not sale and stock between 1 and 5";
constexpr const char* kNumbersAlone = "price < 50 and stock between 1 and 5 and weight * 2 > price";
constexpr const char* kTexts = "contains(title, '77') or starts_with(brand, 'brand 3')";
constexpr const char* kSets = "tags any of ['tag 1', 'tag 2'] and tags none of ['tag 3']";
constexpr const char* kOfTheRequest =
    "brand == anchor.brand and price between anchor.price and 1.5 * anchor.price and "
    "not history.any('purchase', id) and age(added) < 90d";
constexpr const char* kUpSell =
    "brand == anchor.brand and price > anchor.price and "
    "price <= max(anchor.price * 1.3, coalesce(history.price(0.9), 0))";
constexpr const char* kMadeTexts = "lower(if(sale, brand, coalesce(title, id))) == 'brand 3'";
constexpr const char* kAmount = "if(sale, 1.5, 1) * (1 + 0.2 * min(log(1 + stock), 3))";

/// A twentieth of every attribute is null.
std::unique_ptr<catalog::Catalog> shop(std::size_t items) {
  auto made = std::make_unique<catalog::Catalog>(std::make_shared<catalog::Dictionary>());
  auto& price = made->add_column("price", AttributeKind::number);
  auto& stock = made->add_column("stock", AttributeKind::number);
  auto& weight = made->add_column("weight", AttributeKind::number);
  auto& brand = made->add_column("brand", AttributeKind::category);
  auto& title = made->add_column("title", AttributeKind::text);
  auto& sale = made->add_column("sale", AttributeKind::flag);
  auto& added = made->add_column("added", AttributeKind::time);
  auto& tags = made->add_column("tags", AttributeKind::labels);
  for (int i = 0; i < 50; ++i) (void)tags.values()->insert("tag " + std::to_string(i));
  std::mt19937_64 random(1);
  const auto known = [&] { return random() % 20 != 0; };
  for (std::uint32_t i = 0; i < items; ++i) {
    const ItemId item{made->items()->insert("sku-" + std::to_string(i))};
    if (known()) price.set_number(item, static_cast<double>(random() % 10'000) / 100.0);
    if (known()) stock.set_number(item, static_cast<double>(random() % 20));
    if (known()) weight.set_number(item, static_cast<double>(random() % 100));
    if (known()) brand.set_code(item, brand.encode("brand " + std::to_string(random() % 200)));
    if (known()) title.set_code(item, title.encode("title " + std::to_string(i)));
    if (known()) sale.set_flag(item, random() % 4 == 0 ? 1 : 0);
    if (known()) added.set_time(item, static_cast<Timestamp>(random() % 400) * kDay);
    const std::array labels = {static_cast<std::uint32_t>(random() % 50),
                               static_cast<std::uint32_t>(random() % 50)};
    if (known()) tags.set_code(item, tags.sets()->insert(labels));
  }
  return made;
}

const catalog::Catalog& shop_of(const benchmark::State& state) {
  static const auto million = shop(1'000'000);
  static const auto small = shop(10'000);
  return state.range(0) == 1'000'000 ? *million : *small;
}

Scope scope() {
  static const std::vector<Event> events(50, Event{.item = ItemId{7}, .type = EventType::purchase});
  return {.now = 400 * kDay,
          .anchor = ItemId{5},
          .events = events,
          .session_begin = 40,
          .context = {},
          .parameters = {}};
}

void to_program(benchmark::State& state, const char* text) {
  const auto& items = shop_of(state);
  const Type wanted = text == kAmount ? Type::number : Type::boolean;
  for (auto _ : state) benchmark::DoNotOptimize(compile(text, items, wanted));
}
BENCHMARK_CAPTURE(to_program, four_clauses, kFourClauses)->Arg(1'000'000);
BENCHMARK_CAPTURE(to_program, of_the_request, kOfTheRequest)->Arg(1'000'000);
BENCHMARK_CAPTURE(to_program, up_sell, kUpSell)->Arg(1'000'000);
BENCHMARK_CAPTURE(to_program, made_texts, kMadeTexts)->Arg(1'000'000);
BENCHMARK_CAPTURE(to_program, amount, kAmount)->Arg(1'000'000);

/// With the compilation and a new workspace: what the first request of a filter waits for.
void to_bits(benchmark::State& state, const char* text) {
  const auto& items = shop_of(state);
  for (auto _ : state) {
    const auto program = compile(text, items, Type::boolean);
    Evaluation evaluation;
    evaluation.begin(*program, scope());
    Bitmap bits(items.size());
    evaluation.to_bitmap(items.size(), bits);
    benchmark::DoNotOptimize(bits.words().data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(to_bits, four_clauses, kFourClauses)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(to_bits, numbers, kNumbersAlone)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(to_bits, texts, kTexts)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(to_bits, made_texts, kMadeTexts)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(to_bits, sets, kSets)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// A new request each time, one item of it.
void begin(benchmark::State& state, const char* text) {
  const auto program = compile(text, shop_of(state), Type::boolean);
  Evaluation evaluation;
  for (auto _ : state) {
    evaluation.begin(*program, scope());
    benchmark::DoNotOptimize(evaluation.test(ItemId{3}));
  }
}
BENCHMARK_CAPTURE(begin, four_clauses, kFourClauses)->Arg(10'000);
BENCHMARK_CAPTURE(begin, of_the_request, kOfTheRequest)->Arg(10'000);
BENCHMARK_CAPTURE(begin, up_sell, kUpSell)->Arg(10'000);

void one_item(benchmark::State& state, const char* text) {
  const auto program = compile(text, shop_of(state), Type::boolean);
  Evaluation evaluation;
  evaluation.begin(*program, scope());
  std::uint32_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluation.test(ItemId{next}));
    next = (next + 7'919) % static_cast<std::uint32_t>(state.range(0));
  }
}
BENCHMARK_CAPTURE(one_item, four_clauses, kFourClauses)->Arg(10'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(one_item, of_the_request, kOfTheRequest)->Arg(10'000)->Arg(1'000'000);

void pool_of_300(benchmark::State& state) {
  const auto program = compile(kAmount, shop_of(state), Type::number);
  std::mt19937_64 random(2);
  std::vector<ItemId> pool(300);
  for (ItemId& item : pool) {
    item =
        ItemId{static_cast<std::uint32_t>(random() % static_cast<std::uint64_t>(state.range(0)))};
  }
  std::vector<double> amounts(pool.size());
  Evaluation evaluation;
  for (auto _ : state) {
    evaluation.begin(*program, scope());
    evaluation.numbers(pool, amounts);
    benchmark::DoNotOptimize(amounts.data());
  }
}
BENCHMARK(pool_of_300)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace aisle::expression
