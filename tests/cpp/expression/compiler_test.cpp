#include "aisle/expression/compiler.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "small_shop.h"

namespace aisle::expression {
namespace {

using Compile = SmallShop;

TEST_F(Compile, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal("prise < 3").substr(0, 52),
            "1:1: unknown attribute 'prise', did you mean 'price'");
  const std::array<std::pair<const char*, const char*>, 10> cases = {{
      {"zzzzzz < 3", "unknown attribute 'zzzzzz'. There are: id, price"},
      {"anchor.prise < 3", "did you mean 'price'?"},
      {"sessions.length > 1", "did you mean 'session'?"},
      {"session.lenght > 1", "did you mean 'length'?"},
      {"history.some('view')", "count(), any(), last() and price()"},
      {"session.count('veiw') > 1", "did you mean 'view'?"},
      {"session.count('view', price) > 1", "an attribute that is a text"},
      {"session.count('view', after='3d') > 1", "within="},
      {"mim(1, 2) > 1", "did you mean 'min'?"},
      {"abs(1, 2) > 1", "takes 1 arguments"},
  }};
  for (const auto& [text, part] : cases) {
    EXPECT_NE(refusal(text).find(part), std::string::npos) << refusal(text);
  }
}

TEST_F(Compile, SaysBothTypes) {
  const std::array<std::pair<const char*, const char*>, 16> cases = {{
      {"price", "this is a number where a condition is needed"},
      {"price == 'x'", "a number and a text don't go together"},
      {"brand == 3", "a text and a number"},
      {"sale + 1 > 2", "a condition and a number"},
      {"sale < true", "only compared with == and !="},
      {"added == 'soon'", "'soon' is no time"},
      {"age(added) > 'long'", "'long' is no duration"},
      {"added + added > now", "a time and a time"},
      {"tags == 'red'", "don't go together"},
      {"tags == tags", "any of, all of or none of"},
      {"price in 3", "behind in stands a list"},
      {"brand in [1, 2]", "a number where a text"},
      {"price in [1, 2d]", "a duration where a number"},
      {"-brand == 'x'", "numbers and durations"},
      {"if(price, 1, 2) > 1", "a number where a condition"},
      {"min(price, added) > 1", "a number and a time"},
  }};
  for (const auto& [text, part] : cases) {
    EXPECT_NE(refusal(text).find(part), std::string::npos) << refusal(text);
  }
  EXPECT_NE(refusal("sale", Type::number).find("write if("), std::string::npos);
}

TEST_F(Compile, AnEmptyListStillNeedsWhatTheOtherSideAsks) {
  const auto program = compile("coalesce(0d, $span) in []", catalog_, Type::boolean);
  EXPECT_TRUE(program->needs().parameters) << "it runs, and fails without";
}

TEST_F(Compile, KnowsWhatAResultHangsOn) {
  const auto needs = [&](std::string_view text) {
    return compile(text, catalog_, Type::boolean)->needs();
  };
  EXPECT_TRUE(needs("price < 3").is_static());
  EXPECT_TRUE(needs("1 < 3").is_static());
  EXPECT_FALSE(needs("1 < 3").item);
  EXPECT_TRUE(needs("id == 'x'").item);
  EXPECT_TRUE(needs("age(added) < 3d").now);
  EXPECT_TRUE(needs("price < anchor.price").anchor);
  EXPECT_TRUE(needs("brand == context.store").context);
  EXPECT_TRUE(needs("price < $x").parameters);
  EXPECT_TRUE(needs("session.length > 1").events);
  EXPECT_FALSE(needs("session.length > 1").item);
  EXPECT_TRUE(needs("session.seen").item);
  EXPECT_TRUE(needs("history.any('view', within=3d)").now);
  const auto columns = compile("price < 3 and brand == 'x' and price > 1", catalog_, Type::boolean);
  ASSERT_EQ(columns->columns().size(), 2U);
  EXPECT_EQ(columns->columns()[0]->name(), "price");
  EXPECT_EQ(columns->columns()[1]->name(), "brand");
}

TEST_F(Compile, PartsWhatTheCatalogueDecides) {
  const auto mixed =
      compile("price < 25 and brand == context.store and not sale", catalog_, Type::boolean);
  ASSERT_NE(mixed->static_part(), nullptr);
  ASSERT_NE(mixed->dynamic_part(), nullptr);
  EXPECT_TRUE(mixed->static_part()->needs().is_static());
  EXPECT_EQ(mixed->static_part()->columns().size(), 2U);
  EXPECT_TRUE(mixed->dynamic_part()->needs().context);
  Evaluation evaluation;
  evaluation.begin(*mixed->static_part(), {});
  EXPECT_TRUE(evaluation.test(ItemId{0}));
  EXPECT_FALSE(evaluation.test(ItemId{1}));

  const auto fixed = compile("price < 25 and not sale", catalog_, Type::boolean);
  EXPECT_EQ(fixed->static_part(), fixed);
  EXPECT_EQ(fixed->dynamic_part(), nullptr);
  const auto loose = compile("price < 25 or context.all", catalog_, Type::boolean);
  EXPECT_EQ(loose->static_part(), nullptr);
  EXPECT_EQ(loose->dynamic_part(), loose);
}

TEST_F(Compile, GivesTheErrorAFieldsName) {
  try {
    (void)compile("price <\n prise", catalog_, Type::boolean);
    FAIL() << "no exception";
  } catch (const ExpressionError& error) {
    EXPECT_EQ(error.line(), 2U);
    EXPECT_EQ(error.column(), 2U);
    const ExpressionError named = error.within("rule 'x', where");
    EXPECT_TRUE(std::string(named.what()).starts_with("rule 'x', where:2:2: unknown"));
    EXPECT_EQ(named.column(), 2U);
  }
}

}  // namespace
}  // namespace aisle::expression
