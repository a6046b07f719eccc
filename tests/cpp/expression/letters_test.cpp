#include "aisle/expression/letters.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace aisle::expression {
namespace {

std::string small(std::string_view text) {
  std::string out = "what lay there before";
  lower(text, out);
  return out;
}

TEST(Letters, BecomeSmallOneForOne) {
  const std::array<std::pair<const char*, const char*>, 10> cases = {{
      {"", ""},
      {"Green TEA 3x@[`{", "green tea 3x@[`{"},
      {"GRÖSSE ÄÉÑ ß", "grösse äéñ ß"},
      {"ŁÓDŹ Ÿ", "łódź ÿ"},
      {"ΑΘΉΝΑΣ", "αθήνασ"},
      {"МОСКВА Ёж", "москва ёж"},
      {"İI", "ii"},
      {"KÅ", "kå"},  // Kelvin and Ångström signs: shorter in UTF-8 than they were
      {"Ⱥ", "ⱥ"},    // and one that is longer
      {"𐐀 東京 🍵", "𐐨 東京 🍵"},
  }};
  for (const auto& [text, want] : cases) EXPECT_EQ(small(text), want) << text;
}

TEST(Letters, LeaveWhatIsNoUtf8) {
  for (const std::string_view text : {"\xff", "a\xc3", "\xc3(", "\xe2\x84", "\xf0\x90\x90",
                                      "\x80\xbf", "\xc0\xaf", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_EQ(small(text), text);
  }
  EXPECT_EQ(small("A\xffÖ"), "a\xffö");
}

}  // namespace
}  // namespace aisle::expression
