#include "aisle/expression/evaluation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "small_shop.h"

namespace aisle::expression {
namespace {

using Evaluate = SmallShop;

TEST_F(Evaluate, ComparesEachKind) {
  EXPECT_EQ(holds("price < 20"), "+--?");
  EXPECT_EQ(holds("price >= 20"), "-++?");
  EXPECT_EQ(holds("price != 20"), "+-+?");
  EXPECT_EQ(holds("sale"), "-+-?");
  EXPECT_EQ(holds("sale == false"), "+-+?");
  EXPECT_EQ(holds("brand == 'acme'"), "+-+?");
  EXPECT_EQ(holds("'acme' != brand"), "-+-?");
  EXPECT_EQ(holds("brand < 'b'"), "+-+?");
  EXPECT_EQ(holds("'b' > brand"), "+-+?");
  EXPECT_EQ(holds("brand == maker"), "+--?");
  EXPECT_EQ(holds("brand <= maker"), "+-+?");
  EXPECT_EQ(holds("brand == 'nobody'"), "---?");
  EXPECT_EQ(holds("added >= '1970-01-02'"), "-++?");
  EXPECT_EQ(holds("added == \"1970-01-02T00:00Z\""), "-+-?");
  EXPECT_EQ(holds("id == 'new'"), "---+");
  EXPECT_EQ(holds("id in ['tea', 'new', 'nothing']"), "+--+");
}

TEST_F(Evaluate, FollowsKleene) {
  EXPECT_EQ(holds("sale and price > 5"), "-+-?");
  EXPECT_EQ(holds("sale and id != 'new'"), "-+--") << "null and false is false";
  EXPECT_EQ(holds("sale or id == 'new'"), "-+-+") << "null or true is true";
  EXPECT_EQ(holds("not sale"), "+-+?");
  EXPECT_EQ(holds("null"), "????");
  EXPECT_EQ(holds("price == null"), "????");
  EXPECT_EQ(holds("price is null"), "---+");
  EXPECT_EQ(holds("brand is not null"), "+++-");
  EXPECT_EQ(holds("tags is null"), "---+");
  EXPECT_EQ(holds("sale is null"), "---+");
  EXPECT_EQ(holds("price between 10 and 20"), "++-?");
  EXPECT_EQ(holds("price not between 10 and 20"), "--+?");
  EXPECT_EQ(holds("price not between 15 and null"), "+???") << "10 lies outside whatever null is";
  EXPECT_EQ(holds("price in [30, 10]"), "+-+?");
  EXPECT_EQ(holds("price in [10, -price, 2 * 15]"), "+-+?");
  EXPECT_EQ(holds("context.nothing in [10]"), "????");
  EXPECT_EQ(holds("now - added in [9d, 3h]"), "-+-?");
  EXPECT_EQ(holds("price not in [10, 30]"), "-+-?");
  EXPECT_EQ(holds("brand in ['acme', context.nothing]"), "+?+?");
  EXPECT_EQ(holds("brand not in ['acme', context.nothing]"), "-?-?");
}

TEST_F(Evaluate, ComparesWithTextsOfTheItemItself) {
  EXPECT_EQ(holds("brand in ['bolt', maker]"), "++-?");
  EXPECT_EQ(holds("brand in [maker, 'bolt']"), "++-?");
  EXPECT_EQ(holds("'acme' in [brand, maker]"), "+++?");
  EXPECT_EQ(holds("tags any of [brand, 'red']"), "++-?");
}

TEST_F(Evaluate, AsksSets) {
  EXPECT_EQ(holds("'red' in tags"), "++-?");
  EXPECT_EQ(holds("'red' not in tags"), "--+?");
  EXPECT_EQ(holds("tags any of ['summer', 'red', 'winter']"), "++-?");
  EXPECT_EQ(holds("tags all of ['summer', 'red']"), "-+-?");
  EXPECT_EQ(holds("tags all of ['red', 'winter']"), "---?");
  EXPECT_EQ(holds("tags none of ['summer']"), "+-+?");
  EXPECT_EQ(holds("contains(tags, 'summer')"), "-+-?");
  EXPECT_EQ(numbers("size(tags)").at(1), 2.0);
  EXPECT_EQ(numbers("size(tags)").at(2), 0.0);
  EXPECT_TRUE(std::isnan(numbers("size(tags)").at(3)));
}

TEST_F(Evaluate, Calculates) {
  EXPECT_EQ(number("1 + 2 * 3 - 4 / 2"), 5.0);
  EXPECT_EQ(number("-7 % 3"), -1.0);
  EXPECT_EQ(number("round(2.5) + round(-2.5) + floor(1.9) + ceil(1.1)"), 3.0);
  EXPECT_EQ(number("min(3, 1, 2) + max(3, 1, 2) + abs(-1)"), 5.0);
  EXPECT_EQ(number("sqrt(16) + log(1) + exp(0)"), 5.0);
  EXPECT_EQ(number("price * if(sale, 2, 1)"), 10.0);
  EXPECT_EQ(number("(90d - 2w) / 1d"), 76.0);
  EXPECT_EQ(number("age(added) / 1d"), 10.0);
  EXPECT_EQ(number("if(age(added) < '30d', 1, 0)"), 1.0);
  EXPECT_EQ(number("(now - 1d - added) / 1h"), 9.0 * 24.0);
  EXPECT_NEAR(number("geo_distance(52.52, 13.405, 48.8566, 2.3522)"), 877.5, 1.0);
  EXPECT_EQ(number("coalesce(null, 1 / 0, 7)"), 7.0);
}

TEST_F(Evaluate, MakesNullOfWhatIsNoNumber) {
  for (const char* text : {"1 / 0", "0 / 0", "5 % 0", "log(0)", "log(-1)", "sqrt(-1)", "exp(1000)",
                           "1e308 * 10", "1 + null", "-null", "min(1, null)", "max(null, 1)",
                           "abs(null)", "geo_distance(1, 2, 3, null)", "if(true, null, 1)"}) {
    EXPECT_TRUE(is_null(text)) << text;
  }
  EXPECT_EQ(number("if(null, 1, 2)"), 2.0) << "a null condition takes the other branch";
  EXPECT_EQ(numbers("coalesce(price, 99)").back(), 99.0);
}

TEST_F(Evaluate, SearchesTexts) {
  EXPECT_EQ(holds("contains(brand, 'cm')"), "+-+?");
  EXPECT_EQ(holds("starts_with(brand, 'a')"), "+-+?");
  EXPECT_EQ(holds("ends_with(brand, 't')"), "-+-?");
  EXPECT_EQ(holds("contains(brand, '')"), "+++?");
  EXPECT_EQ(holds("contains(maker, brand)"), "+--?");
  EXPECT_EQ(holds("starts_with(id, 't')"), "+---");
}

TEST_F(Evaluate, KnowsTheAnchor) {
  EXPECT_EQ(holds("brand == anchor.brand"), "????") << "no anchor, all null";
  scope_.anchor = ItemId{1};
  EXPECT_EQ(holds("brand == anchor.brand"), "-+-?");
  EXPECT_EQ(holds("price < anchor.price"), "+--?");
  EXPECT_EQ(holds("id != anchor.id"), "+-++");
  EXPECT_EQ(holds("anchor.sale"), "++++");
  EXPECT_EQ(holds("'summer' in anchor.tags"), "++++");
  EXPECT_EQ(holds("added > anchor.added"), "--+?");
  EXPECT_EQ(number("size(anchor.tags)"), 2.0);
  scope_.anchor = ItemId{3};
  EXPECT_EQ(holds("brand == anchor.brand"), "????");
}

TEST_F(Evaluate, LooksInAllLabelsOfTheAnchor) {
  scope_.anchor = ItemId{1};
  auto& brand = catalog_.column("brand");
  brand.set_code(ItemId{3}, brand.encode("summer"));
  EXPECT_EQ(holds("brand in anchor.tags"), "---+");
}

TEST_F(Evaluate, TakesTheRequestsContext) {
  const std::vector<std::string_view> brands = {"bolt", "cara"};
  const std::vector<Given> context = {
      {.name = "store", .kind = Given::Kind::text, .text = "acme"},
      {.name = "budget", .kind = Given::Kind::number, .number = 15.0},
      {.name = "loyal", .kind = Given::Kind::flag, .number = 1.0},
      {.name = "brands", .kind = Given::Kind::texts, .texts = brands},
      {.name = "since", .kind = Given::Kind::text, .text = "1970-01-02"}};
  scope_.context = context;
  EXPECT_EQ(holds("brand == context.store"), "+-+?");
  EXPECT_EQ(holds("context.store == 'acme'"), "++++");
  EXPECT_EQ(holds("price < context.budget"), "+--?");
  EXPECT_EQ(holds("context.loyal and sale"), "-+-?");
  EXPECT_EQ(holds("brand in context.brands"), "-+-?");
  EXPECT_EQ(holds("added >= context.since"), "-++?");
  EXPECT_EQ(holds("price < context.nothing"), "????");
  EXPECT_EQ(holds("price < context.store"), "????") << "another type is null";
  EXPECT_EQ(holds("context.nothing is null"), "++++");
  EXPECT_EQ(holds("context.budget is null"), "----");
}

TEST_F(Evaluate, TakesAListOnlyWhereASetBelongs) {
  const std::vector<std::string_view> words = {"acme", "bolt"};
  std::vector<Given> given = {{.name = "words", .kind = Given::Kind::texts, .texts = words},
                              {.name = "none", .kind = Given::Kind::texts},
                              {.name = "", .kind = Given::Kind::number, .number = 1.0}};
  scope_.context = given;
  EXPECT_EQ(holds("brand in context.words"), "+++?");
  EXPECT_EQ(holds("brand in context.none"), "----") << "an empty list decides alone";
  EXPECT_EQ(holds("brand == context.words"), "????");
  EXPECT_EQ(holds("contains(brand, context.none)"), "????");
  EXPECT_EQ(holds("context.words any of ['bolt', 'x']"), "++++");
  EXPECT_EQ(number("size(context.words)"), 2.0);
  const std::vector<std::string_view> twice = {"acme", "bolt", "acme"};
  given[0].texts = twice;
  EXPECT_EQ(number("size(context.words)"), 2.0) << "a set has each text once";
  EXPECT_EQ(holds("price == null"), "????") << "whatever has an empty name";
  scope_.parameters = given;
  Evaluation evaluation;
  const auto program = compile("brand < $words", catalog_, Type::boolean);
  EXPECT_THROW(evaluation.begin(*program, scope_), ConfigError);
}

TEST_F(Evaluate, ForgetsAnotherProgramAlsoAfterAnError) {
  Evaluation evaluation;
  const auto first = compile("starts_with(brand, 'a')", catalog_, Type::boolean);
  const auto second = compile("brand == $x or ends_with(brand, 'a')", catalog_, Type::boolean);
  evaluation.begin(*first, scope_);
  EXPECT_TRUE(evaluation.test(ItemId{0}));
  EXPECT_THROW(evaluation.begin(*second, scope_), ConfigError);
  const std::vector<Given> parameters = {{.name = "x", .kind = Given::Kind::text, .text = "bolt"}};
  scope_.parameters = parameters;
  evaluation.begin(*second, scope_);
  EXPECT_FALSE(evaluation.test(ItemId{0}));
  EXPECT_TRUE(evaluation.test(ItemId{1}));
}

TEST_F(Evaluate, InsistsOnParameters) {
  std::vector<Given> parameters = {{.name = "limit", .kind = Given::Kind::number, .number = 15.0},
                                   {.name = "word", .kind = Given::Kind::text, .text = "acme"}};
  scope_.parameters = parameters;
  EXPECT_EQ(holds("price < $limit"), "+--?");
  EXPECT_EQ(holds("brand == $word"), "+-+?");
  for (const char* text : {"price < $word", "price < $nothing", "brand == $limit", "$word"}) {
    const auto program = compile(text, catalog_, Type::boolean);
    Evaluation evaluation;
    EXPECT_THROW(evaluation.begin(*program, scope_), ConfigError) << text;
  }
}

TEST_F(Evaluate, CountsWhatTheVisitorDid) {
  const auto day = [](int number) { return Timestamp{number} * kDay; };
  const std::vector<Event> events = {{day(1), ItemId{0}, 10.0F, EventType::purchase},
                                     {day(8), ItemId{1}, kNoValue, EventType::view},
                                     {day(9), ItemId{1}, kNoValue, EventType::view},
                                     {day(9), ItemId{2}, 30.0F, EventType::cart},
                                     {day(9), ItemId{0}, 10.0F, EventType::cart},
                                     {day(10), ItemId{0}, 10.0F, EventType::remove_from_cart}};
  scope_.events = events;
  scope_.session_begin = 1;
  EXPECT_EQ(number("session.count('view')"), 2.0);
  EXPECT_EQ(number("session.count('*', within=36h)"), 4.0);
  EXPECT_EQ(number("history.count('purchase')"), 1.0);
  EXPECT_EQ(number("session.count('purchase')"), 0.0);
  EXPECT_EQ(number("session.cart_value"), 30.0);
  EXPECT_EQ(holds("history.any('purchase', id)"), "+---");
  EXPECT_EQ(holds("history.any('purchase', brand)"), "+-+-") << "no event is of an unknown brand";
  EXPECT_EQ(holds("history.any('purchase', brand, within='2d')"), "----");
  EXPECT_EQ(holds("session.seen"), "+++-");
  EXPECT_EQ(numbers("session.count('view', brand)"), (std::vector<double>{0, 2, 0, 0}));
  EXPECT_EQ(holds("history.last('view') == '1970-01-10'"), "++++");
  EXPECT_EQ(holds("history.last('like') is null"), "++++");
  scope_.events = {};
  scope_.session_begin = 0;
  EXPECT_EQ(number("session.count('*') + session.length + session.cart_value"), 0.0);
  EXPECT_EQ(holds("session.seen"), "----");
}

TEST_F(Evaluate, FollowsCellsAndWordsThatCome) {
  const auto program =
      compile("starts_with(brand, 'n') or brand == 'later'", catalog_, Type::boolean);
  Evaluation evaluation;
  evaluation.begin(*program, scope_);
  EXPECT_FALSE(evaluation.test(ItemId{3}));
  auto& brand = catalog_.column("brand");
  for (int i = 0; i < 300; ++i) (void)brand.encode("word " + std::to_string(i));
  brand.set_code(ItemId{3}, brand.encode("novel"));
  brand.set_code(ItemId{0}, brand.encode("later"));
  evaluation.begin(*program, scope_);
  EXPECT_TRUE(evaluation.test(ItemId{3}));
  EXPECT_TRUE(evaluation.test(ItemId{0}));
  EXPECT_FALSE(evaluation.test(kNoItem));
}

TEST_F(Evaluate, ServesOneProgramAfterAnother) {
  Evaluation evaluation;
  const auto ask = [&](const char* text) {
    const auto program = compile(text, catalog_, Type::boolean);  // gone before the next one
    evaluation.begin(*program, scope_);
    return evaluation.test(ItemId{0});
  };
  for (int round = 0; round < 50; ++round) {
    EXPECT_TRUE(ask("starts_with(brand, 'a') and ends_with(brand, 'e') and contains(maker, 'c')"));
    EXPECT_FALSE(ask("starts_with(brand, 'b')"));
    EXPECT_TRUE(ask("contains(brand, 'cm')"));
    EXPECT_FALSE(ask("ends_with(brand, 'a') or starts_with(maker, 'a') and brand == 'bolt'"));
  }
}

TEST_F(Evaluate, GoesOverBlocksOfItems) {
  auto& price = catalog_.column("price");
  for (std::uint32_t i = 4; i < 1'000; ++i) {
    catalog_.items()->insert("more " + std::to_string(i));
    if (i % 3 != 0) price.set_number(ItemId{i}, i);
  }
  const auto program = compile("price % 7 == 1 or price is null", catalog_, Type::boolean);
  Evaluation evaluation;
  evaluation.begin(*program, scope_);
  Bitmap bits(1'000);
  evaluation.to_bitmap(1'000, bits);
  for (std::uint32_t i = 4; i < 1'000; ++i) {
    ASSERT_EQ(bits.test(i), i % 3 == 0 || i % 7 == 1) << i;
    ASSERT_EQ(evaluation.test(ItemId{i}), bits.test(i)) << i;
  }
}

}  // namespace
}  // namespace aisle::expression
