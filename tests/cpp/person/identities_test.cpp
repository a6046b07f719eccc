#include "aisle/person/identities.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

namespace aisle::person {
namespace {

std::string named(const char* letter, std::size_t number) {
  return std::string(letter).append(std::to_string(number));
}

std::vector<Part> person(const Identities& all, std::string_view visitor, Timestamp now) {
  std::vector<Part> parts;
  all.of(visitor, now, parts);
  return parts;
}

bool holds(const std::vector<Part>& parts, std::string_view visitor, Timestamp at) {
  return std::ranges::any_of(parts, [&](const Part& part) {
    return part.visitor == visitor && part.from <= at && at < part.until;
  });
}

TEST(Identities, AStrangerIsOnePerson) {
  const Identities all;
  EXPECT_TRUE(all.is_empty());
  const auto parts = person(all, "d", 5);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(holds(parts, "d", -100));
}

TEST(Identities, TheFirstLogInTakesThePastAlong) {
  Identities all;
  all.link("phone", "ann", 100);
  for (const auto* who : {"phone", "ann"}) {
    const auto parts = person(all, who, 200);
    EXPECT_TRUE(holds(parts, "phone", 1)) << who;
    EXPECT_TRUE(holds(parts, "phone", 300)) << who;
    EXPECT_TRUE(holds(parts, "ann", 1)) << who;
  }
}

TEST(Identities, UnitesTheDevicesOfAUser) {
  Identities all;
  all.link("phone", "ann", 100);
  all.link("laptop", "ann", 150);
  EXPECT_TRUE(holds(person(all, "phone", 200), "laptop", 120));
  EXPECT_TRUE(holds(person(all, "laptop", 200), "phone", 120));
  EXPECT_EQ(all.devices("ann"), (std::vector<std::string>{"laptop", "phone"}));
}

TEST(Identities, ASharedDeviceIsDividedByTime) {
  Identities all;
  all.link("tablet", "ann", 100);
  all.link("tablet", "bob", 200);
  EXPECT_TRUE(holds(person(all, "ann", 300), "tablet", 199));
  EXPECT_FALSE(holds(person(all, "ann", 300), "tablet", 200));
  EXPECT_TRUE(holds(person(all, "tablet", 300), "tablet", 200));
  EXPECT_FALSE(holds(person(all, "tablet", 300), "tablet", 199));
  EXPECT_TRUE(holds(person(all, "tablet", 150), "tablet", 199));  // asked as of then: ann's
}

TEST(Identities, LogOutEndsIt) {
  Identities all;
  all.link("tablet", "ann", 100);
  all.link("tablet", "", 200);
  const auto parts = person(all, "tablet", 300);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_FALSE(holds(parts, "tablet", 150));
  EXPECT_TRUE(holds(parts, "tablet", 250));
  EXPECT_FALSE(holds(person(all, "ann", 300), "tablet", 250));
}

TEST(Identities, ALinkCanBeTakenBack) {
  Identities all;
  all.link("phone", "ann", 100);
  all.link("laptop", "ann", 100);
  EXPECT_EQ(all.unlink("phone", "ann"), 1U);
  EXPECT_EQ(all.unlink("phone", "ann"), 0U);
  EXPECT_FALSE(holds(person(all, "laptop", 200), "phone", 150));
  EXPECT_TRUE(holds(person(all, "phone", 200), "phone", 150));
  all.unlink("laptop", "ann");
  EXPECT_TRUE(all.is_empty());
}

TEST(Identities, ForgetsADeviceAndAUser) {
  Identities all;
  all.link("phone", "ann", 100);
  all.link("tablet", "ann", 100);
  all.link("tablet", "bob", 200);
  all.forget("ann");
  EXPECT_TRUE(all.devices("ann").empty());
  EXPECT_TRUE(holds(person(all, "bob", 300), "tablet", 250));
  all.forget("tablet");
  EXPECT_TRUE(all.is_empty());
}

TEST(Identities, TheOrderOfLinksDoesNotMatter) {
  const std::vector<std::tuple<const char*, const char*, Timestamp>> told = {
      {"a", "x", 10}, {"a", "y", 20}, {"a", "", 30}, {"b", "x", 5}, {"b", "y", 40}, {"c", "y", 1}};
  std::vector<std::size_t> order(told.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937_64 draw(1);
  std::vector<std::vector<Part>> first;
  for (int round = 0; round < 50; ++round) {
    Identities all;
    for (const std::size_t i : order)
      all.link(std::get<0>(told[i]), std::get<1>(told[i]), std::get<2>(told[i]));
    std::vector<std::vector<Part>> found;
    for (const auto* who : {"a", "b", "c", "x", "y"}) {
      for (const Timestamp now : {0, 15, 25, 35, 50}) found.push_back(person(all, who, now));
    }
    if (round == 0) first = found;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].size(), first[i].size());
      for (std::size_t j = 0; j < found[i].size(); ++j) {
        EXPECT_EQ(found[i][j].visitor, first[i][j].visitor);
        EXPECT_EQ(found[i][j].from, first[i][j].from);
        EXPECT_EQ(found[i][j].until, first[i][j].until);
      }
    }
    std::ranges::shuffle(order, draw);
  }
}

