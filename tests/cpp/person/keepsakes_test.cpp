#include "aisle/person/keepsakes.h"

#include <gtest/gtest.h>

#include <thread>

namespace aisle::person {
namespace {

std::string named(const char* letter, std::size_t number) {
  return std::string(letter).append(std::to_string(number));
}

std::vector<Keepsake> said(const Keepsakes& all, std::string_view visitor) {
  std::vector<Keepsake> found;
  all.of(visitor, found);
  return found;
}

void say(Keepsakes& all, std::string_view visitor, std::string_view item, const Event& event) {
  all.keep(visitor, item, event, all.ticket(visitor));
}

Event event(EventType type, Timestamp time) { return {.time = time, .type = type}; }

TEST(Keepsakes, KeepsTheLatestOfAnItem) {
  Keepsakes all;
  say(all, "v", "x", event(EventType::like, 10));
  say(all, "v", "x", event(EventType::dislike, 20));
  say(all, "v", "x", event(EventType::like, 15));  // late: what was said last holds
  ASSERT_EQ(said(all, "v").size(), 1U);
  EXPECT_EQ(said(all, "v")[0].type, EventType::dislike);
}

TEST(Keepsakes, AreInTheOrderOfTime) {
  Keepsakes all;
  say(all, "v", "y", event(EventType::like, 30));
  say(all, "v", "x", event(EventType::own, 10));
  const auto found = said(all, "v");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].item, "x");
  EXPECT_EQ(found[1].item, "y");
}

TEST(Keepsakes, AreBoundedPerVisitorTheOldestGoes) {
  Keepsakes all;
  for (std::size_t i = 0; i < Keepsakes::kMostOfVisitor + 5; ++i)
    say(all, "v", named("i", i), event(EventType::like, static_cast<Timestamp>(i)));
  const auto found = said(all, "v");
  EXPECT_EQ(found.size(), Keepsakes::kMostOfVisitor);
  EXPECT_EQ(found[0].item, "i5");
}

TEST(Keepsakes, Forget) {
  Keepsakes all;
  say(all, "v", "x", event(EventType::like, 10));
  say(all, "w", "x", event(EventType::like, 10));
  const std::size_t before = all.memory_bytes();
  all.forget("v");
  EXPECT_TRUE(said(all, "v").empty());
  EXPECT_EQ(said(all, "w").size(), 1U);
  EXPECT_LT(all.memory_bytes(), before);
  all.forget("w");
  EXPECT_TRUE(all.is_empty());
}

TEST(Keepsakes, WhatWasOnItsWayWhileTheVisitorWasForgottenStaysOut) {
  Keepsakes all;
  const auto ticket = all.ticket("v");
  all.forget("v");
  all.keep("v", "x", event(EventType::like, 10), ticket);
  EXPECT_TRUE(said(all, "v").empty());
}

TEST(Keepsakes, ReadersAndWritersMayMeet) {
  Keepsakes all;
  const std::jthread writer([&] {
    for (std::size_t i = 0; i < 2000; ++i) {
      say(all, named("v", i % 5), named("i", i % 90),
          event(i % 2 == 0 ? EventType::like : EventType::own, static_cast<Timestamp>(i)));
      if (i % 100 == 0) all.forget("v1");
    }
  });
  std::vector<Keepsake> found;
  for (std::size_t i = 0; i < 2000; ++i) {
    all.of("v1", found);
    EXPECT_LE(found.size(), 90U);
  }
}

}  // namespace
}  // namespace aisle::person
