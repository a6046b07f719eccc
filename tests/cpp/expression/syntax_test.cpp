#include "aisle/expression/syntax.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "aisle/base/ids.h"

namespace aisle::expression {
namespace {

/// The tree once more as text, every part in parentheses.
std::string shown(const Tree& tree, std::uint32_t id) {
  const Node& node = tree.nodes[id];
  std::string text("(");
  text += std::to_string(static_cast<int>(node.shape));
  for (const std::string& part : node.path) text.append(".").append(part);
  text += node.text;
  if (node.number != 0.0) text += std::to_string(node.number);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    text += i < node.labels.size() ? node.labels[i] : "";
    text += shown(tree, node.children[i]);
  }
  return text + ")";
}
std::string shown(std::string_view text) {
  const Tree tree = parse(text);
  return shown(tree, tree.root);
}

struct Refused {
  std::size_t line;
  std::size_t column;
  std::string message;
};
Refused refused(std::string_view text) {
  try {
    (void)parse(text);
  } catch (const ExpressionError& error) {
    return {error.line(), error.column(), error.what()};
  }
  return {0, 0, "accepted"};
}

std::string repeated(std::string_view part, std::size_t times, std::string text = {}) {
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(Syntax, BindsAsWritten) {
  const std::array<std::pair<const char*, const char*>, 12> same = {{
      {"a or b and c", "a or (b and c)"},
      {"not a and b", "(not a) and b"},
      {"not a == b", "not (a == b)"},
      {"a < b + c * d", "a < (b + (c * d))"},
      {"a - b - c == d", "((a - b) - c) == d"},
      {"a / b * c == d", "((a / b) * c) == d"},
      {"-a * b == c", "((-a) * b) == c"},
      {"a between b and c and d", "(a between b and c) and d"},
      {"not a in [b]", "not (a in [b])"},
      {"a not between b + d and c", "a not between (b + d) and c"},
      {"a is not null or b", "(a is not null) or b"},
      {"NOT a AND b IN ['x']", "(not a) and (b in [\"x\"])"},
  }};
  for (const auto& [text, other] : same) EXPECT_EQ(shown(text), shown(other)) << text;
  EXPECT_NE(shown("(a or b) and c"), shown("a or b and c"));
  EXPECT_NE(shown("a - (b - c)"), shown("a - b - c"));
}

TEST(Syntax, ReadsLiterals) {
  const auto number = [](std::string_view text) {
    const Tree tree = parse(text);
    return tree.nodes[tree.root].number;
  };
  EXPECT_EQ(number("1.5e3"), 1500.0);
  EXPECT_EQ(number(".5"), 0.5);
  EXPECT_EQ(number("90d"), 90.0 * static_cast<double>(kDay));
  EXPECT_EQ(number("1.5h"), 1.5 * static_cast<double>(kHour));
  EXPECT_EQ(number("30s"), 30.0 * static_cast<double>(kSecond));
  EXPECT_EQ(number("10m"), 10.0 * static_cast<double>(kMinute));
  EXPECT_EQ(number("2w"), 14.0 * static_cast<double>(kDay));
  const auto text = [](std::string_view given) {
    const Tree tree = parse(given);
    return tree.nodes[tree.root].text;
  };
  EXPECT_EQ(text(R"("a \"b\" \\ c")"), R"(a "b" \ c)");
  EXPECT_EQ(text("'Größe'"), "Größe");
  EXPECT_EQ(parse("`odd name`").nodes.back().path.front(), "odd name");
  EXPECT_EQ(parse("`and`").nodes.back().path.front(), "and");
}

TEST(Syntax, SaysWhereAndWhatToWrite) {
  struct Case {
    const char* text;
    std::size_t line;
    std::size_t column;
    const char* part;
  };
  const std::array<Case, 22> cases = {{
      {"", 1, 1, "empty"},
      {"price = 3", 1, 7, "write =="},
      {"price <> 3", 1, 7, "write !="},
      {"a && b", 1, 3, "write and"},
      {"a || b", 1, 3, "write or"},
      {"!a", 1, 1, "write not"},
      {"1 < a < 3", 1, 7, "don't chain"},
      {"a ==", 1, 5, "ends too early"},
      {"(a", 1, 3, "closing )"},
      {"a)", 1, 2, "expected"},
      {"a == 'x", 1, 6, "never ends"},
      {"a == 5y", 1, 6, "no such unit"},
      {"a == 1e999", 1, 6, "out of range"},
      {"a # b", 1, 3, "no meaning"},
      {"a is 3", 1, 6, "null"},
      {"a not b", 1, 7, "in or between"},
      {"a between 1", 1, 12, "and"},
      {"a any [1]", 1, 7, "of"},
      {"f(a b)", 1, 5, ", or )"},
      {"a in [1 2]", 1, 9, ", or ]"},
      {"a.3", 1, 2, "expected"},
      {"a ==\n  $3", 2, 3, "$limit"},
  }};
  for (const Case& one : cases) {
    const Refused found = refused(one.text);
    EXPECT_EQ(found.line, one.line) << one.text << ": " << found.message;
    EXPECT_EQ(found.column, one.column) << one.text << ": " << found.message;
    EXPECT_NE(found.message.find(one.part), std::string::npos) << found.message;
  }
}

TEST(Syntax, ShowsTheLineWithAMark) {
  EXPECT_EQ(refused("a or\nprice = 3").message,
            "2:7: write == for 'equal'\n  price = 3\n        ^");
  const std::string wide = refused(repeated("a + ", 100) + "#").message;
  for (std::size_t begin = 0; begin < wide.size();) {
    const std::size_t end = std::min(wide.find('\n', begin), wide.size());
    EXPECT_LE(end - begin, 140U) << "a long line is shown around the place";
    begin = end + 1;
  }
}

TEST(Syntax, HasLimits) {
  EXPECT_EQ(refused(repeated("(", 60) + "a" + repeated(")", 60)).message, "accepted");
  for (const char* opening : {"(", "-", "not ", "f(", "if(a,", "["}) {
    const Refused deep = refused(repeated(opening, 2'000) + "a");
    EXPECT_NE(deep.message.find("deeper than 64"), std::string::npos)
        << opening << deep.message.substr(0, 80);
  }
  EXPECT_NE(refused(std::string(16'385, 'a')).message.find("16,384 bytes"), std::string::npos);
  EXPECT_EQ(refused(repeated(" or a", 2'000, "a")).message, "accepted");
  EXPECT_NE(refused(repeated("+a", 4'200, "a")).message.find("4,096"), std::string::npos);
}

}  // namespace
}  // namespace aisle::expression
