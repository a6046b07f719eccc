#pragma once

/// Compiled filters of requests that come again and again: "category is shoes" on every page view.
///
/// Data path   request's where= -> [where cache] -> rules
/// Threads     get() from any thread; one lock, never held while something is compiled
/// Ownership   of one catalogue's model; shares its tests: one that was dropped lives until its last
///             request is done
/// Cost        a hit is a hash of the text; a miss compiles it, and its first use makes a bitmap

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "aisle/rules/item_test.h"

namespace aisle::rules {

class WhereCache {
 public:
  static constexpr std::size_t kMost = 256;

  /// The test of the text, over always the same catalogue, which it borrows.
  /// @throws ExpressionError when the text does not hold.
  std::shared_ptr<const ItemTest> get(std::string_view text, const catalog::View& catalog);

 private:
  struct Entry {
    std::shared_ptr<const ItemTest> test;
    std::uint64_t used = 0;
  };
  void drop_oldest();

  std::mutex mutex_;
  std::uint64_t now_ = 0;
  std::unordered_map<std::string, Entry> tests_;
};

}  // namespace aisle::rules
