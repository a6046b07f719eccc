// Texts that are made: in small letters, chosen with if() and coalesce(); and lists without values.

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "small_shop.h"

namespace aisle::expression {
namespace {

class MadeTexts : public SmallShop {
 protected:
  MadeTexts() {
    auto& maker = catalog_.column("maker");
    maker.set_code(ItemId{0}, maker.encode("ACME"));
    maker.set_code(ItemId{2}, maker.encode("Größe"));
  }
};

TEST_F(MadeTexts, LowersEveryKindOfText) {
  EXPECT_EQ(holds("maker == 'acme'"), "-+-?");
  EXPECT_EQ(holds("lower(maker) == 'acme'"), "++-?");
  EXPECT_EQ(holds("'acme' != lower(maker)"), "--+?");
  EXPECT_EQ(holds("lower(maker) == lower('GRÖSSE')"), "---?") << "ß is no ss";
  EXPECT_EQ(holds("lower(maker) == lower('GRÖßE')"), "--+?");
  EXPECT_EQ(holds("lower(maker) in ['x', 'acme']"), "++-?");
  EXPECT_EQ(holds("lower(maker) not in ['acme']"), "--+?");
  EXPECT_EQ(holds("contains(lower(maker), 'CM')"), "---?");
  EXPECT_EQ(holds("contains(lower(maker), lower('CM'))"), "++-?");
  EXPECT_EQ(holds("brand == lower(maker)"), "+--?");
  EXPECT_EQ(holds("lower(maker) < 'b'"), "++-?");
  EXPECT_EQ(holds("lower(id) == 'tea' or starts_with(lower(id), 'N')"), "+---");
  EXPECT_EQ(holds("lower(maker) is null"), "---+");
  EXPECT_EQ(holds("lower(lower(maker)) any of ['acme']"), "++-?");
  EXPECT_EQ(holds("lower(maker) in tags"), "---?");
  EXPECT_EQ(holds("lower(null) is null"), "++++");
}

TEST_F(MadeTexts, LowersWhatARequestGives) {
  const std::vector<std::string_view> words = {"ACME"};
  const std::vector<Given> given = {{.name = "word", .kind = Given::Kind::text, .text = "ACME"},
                                    {.name = "count", .kind = Given::Kind::number, .number = 3.0},
                                    {.name = "words", .kind = Given::Kind::texts, .texts = words}};
  scope_.context = given;
  EXPECT_EQ(holds("brand == lower(context.word)"), "+-+?");
  EXPECT_EQ(holds("starts_with(brand, lower(context.word))"), "+-+?");
  EXPECT_EQ(holds("brand == lower(context.count)"), "????");
  EXPECT_EQ(holds("brand == lower(context.words)"), "????") << "a list is no text";
  scope_.parameters = given;
  EXPECT_EQ(holds("brand in ['x', lower($word)]"), "+-+?");
  for (const char* text : {"brand == lower($count)", "brand == lower($nothing)"}) {
    const auto program = compile(text, catalog_, Type::boolean);
    Evaluation evaluation;
    EXPECT_THROW(evaluation.begin(*program, scope_), ConfigError) << text;
  }
  EXPECT_EQ(holds("lower(anchor.maker) == brand"), "????");
  scope_.anchor = ItemId{0};
  EXPECT_EQ(holds("lower(anchor.maker) == brand"), "+-+?");
  EXPECT_EQ(holds("lower(anchor.id) == id"), "+---");
}

TEST_F(MadeTexts, ChoosesTexts) {
  EXPECT_EQ(holds("if(sale, maker, brand) == 'acme'"), "+++?");
  EXPECT_EQ(holds("if(price > 15, 'big', 'small') == 'small'"), "+--+");
  EXPECT_EQ(holds("if(sale, null, brand) == 'acme'"), "+?+?");
  EXPECT_EQ(holds("if(sale, null, brand) is null"), "-+-+");
  EXPECT_EQ(holds("coalesce(brand, 'none') == 'none'"), "---+");
  EXPECT_EQ(holds("coalesce(null, brand, id) in ['new', 'bolt']"), "-+-+");
  EXPECT_EQ(holds("coalesce(context.brand, anchor.brand, 'bolt') == brand"), "-+-?");
  EXPECT_EQ(holds("contains(coalesce(maker, id), 'e')"), "-+++");
  EXPECT_EQ(holds("lower(if(sale, brand, maker)) == 'acme'"), "+--?");
  EXPECT_EQ(holds("brand in [if(sale, 'bolt', 'x'), coalesce(context.b, maker)]"), "-+-?");
  EXPECT_EQ(holds("tags any of [coalesce(context.tag, 'red')]"), "++-?");
  EXPECT_EQ(holds("if(sale, 'red', 'blue') any of ['blue']"), "+-++");
  EXPECT_EQ(number("if(coalesce(brand, '') == '', 1, 2)"), 2.0);
}

TEST_F(MadeTexts, TakesTheTypeThatIsWanted) {
  std::vector<Given> given = {{.name = "store", .kind = Given::Kind::text, .text = "acme"},
                              {.name = "least", .kind = Given::Kind::number, .number = 15.0}};
  scope_.context = given;
  EXPECT_EQ(holds("brand == coalesce(context.nothing, context.store)"), "+-+?");
  EXPECT_EQ(holds("price > coalesce(context.nothing, context.least)"), "-++?");
  EXPECT_EQ(holds("price > coalesce(context.store, context.least)"), "-++?");
  EXPECT_EQ(holds("if(sale, context.store, context.least) == 'acme'"), "?+??");
  EXPECT_EQ(holds("coalesce(context.nothing, context.store) is null"), "----");
  EXPECT_EQ(holds("coalesce(context.nothing, null) is null"), "++++");
  EXPECT_EQ(holds("if(sale, context.nothing, context.store) is null"), "-+--");
  EXPECT_EQ(holds("if(sale, 'x', context.least) is null"), "+-++") << "a number is no text";
  EXPECT_EQ(holds("coalesce(context.nothing, coalesce(context.least, 'x')) is null"), "----");
  EXPECT_EQ(holds("added >= coalesce(context.since, '1970-01-02')"), "-++?");
  EXPECT_EQ(holds("age(added) <= if(sale, '9d', '8d')"), "-++?");
  EXPECT_EQ(holds("coalesce(context.flag, null) or sale"), "?+??");
  const std::array<std::pair<const char*, const char*>, 7> refused = {{
      {"if(sale, brand, price) == 'x'", "a text and a number"},
      {"coalesce(brand, 3) == 'x'", "a text and a number"},
      {"coalesce(price, 'x') > 3", "a text where a number"},
      {"coalesce(tags, tags) any of ['x']", "not sets"},
      {"brand in coalesce(context.a, context.b)", "give no sets"},
      {"lower(tags) == 'red'", "a set of texts where a text"},
      {"lower(price) == 'x'", "a number where a text"},
  }};
  for (const auto& [text, part] : refused)
    EXPECT_NE(refusal(text).find(part), std::string::npos) << refusal(text);
}

TEST_F(MadeTexts, StandBesideTheirConditionInLongFilters) {
  auto& price = catalog_.column("price");
  auto& brand = catalog_.column("brand");
  for (std::uint32_t i = 4; i < 700; ++i) {
    catalog_.items()->insert("more " + std::to_string(i));
    price.set_number(ItemId{i}, i);
    if (i % 3 != 0) brand.set_code(ItemId{i}, brand.encode(i % 2 == 0 ? "Even" : "odd"));
  }
  const auto program = compile(
      "price > 3 and lower(if(price % 5 == 0, 'EVEN', coalesce(brand, id))) == 'even' and price > "
      "9",
      catalog_, Type::boolean);
  EXPECT_TRUE(program->needs().is_static());
  EXPECT_EQ(program->columns().size(), 2U) << "a bitmap of it follows price and brand";
  Evaluation evaluation;
  evaluation.begin(*program, scope_);
  Bitmap bits(700);
  evaluation.to_bitmap(700, bits);
  for (std::uint32_t i = 10; i < 700; ++i) {
    const bool want = i % 5 == 0 || (i % 3 != 0 && i % 2 == 0);
    ASSERT_EQ(bits.test(i), want) << i;
    ASSERT_EQ(evaluation.test(ItemId{i}), want) << i;
  }
}

TEST_F(MadeTexts, AsksEmptyListsNothing) {
  EXPECT_EQ(holds("price in []"), "----");
  EXPECT_EQ(holds("brand not in []"), "++++");
  EXPECT_EQ(holds("tags any of []"), "----");
  EXPECT_EQ(holds("tags all of []"), "++++");
  EXPECT_EQ(holds("tags none of []"), "++++");
  const std::vector<Given> given = {{.name = "none", .kind = Given::Kind::texts}};
  scope_.context = given;
  EXPECT_EQ(holds("tags any of context.none"), "----");
  EXPECT_EQ(holds("tags all of context.none"), "++++");
  EXPECT_EQ(holds("tags none of context.none"), "++++");
  EXPECT_EQ(holds("brand not in context.none"), "++++");
  EXPECT_EQ(holds("brand in tags"), "---?") << "nothing is in the empty set of the third";
  EXPECT_EQ(holds("context.absent not in tags"), "??+?");
  EXPECT_EQ(holds("tags any of tags"), "++-?");
  scope_.anchor = ItemId{2};
  EXPECT_EQ(holds("tags all of anchor.tags"), "++++");
  EXPECT_EQ(holds("brand in anchor.tags"), "----");
  EXPECT_NE(refusal("[1] in []").find("a list stands only"), std::string::npos);
  EXPECT_NE(refusal("price any of []").find("a number where a set"), std::string::npos);
}

}  // namespace
}  // namespace aisle::expression