TEST(Identities, ReadersAndWritersMayMeet) {
  Identities all;
  const std::jthread writer([&] {
    for (std::size_t i = 0; i < 500; ++i) {
      all.link(named("d", i % 7), named("u", i % 3), static_cast<Timestamp>(i));
      if (i % 11 == 0) all.forget("u1");
      if (i % 5 == 0) all.unlink("d2", "u2");
    }
  });
  std::vector<Part> parts;
  for (std::size_t i = 0; i < 500; ++i) {
    all.of(named("d", i % 7), static_cast<Timestamp>(i), parts);
    EXPECT_FALSE(parts.empty());
  }
}

std::vector<Part> stretches(const Identities& all, std::string_view visitor, Timestamp now) {
  std::vector<Part> parts;
  all.stretches(visitor, now, parts);
  return parts;
}

TEST(Identities, EveryLinkButTheFirstBeginsAStretch) {
  Identities all;
  EXPECT_EQ(all.stretch_at("tablet", 5), kBeginning);
  all.link("tablet", "ann", 100);
  EXPECT_EQ(all.stretch_at("tablet", 150), kBeginning);
  all.link("tablet", "bob", 200);
  EXPECT_EQ(all.stretch_at("tablet", 199), kBeginning);
  EXPECT_EQ(all.stretch_at("tablet", 200), 200);
  EXPECT_EQ(all.stretch_at("phone", 200), kBeginning);
  all.link("tablet", "carl", 50);  // told late: ann's link is not the first any more
  EXPECT_EQ(all.stretch_at("tablet", 60), kBeginning);
  EXPECT_EQ(all.stretch_at("tablet", 150), 100);
}

TEST(Identities, StretchesStayWhenALinkGoesAndGoWithTheirDevice) {
  Identities all;
  all.link("tablet", "ann", 100);
  all.link("tablet", "bob", 200);
  all.link("tablet", "carl", 300);
  ASSERT_EQ(all.unlink("tablet", "bob"), 1U);
  const auto parts = stretches(all, "ann", 400);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].visitor, "ann");
  EXPECT_EQ(parts[1].from, kBeginning);
  EXPECT_EQ(parts[2].from, 200);
  EXPECT_EQ(parts[1].until, 300);
  EXPECT_EQ(parts[2].until, 300);
  EXPECT_EQ(all.forget("tablet"), (std::vector<Timestamp>{200, 300}));
  EXPECT_TRUE(all.is_empty());
  EXPECT_EQ(all.stretch_at("tablet", 400), kBeginning);
}

TEST(Identities, AStrangerOfDividedTimeIsAllOfIt) {
  Identities all;
  all.link("tablet", "ann", 100);
  all.link("tablet", "bob", 200);
  all.unlink("tablet", "ann");
  all.unlink("tablet", "bob");
  EXPECT_FALSE(all.is_empty()) << "its stretches are to be put together";
  EXPECT_EQ(stretches(all, "tablet", 400).size(), 2U);
}

}  // namespace
}  // namespace aisle::person
