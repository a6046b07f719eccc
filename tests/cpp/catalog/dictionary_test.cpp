#include "aisle/catalog/dictionary.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

TEST(Dictionary, NumbersIdsInOrderOfArrival) {
  Dictionary dictionary;
  EXPECT_EQ(dictionary.insert("sku-1"), 0U);
  EXPECT_EQ(dictionary.insert("sku-2"), 1U);
  EXPECT_EQ(dictionary.insert("sku-1"), 0U);
  EXPECT_EQ(dictionary.name(1), "sku-2");
  EXPECT_FALSE(dictionary.find("sku-3").has_value());
}

TEST(Dictionary, KeepsEveryIdThroughGrowth) {
  Dictionary dictionary;
  for (int i = 0; i < 50'000; ++i) dictionary.insert(std::to_string(i));
  for (int i = 0; i < 50'000; ++i) {
    ASSERT_EQ(dictionary.find(std::to_string(i)), static_cast<std::uint32_t>(i));
    ASSERT_EQ(dictionary.name(static_cast<std::uint32_t>(i)), std::to_string(i));
  }
}

TEST(Dictionary, RefusesWhatIsNoId) {
  Dictionary dictionary;
  EXPECT_THROW(dictionary.insert(""), DataError);
  EXPECT_THROW(dictionary.insert(std::string(10'000'000, 'a')), DataError);
  EXPECT_THROW(dictionary.insert("\xff\xfe"), DataError);
  EXPECT_EQ(dictionary.size(), 0U);
}

TEST(Dictionary, IsLoadedFromOneBlock) {
  static constexpr std::string_view text = "42Größea";
  const std::vector<std::uint64_t> offsets{0, 2, 9, 10};
  const auto dictionary = Dictionary::from_blob(text, offsets, nullptr);
  EXPECT_EQ(dictionary->size(), 3U);
  EXPECT_EQ(dictionary->name(1), "Größe");
  EXPECT_EQ(dictionary->find("42"), 0U);
  EXPECT_EQ(dictionary->find("a"), 2U);
  EXPECT_EQ(dictionary->insert("Größe"), 1U);
  for (int i = 0; i < 2'000; ++i) dictionary->insert("new-" + std::to_string(i));
  EXPECT_EQ(dictionary->find("Größe"), 1U);
  EXPECT_EQ(dictionary->find("new-1999"), 2'002U);
  const std::vector<std::uint64_t> none{0};
  EXPECT_EQ(Dictionary::from_blob({}, none, nullptr)->size(), 0U);
}

TEST(Dictionary, MakesItsTableWhenItIsFirstNeeded) {
  const std::vector<std::uint64_t> offsets{0, 1, 3, 4};
  const auto dictionary =
      Dictionary::from_blob(std::string_view("abbc"), offsets, nullptr, Dictionary::Lookup::later);
  EXPECT_EQ(dictionary->find("bb"), 1U);
  EXPECT_EQ(dictionary->find("d"), std::nullopt);
  EXPECT_EQ(dictionary->insert("c"), 2U);
  EXPECT_EQ(dictionary->insert("d"), 3U);
  for (int i = 0; i < 1'000; ++i) dictionary->insert(std::to_string(i));
  EXPECT_EQ(dictionary->find("bb"), 1U);
  EXPECT_EQ(dictionary->find("999"), 1'003U);
}

TEST(Dictionary, RefusesABlockThatIsNoListOfIds) {
  const auto refused = [](const std::string& text, const std::vector<std::uint64_t>& offsets) {
    EXPECT_THROW((void)Dictionary::from_blob(text, offsets, nullptr), DataError) << text;
  };
  refused("ab", {});
  refused("ab", {0, 1});
  refused("ab", {1, 2});
  refused("ab", {0, 0, 2});
  refused("ab", {0, 2, 1, 2});
  refused("ab", {0, 0xffffffffffffffff, 2});
  refused("ß", {0, 1, 2});  // cut through a character
  refused("a\xff", {0, 1, 2});
  refused("abab", {0, 2, 4});
  refused(std::string(5'000, 'x'), {0, 5'000});
}

TEST(Dictionary, ReadersSeeWholeEntriesWhileItGrows) {
  Dictionary dictionary;
  std::thread writer([&] {
    for (int i = 0; i < 20'000; ++i) dictionary.insert("item-" + std::to_string(i));
  });
  std::size_t seen = 0;
  while (seen < 20'000) {
    seen = dictionary.size();
    if (seen == 0) continue;
    const auto last = static_cast<std::uint32_t>(seen - 1);
    EXPECT_EQ(dictionary.name(last), "item-" + std::to_string(last));
  }
  writer.join();
  EXPECT_EQ(dictionary.find("item-19999"), 19'999U);
}

TEST(Utf8, FollowsRfc3629) {
  EXPECT_TRUE(is_utf8("Größe 42 €"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_utf8("\xe2\x82"));          // cut
}

}  // namespace
}  // namespace aisle::catalog
