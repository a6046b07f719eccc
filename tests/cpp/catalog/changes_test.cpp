#include "aisle/catalog/changes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "aisle/catalog/column.h"

namespace aisle::catalog {
namespace {

constexpr ItemId item(std::uint32_t number) { return ItemId{number}; }

TEST(Changes, KeepTheNewest) {
  Changes changes;
  EXPECT_EQ(changes.count(), 0U);
  EXPECT_EQ(changes.item(0), std::nullopt);
  for (std::uint32_t i = 0; i < 1'500; ++i) changes.add(item(7 * i));
  EXPECT_EQ(changes.count(), 1'500U);
  EXPECT_EQ(changes.item(1'499), item(7 * 1'499));
  EXPECT_EQ(changes.item(1'500 - Changes::kKept), item(7 * (1'500 - 1'024)));
  EXPECT_EQ(changes.item(1'500 - Changes::kKept - 1), std::nullopt) << "overwritten";
  EXPECT_EQ(changes.item(1'500), std::nullopt) << "not there yet";
}

TEST(Changes, AreThoseOfTheColumnsCells) {
  Column price("price", AttributeKind::number);
  price.load(std::span<const double>(std::vector<double>{1.0, 2.0}));
  EXPECT_EQ(price.changes(), 0U) << "what was loaded is no change";
  price.set_number(item(1), 3.0);
  price.set_number(item(1), 3.0);
  price.set_null(item(5));
  EXPECT_EQ(price.changes(), 1U) << "the same value is no change";
  price.set_null(item(0));
  price.set_number(item(9), 0.0);
  ASSERT_EQ(price.changes(), 3U);
  EXPECT_EQ(price.changed(0), item(1));
  EXPECT_EQ(price.changed(1), item(0));
  EXPECT_EQ(price.changed(2), item(9));

  Column sale("sale", AttributeKind::flag);
  sale.set_flag(item(4), 1);
  EXPECT_EQ(sale.changed(0), item(4));
}

/// A copy of a column that is kept up to date as the header says.
class Mirror {
 public:
  explicit Mirror(const Column& column, std::uint32_t items)
      : column_(column), numbers_(items, 0.0) {}

  void follow() {
    const std::uint64_t now = column_.changes();
    for (; seen_ < now; ++seen_) {
      const auto changed = column_.changed(seen_);
      if (!changed) return make();
      numbers_[value_of(*changed)] = column_.number(*changed);
    }
  }
  [[nodiscard]] const std::vector<double>& numbers() const { return numbers_; }
  [[nodiscard]] std::size_t made() const { return made_; }

 private:
  void make() {
    seen_ = column_.changes();
    for (std::uint32_t i = 0; i < numbers_.size(); ++i) numbers_[i] = column_.number(item(i));
    ++made_;
  }

  const Column& column_;
  std::vector<double> numbers_;
  std::uint64_t seen_ = 0;
  std::size_t made_ = 0;
};

TEST(Changes, LetAReaderFollowAWriter) {
  constexpr std::uint32_t kItems = 5'000;
  Column price("price", AttributeKind::number);
  for (std::uint32_t i = 0; i < kItems; ++i) price.set_number(item(i), 0.0);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < 200'000; ++i) price.set_number(item(i * 13 % kItems), i + 1.0);
    done = true;
  });
  const auto follow = [&] {
    Mirror mirror(price, kItems);
    while (!done) mirror.follow();
    mirror.follow();
    for (std::uint32_t i = 0; i < kItems; ++i)
      ASSERT_EQ(mirror.numbers()[i], price.number(item(i)));
    EXPECT_GE(mirror.made(), 1U) << "5,000 changes came before it";
  };
  std::thread reader(follow);
  follow();
  reader.join();
  writer.join();
}

}  // namespace
}  // namespace aisle::catalog
