#include "aisle/rules/followed_bitmap.h"

#include <atomic>
#include <thread>

#include "small_shop.h"

namespace aisle::rules {
namespace {

class FollowedBitmapTest : public SmallShop {
 protected:
  FollowedBitmapTest() : SmallShop(3'000) {}

  [[nodiscard]] std::shared_ptr<const expression::Program> program(std::string_view text) const {
    return expression::compile(text, catalog_, expression::Type::boolean);
  }
  /// The items that a bitmap holds, and no bit behind the last of them.
  [[nodiscard]] std::vector<std::size_t> of(FollowedBitmap& followed) const {
    const auto bits = followed.get();
    EXPECT_GE(bits->size(), catalog_.size());
    auto found = which([&](ItemId one) { return bits->test(value_of(one)); });
    EXPECT_EQ(bits->count(), found.size());
    return found;
  }
  [[nodiscard]] std::vector<std::size_t> cheaper(double most) const {
    return which([&](ItemId one) { return price_.number(one) < most; });
  }
};

TEST_F(FollowedBitmapTest, FollowsAFewChanges) {
  FollowedBitmap followed(program("price < 100"), catalog_);
  const auto first = followed.get();
  ASSERT_EQ(of(followed), cheaper(100));
  price_.set_number(item(2'000), 5.0);
  price_.set_number(item(7), 500.0);
  price_.set_null(item(8));
  EXPECT_EQ(of(followed), cheaper(100));
  EXPECT_EQ(followed.get(), first) << "mended in place";
  EXPECT_TRUE(first->test(2'000)) << "who holds it sees the change";
}

TEST_F(FollowedBitmapTest, FollowsAsManyChangesAsAColumnRemembersAndMore) {
  for (const std::size_t changes : {1'023U, 1'024U, 1'025U, 2'900U}) {
    FollowedBitmap followed(program("price < 100"), catalog_);
    ASSERT_EQ(of(followed), cheaper(100));
    for (std::size_t i = 0; i < changes; ++i) {
      const double before = price_.number(item(i));
      price_.set_number(item(i), before < 100 ? 1'000.0 : 1.0);
    }
    EXPECT_EQ(of(followed), cheaper(100)) << changes;
  }
}

TEST_F(FollowedBitmapTest, FollowsEachColumnOfItsCondition) {
  FollowedBitmap followed(program("price < 100 or brand == 'b1'"), catalog_);
  const auto expected = [&] {
    return which([&](ItemId one) { return price_.number(one) < 100 || brand_.text(one) == "b1"; });
  };
  ASSERT_EQ(of(followed), expected());
  brand_.set_code(item(500), brand_.encode("b1"));
  price_.set_number(item(501), 1.0);
  brand_.set_null(item(1'000));
  EXPECT_EQ(of(followed), expected());
}

TEST_F(FollowedBitmapTest, TakesInNewItems) {
  FollowedBitmap followed(program("brand == 'b2'"), catalog_);
  const auto expected = [&] { return which([&](ItemId one) { return brand_.text(one) == "b2"; }); };
  const auto first = followed.get();
  for (int i = 0; i < 100; ++i) add();
  EXPECT_EQ(of(followed), expected());
  EXPECT_EQ(followed.get(), first) << "they found room";
  for (int i = 0; i < 5'000; ++i) add();
  EXPECT_EQ(of(followed), expected()) << "more than there was room for";
  EXPECT_FALSE(first->test(catalog_.size() - 1)) << "an old bitmap stays as long as it was";
}

TEST_F(FollowedBitmapTest, KnowsNewItemsByTheirId) {
  FollowedBitmap followed(program("id in ['i5', 'i3000', 'i9000']"), catalog_);
  EXPECT_EQ(of(followed), (std::vector<std::size_t>{5}));
  add();
  EXPECT_EQ(of(followed), (std::vector<std::size_t>{5, 3'000}));
}

/// ThreadSanitizer looks on: cells are written while bits are read and mended.
TEST_F(FollowedBitmapTest, IsReadAndMendedBesideAWriter) {
  FollowedBitmap followed(program("price < 100"), catalog_);
  std::atomic<int> readers{0};
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    while (readers < 2) std::this_thread::yield();
    for (std::size_t i = 0; i < 40'000; ++i) {
      price_.set_number(item(i * 10 % 3'000), i / 300 % 2 == 0 ? 1'000.0 : 1.0);
      if (i % 50 == 0) add();
    }
    is_done = true;
  });
  const auto read = [&] {
    Bitmap mine;
    for (std::size_t looks = 0; !is_done; ++looks) {
      const auto bits = followed.get();
      mine.copy(*bits);
      mine.keep_common(*bits);
      mine.remove(*bits);
      if (looks == 0) ++readers;
      EXPECT_LE(bits->count(), catalog_.size());
      EXPECT_FALSE(bits->test(9)) << "it has no price: no bit but those of changed cells moves";
    }
  };
  std::thread reader(read);
  read();
  reader.join();
  writer.join();
  EXPECT_EQ(of(followed), cheaper(100));
}

}  // namespace
}  // namespace aisle::rules
