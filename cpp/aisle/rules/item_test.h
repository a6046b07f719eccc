#pragma once

/// A condition on items, split into what only the catalogue decides and what the request does.
///
/// Data path   rule, where= -> [item test] -> retrieve, rerank
/// Threads     an ItemTest is shared by all requests; an ActiveTest belongs to one
/// Ownership   an ItemTest owns its bitmap; an ActiveTest shares it for the request
/// Cost        begin() a lock and the request's own values; test() a bit, and the rest if there is one

#include <memory>
#include <string_view>

#include "aisle/rules/followed_bitmap.h"

namespace aisle::rules {

struct ActiveTest {
  std::shared_ptr<const Bitmap> bitmap;  ///< Null: the catalogue alone forbids nothing.
  bool has_rest = false;
  expression::Evaluation rest;

  [[nodiscard]] bool test(ItemId item) {
    return (bitmap == nullptr || bitmap->test(value_of(item))) && (!has_rest || rest.test(item));
  }
};

class ItemTest {
 public:
  /// @throws ExpressionError when the text does not hold for this catalogue.
  ItemTest(std::string_view text, const catalog::View& catalog);

  /// Makes the test ready for one request.
  void begin(const expression::Scope& scope, ActiveTest& active) const;

 private:
  std::unique_ptr<FollowedBitmap> bitmap_;
  std::shared_ptr<const expression::Program> rest_;
};

}  // namespace aisle::rules
