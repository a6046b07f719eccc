#include "aisle/base/published.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace aisle {
namespace {

TEST(Published, GivesWhatWasStoredLast) {
  Published<int> published;
  EXPECT_EQ(published.load(), nullptr);
  published.store(std::make_shared<const int>(1));
  published.store(std::make_shared<const int>(2));
  EXPECT_EQ(*published.load(), 2);
}

TEST(Published, KeepsAValueUntilItsLastReaderIsDone) {
  Published<int> published;
  auto first = std::make_shared<const int>(1);
  const std::weak_ptr<const int> watch = first;
  published.store(first);
  first.reset();
  auto reader = published.load();
  published.store(std::make_shared<const int>(2));
  EXPECT_EQ(*reader, 1);
  EXPECT_FALSE(watch.expired());
  reader.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(Published, NeverGoesBackForAThread) {
  Published<int> published;
  published.store(std::make_shared<const int>(0));
  std::atomic<bool> is_done{false};
  std::atomic<int> faults{0};
  {
    std::vector<std::jthread> readers;
    for (int r = 0; r < 3; ++r) {
      readers.emplace_back([&] {
        for (int newest = 0; !is_done.load();) {
          const int seen = *published.load();
          if (seen < newest) faults.fetch_add(1);
          newest = seen;
        }
      });
    }
    for (int i = 1; i < 2'000; ++i) published.store(std::make_shared<const int>(i));
    is_done = true;
  }
  EXPECT_EQ(faults.load(), 0);
}

}  // namespace
}  // namespace aisle
