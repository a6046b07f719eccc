// The expression language: whatever the text, a program or an ExpressionError that points into it.
// A program is asked of a small shop in every way there is, and all must agree. The first byte
// chooses the request.

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/catalog.h"
#include "aisle/expression/evaluation.h"
#include "aisle/expression/program.h"

namespace {

using aisle::Event;
using aisle::EventType;
using aisle::ItemId;
using aisle::catalog::AttributeKind;
using aisle::catalog::Catalog;
using aisle::expression::Evaluation;
using aisle::expression::Given;
using aisle::expression::Program;
using aisle::expression::Scope;
using aisle::expression::Type;

constexpr std::uint32_t kItems = 70;  // more than a word of a bitmap

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

/// Every kind of attribute; every third cell is null.
const Catalog& shop() {
  static Catalog* const made = [] {
    auto* catalog = new Catalog(std::make_shared<aisle::catalog::Dictionary>());
    auto& price = catalog->add_column("price", AttributeKind::number);
    auto& brand = catalog->add_column("brand", AttributeKind::category);
    auto& title = catalog->add_column("title", AttributeKind::text);
    auto& sale = catalog->add_column("sale", AttributeKind::flag);
    auto& added = catalog->add_column("added", AttributeKind::time);
    auto& tags = catalog->add_column("tags", AttributeKind::labels);
    const std::array labels = {tags.values()->insert("red"), tags.values()->insert("summer")};
    const std::array sets = {tags.sets()->insert({}),
                             tags.sets()->insert(std::span(labels).first(1)),
                             tags.sets()->insert(labels)};
    for (std::uint32_t i = 0; i < kItems; ++i) {
      const ItemId item{catalog->items()->insert("i" + std::to_string(i))};
      if (i % 3 != 0) price.set_number(item, i % 7 - 2.0);
      if (i % 3 != 1) brand.set_code(item, brand.encode(i % 2 == 0 ? "acme" : "bolt"));
      if (i % 3 != 2) title.set_code(item, title.encode("title " + std::to_string(i % 9)));
      if (i % 4 != 0) sale.set_flag(item, i % 2);
      if (i % 4 != 1) added.set_time(item, i * aisle::kDay);
      if (i % 4 != 2) tags.set_code(item, sets[i % 3]);
    }
    return catalog;
  }();
  return *made;
}

Scope scope_of(std::uint8_t choice) {
  static const std::vector<Event> events = {
      {10 * aisle::kDay, ItemId{1}, 3.0F, EventType::view},
      {20 * aisle::kDay, ItemId{2}, 9.5F, EventType::cart},
      {30 * aisle::kDay, aisle::kNoItem, aisle::kNoValue, EventType::search},
      {40 * aisle::kDay, ItemId{2}, 9.5F, EventType::purchase}};
  static const std::array<std::string_view, 2> words = {"acme", "red"};
  static const std::array<Given, 5> given = {
      Given{.name = "a", .kind = Given::Kind::number, .number = 2.0},
      Given{.name = "b", .kind = Given::Kind::flag, .number = 1.0},
      Given{.name = "c", .kind = Given::Kind::text, .text = "acme"},
      Given{.name = "d", .kind = Given::Kind::texts, .texts = words},
      Given{.name = "e", .kind = Given::Kind::texts}};
  Scope scope;
  scope.now = 50 * aisle::kDay;
  if (choice % 2 == 1) scope.anchor = ItemId{choice % kItems};
  if (choice % 4 > 1) scope.events = events;
  scope.session_begin = choice % 5;  // also beyond the events
  if (choice % 8 > 3) scope.context = given;
  scope.parameters = given;
  return scope;
}

std::vector<std::uint8_t> flags_of(const Program& program, const Scope& scope) {
  static Evaluation evaluation;  // one for all programs: nothing of the last may remain
  std::vector<ItemId> items(kItems);
  for (std::uint32_t i = 0; i < kItems; ++i) items[i] = ItemId{i};
  std::vector<std::uint8_t> flags(kItems);
  evaluation.begin(program, scope);
  evaluation.tests(items, flags);
  aisle::Bitmap bits(kItems);
  evaluation.to_bitmap(kItems, bits);
  for (std::uint32_t i = 0; i < kItems; ++i) {
    expect(flags[i] <= aisle::expression::kNullFlag);
    expect(bits.test(i) == (flags[i] == 1));
    expect(evaluation.test(ItemId{i}) == (flags[i] == 1));
  }
  return flags;
}

void ask(const Program& program, const Scope& scope) {
  if (program.type() == Type::number) {
    std::vector<ItemId> items(kItems, ItemId{3});
    std::vector<double> numbers(kItems);
    Evaluation evaluation;
    evaluation.begin(program, scope);
    evaluation.numbers(items, numbers);
    for (const double number : numbers) {
      expect(!std::isinf(number));
      expect(number == numbers.front() || std::isnan(numbers.front()));
    }
    return;
  }
  const auto whole = flags_of(program, scope);
  std::vector<bool> parts(kItems, true);
  for (const auto& part : {program.static_part(), program.dynamic_part()}) {
    if (part == nullptr) continue;
    const auto flags = flags_of(*part, scope);
    for (std::uint32_t i = 0; i < kItems; ++i) parts[i] = parts[i] && flags[i] == 1;
  }
  for (std::uint32_t i = 0; i < kItems; ++i) expect(parts[i] == (whole[i] == 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  for (const Type wanted : {Type::boolean, Type::number}) {
    try {
      ask(*compile(text, shop(), wanted), scope_of(data[0]));
    } catch (const aisle::expression::ExpressionError& error) {
      expect(error.line() >= 1 && error.column() >= 1 && error.column() <= size + 1);
    } catch (const aisle::ConfigError& error) {  // a parameter that is missing or of another type
      expect(std::string_view(error.what()).starts_with("the parameter $"));
    }
  }
  return 0;
}
