#include "aisle/value/offer_book.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "aisle/base/error.h"

namespace aisle::value {
namespace {

constexpr Timestamp kNow = 1'000 * kDay;
constexpr Money kUnit = 1'000'000;

Offer offer(std::string name = "spring", Money budget = 10 * kUnit) {
  return {.name = std::move(name), .discount = 0.1, .budget = budget, .hold = kHour};
}

Account account(OfferBook& book, std::string_view name, Timestamp now = kNow) {
  for (const auto& [found, account] : book.state(now).accounts) {
    if (found == name) return account;
  }
  return {};
}

OfferBook& declared(OfferBook& book, const Offer& one) {
  book.declare({&one, 1});
  return book;
}

TEST(OfferBook, SetsAsideWhatIsShownAndGivesItBackAfterTheHold) {
  OfferBook book;
  declared(book, offer());
  EXPECT_TRUE(book.reserve(offer(), "s1", "a", 6 * kUnit, kNow));
  EXPECT_FALSE(book.reserve(offer(), "s2", "a", 5 * kUnit, kNow));
  EXPECT_TRUE(book.reserve(offer(), "s2", "a", 4 * kUnit, kNow));
  EXPECT_EQ(account(book, "spring").left(), 0);
  EXPECT_EQ(account(book, "spring", kNow + kHour - 1).reserved, 10 * kUnit);
  EXPECT_EQ(account(book, "spring", kNow + kHour).reserved, 0);
  EXPECT_EQ(account(book, "spring").shown, 2U);
}

TEST(OfferBook, SpendsWhatIsRedeemedOnce) {
  OfferBook book;
  declared(book, offer());
  book.reserve(offer(), "s1", "a", 6 * kUnit, kNow);
  EXPECT_FALSE(book.redeem("s1", "b", kNow));
  EXPECT_FALSE(book.redeem("s2", "a", kNow));
  EXPECT_TRUE(book.redeem("s1", "a", kNow + 1));
  EXPECT_FALSE(book.redeem("s1", "a", kNow + 1)) << "once";
  const Account found = account(book, "spring", kNow + kDay);
  EXPECT_EQ(found.spent, 6 * kUnit);
  EXPECT_EQ(found.reserved, 0);
  EXPECT_EQ(found.redeemed, 1U);
}

TEST(OfferBook, RedeemsNothingAfterTheHold) {
  OfferBook book;
  declared(book, offer());
  book.reserve(offer(), "s1", "a", kUnit, kNow);
  EXPECT_FALSE(book.redeem("s1", "a", kNow + kHour));
  EXPECT_EQ(account(book, "spring").spent, 0);
}

TEST(OfferBook, HoldsOneOfferAnItemOfASlate) {
  OfferBook book;
  const std::array both = {offer(), offer("autumn")};
  book.declare(both);
  EXPECT_TRUE(book.reserve(both[0], "s1", "a", 6 * kUnit, kNow));
  EXPECT_TRUE(book.reserve(both[0], "s1", "a", 6 * kUnit, kNow)) << "the same again";
  EXPECT_EQ(account(book, "spring").reserved, 6 * kUnit);
  EXPECT_TRUE(book.reserve(both[1], "s1", "a", 2 * kUnit, kNow)) << "another in its place";
  EXPECT_EQ(account(book, "spring").reserved, 0);
  EXPECT_EQ(account(book, "autumn").reserved, 2 * kUnit);
}

TEST(OfferBook, ReleasesTheHoldsOfOneSlate) {
  OfferBook book;
  declared(book, offer());
  for (const char* slate : {"s", "s1", "s10"}) {
    book.reserve(offer(), slate, "a", kUnit, kNow);
    book.reserve(offer(), slate, "b", kUnit, kNow);
  }
  book.release("s1");
  EXPECT_EQ(account(book, "spring").reserved, 4 * kUnit);
  EXPECT_TRUE(book.redeem("s10", "b", kNow));
}

TEST(OfferBook, KeepsItsAccountsWhenStrategiesComeAndGo) {
  OfferBook book;
  declared(book, offer());
  book.reserve(offer(), "s1", "a", 6 * kUnit, kNow);
  declared(book, offer("autumn"));
  EXPECT_FALSE(book.reserve(offer(), "s2", "a", kUnit, kNow)) << "nobody declares it any more";
  EXPECT_TRUE(book.redeem("s1", "a", kNow)) << "but what was shown holds";
  declared(book, offer("spring", 7 * kUnit));
  EXPECT_EQ(account(book, "spring").left(), kUnit) << "what was spent stays spent";
  declared(book, offer("spring", kUnit));
  EXPECT_EQ(account(book, "spring").left(), 0);
}

TEST(OfferBook, RefusesOneNameWithTwoBudgets) {
  OfferBook book;
  const std::array both = {offer(), offer("spring", kUnit)};
  EXPECT_THROW(book.declare(both), ConfigError);
  EXPECT_TRUE(book.state(kNow).accounts.empty());
}

TEST(OfferBook, RefusesOffersOutsideTheirRange) {
  const auto broken = [](const auto& change) {
    Offer made = offer();
    change(made);
    EXPECT_THROW(made.validate(), ConfigError);
  };
  broken([](Offer& one) { one.name = ""; });
  broken([](Offer& one) { one.discount = 0.91; });
  broken([](Offer& one) { one.discount = 0.0; });
  broken([](Offer& one) { one.budget = -1; });
  broken([](Offer& one) { one.hold = 0; });
}

TEST(OfferBook, IsSavedAndRestored) {
  OfferBook book;
  declared(book, offer());
  book.reserve(offer(), "s1", "a", 3 * kUnit, kNow);
  book.reserve(offer(), "s1", "b", 4 * kUnit, kNow);
  book.redeem("s1", "b", kNow);
  OfferBook other;
  declared(other, offer("spring", 20 * kUnit));
  other.restore(book.state(kNow));
  const Account found = account(other, "spring");
  EXPECT_EQ(found.spent, 4 * kUnit);
  EXPECT_EQ(found.reserved, 3 * kUnit);
  EXPECT_EQ(found.left(), 13 * kUnit) << "the live budget";
  EXPECT_TRUE(other.redeem("s1", "a", kNow));
}

TEST(OfferBook, RefusesAStateThatDoesNotHold) {
  OfferBook book;
  declared(book, offer());
  const Hold hold{.slate = "s", .item = "a", .offer = "spring", .amount = 1, .expires = kNow};
  EXPECT_THROW(book.restore({.accounts = {}, .holds = {hold}}), DataError);
  EXPECT_THROW(book.restore({.accounts = {{"spring", {}}}, .holds = {hold, hold}}), DataError);
  EXPECT_THROW(book.restore({.accounts = {{"spring", {.budget = -5}}}, .holds = {}}), DataError);
  EXPECT_EQ(account(book, "spring").budget, 10 * kUnit) << "and changes nothing";
}

TEST(OfferBook, NeverSpendsMoreThanTheBudgetUnderThreads) {
  OfferBook book;
  declared(book, offer("spring", 100 * kUnit));
  std::atomic<Money> redeemed{0};
  const auto work = [&](std::size_t thread) {
    for (std::size_t n = 0; n < 2000; ++n) {
      const std::string slate = std::to_string(thread).append("-").append(std::to_string(n));
      const Money amount = static_cast<Money>(1 + n % 3) * kUnit / 10;
      const auto now = kNow + static_cast<Timestamp>(n) * kMinute;
      if (!book.reserve(offer("spring", 0), slate, "a", amount, now)) continue;
      if (n % 2 == 0 && book.redeem(slate, "a", now)) redeemed += amount;
      const Account found = account(book, "spring", now);
      ASSERT_LE(found.spent + found.reserved, found.budget);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) threads.emplace_back(work, t);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(account(book, "spring", kNow + 1000 * kDay).spent, redeemed.load());
  EXPECT_LE(redeemed.load(), 100 * kUnit);
  EXPECT_GT(redeemed.load(), 50 * kUnit);
}

}  // namespace
}  // namespace aisle::value
