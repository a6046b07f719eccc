// What the visitor did, as sets of items and as prices.

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "small_shop.h"

namespace aisle::expression {
namespace {

class OfVisitor : public SmallShop {
 protected:
  OfVisitor() {
    auto& fits = catalog_.add_column("fits", catalog::AttributeKind::labels);
    const std::uint32_t tea = fits.values()->insert("tea");
    const std::uint32_t cup = fits.values()->insert("cup");
    fits.set_code(ItemId{0}, fits.sets()->insert(std::vector{cup}));
    fits.set_code(ItemId{1}, fits.sets()->insert(std::vector{tea, cup}));
    fits.set_code(ItemId{2}, fits.sets()->insert({}));
    scope_.now = 10 * kDay;
  }
  void happened(std::vector<Event> events, std::size_t session_begin = 0) {
    events_ = std::move(events);
    scope_.events = events_;
    scope_.session_begin = session_begin;
  }
  std::vector<Event> events_;
};

Event event(EventType type, std::uint32_t item) { return {kDay, ItemId{item}, kNoValue, type}; }

TEST_F(OfVisitor, KnowsTheCart) {
  happened(
      {event(EventType::cart, 1), event(EventType::cart, 0), event(EventType::cart, 2),
       event(EventType::remove_from_cart, 2), event(EventType::view, 3), event(EventType::cart, 0)},
      1);
  EXPECT_EQ(number("size(session.cart)"), 1.0) << "the pot lies in the cart of an older session";
  EXPECT_EQ(holds("id in session.cart"), "+---");
  EXPECT_EQ(holds("id not in session.cart"), "-+++");
  EXPECT_EQ(holds("fits any of session.cart"), "-+-?");
  EXPECT_EQ(holds("fits none of session.cart"), "+-+?");
  EXPECT_EQ(holds("fits all of session.cart"), "-+-?");
  EXPECT_EQ(holds("session.cart any of ['tea', 'x']"), "++++");
  EXPECT_EQ(holds("contains(session.cart, id)"), "+---");
  EXPECT_EQ(holds("session.cart is null"), "----");
  events_.push_back(event(EventType::purchase, 0));
  happened(events_, 1);
  EXPECT_EQ(number("size(session.cart)"), 0.0);
  EXPECT_EQ(holds("fits any of session.cart"), "----");
  EXPECT_EQ(holds("fits none of session.cart"), "++++") << "also where fits is null";
}

TEST_F(OfVisitor, KnowsWhatWasSeenAsASetAndOfThisItem) {
  happened({event(EventType::purchase, 2), event(EventType::search, value_of(kNoItem)),
            event(EventType::view, 0), event(EventType::view, 0)},
           1);
  EXPECT_EQ(holds("session.seen"), "+---");
  EXPECT_EQ(holds("history.seen"), "+-+-");
  EXPECT_EQ(holds("history.seen and not session.seen"), "--+-");
  EXPECT_EQ(holds("session.seen == history.seen"), "++-+");
  EXPECT_EQ(holds("session.seen in [true]"), "+---");
  EXPECT_EQ(holds("if(session.seen, false, history.seen)"), "--+-");
  EXPECT_EQ(holds("coalesce(context.x, history.seen)"), "+-+-");
  EXPECT_EQ(holds("id in history.seen"), "+-+-");
  EXPECT_EQ(number("size(session.seen) * 10 + size(history.seen)"), 12.0);
  EXPECT_EQ(holds("fits any of history.seen"), "++-?");
  EXPECT_EQ(holds("fits any of session.seen"), "-+-?");
  EXPECT_EQ(holds("'cup' in history.seen and 'pot' not in history.seen"), "++++");
  scope_.anchor = ItemId{2};
  EXPECT_EQ(holds("anchor.id in session.seen"), "----");
  happened({});
  EXPECT_EQ(holds("id in session.seen or session.seen or 'tea' in history.seen"), "----");
}

TEST_F(OfVisitor, FollowsTheCartOfTheNextRequest) {
  const auto program = compile("fits any of session.cart", catalog_, Type::boolean);
  EXPECT_FALSE(program->needs().is_static());
  Evaluation evaluation;
  for (const std::uint32_t item : {0U, 2U, 1U}) {
    happened({event(EventType::cart, item)});
    evaluation.begin(*program, scope_);
    EXPECT_EQ(evaluation.test(ItemId{0}), item == 2) << item;
    EXPECT_EQ(evaluation.test(ItemId{1}), item != 1) << item;
  }
}

TEST_F(OfVisitor, KnowsThePrices) {
  happened({event(EventType::purchase, 2), event(EventType::impression, 1),
            event(EventType::view, 0), event(EventType::view, 0), event(EventType::view, 3)},
           1);
  EXPECT_EQ(number("history.price(0)"), 10.0);
  EXPECT_EQ(number("history.price(0.5)"), 20.0) << "each item once, between 10 and 30";
  EXPECT_EQ(number("history.price(0.9)"), 28.0);
  EXPECT_EQ(number("history.price(1)"), 30.0);
  EXPECT_EQ(number("session.price(0.9)"), 10.0);
  EXPECT_EQ(holds("price <= coalesce(session.price(1), 0)"), "+--?");
  happened({event(EventType::view, 3)});
  EXPECT_TRUE(is_null("history.price(0.5)")) << "no price is known";
  happened({});
  EXPECT_TRUE(is_null("session.price(0.5)"));
  const std::array<std::pair<const char*, const char*>, 6> refused = {{
      {"history.price() > 1", "takes 1 arguments"},
      {"history.price(1.5) > 1", "from 0 to 1"},
      {"history.price(-1) > 1", "from 0 to 1"},
      {"history.price(price) > 1", "from 0 to 1"},
      {"session.price('x') > 1", "from 0 to 1"},
      {"session.price(q=0.5) > 1", "no argument is called 'q'"},
  }};
  for (const auto& [text, part] : refused)
    EXPECT_NE(refusal(text).find(part), std::string::npos) << refusal(text);
}

TEST_F(OfVisitor, NeedsAnAttributeForPrices) {
  catalog::Catalog bare(std::make_shared<catalog::Dictionary>());
  EXPECT_THROW((void)compile("history.price(0.5) > 1", bare, Type::boolean), ExpressionError);
}

TEST_F(OfVisitor, SellsUp) {
  auto& price = catalog_.column("price");
  price.set_number(ItemId{3}, 12.0);
  scope_.anchor = ItemId{0};
  const char* const text =
      "price > anchor.price and price <= max(anchor.price * 1.3, coalesce(history.price(0.9), 0))";
  EXPECT_EQ(holds(text), "---+");
  happened({event(EventType::view, 1), event(EventType::view, 2)});
  EXPECT_EQ(holds(text), "-+-+");
}

TEST_F(OfVisitor, SaysWhatThereIs) {
  const std::array<std::pair<const char*, const char*>, 6> cases = {{
      {"session.crat is null", "did you mean 'cart'?"},
      {"history.cart is null", "seen, count(), any(), price(), last()"},
      {"history.length > 1", "unknown name 'history.length'"},
      {"session.cart", "write id in it"},
      {"session.cart == 'x'", "a set of texts and a text"},
      {"session.seen + 1 > 1", "a set of texts and a number"},
  }};
  for (const auto& [text, part] : cases)
    EXPECT_NE(refusal(text).find(part), std::string::npos) << refusal(text);
}

}  // namespace
}  // namespace aisle::expression
