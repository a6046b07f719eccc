#include "aisle/rules/item_test.h"

namespace aisle::rules {

ItemTest::ItemTest(std::string_view text, const catalog::View& catalog) {
  const auto program = expression::compile(text, catalog, expression::Type::boolean);
  if (const auto fixed = program->static_part()) {
    bitmap_ = std::make_unique<FollowedBitmap>(fixed, catalog.whole());
  }
  rest_ = program->dynamic_part();
}

void ItemTest::begin(const expression::Scope& scope, ActiveTest& active) const {
  active.bitmap = bitmap_ ? bitmap_->get() : nullptr;
  active.has_rest = rest_ != nullptr;
  if (rest_) active.rest.begin(*rest_, scope);
}

}  // namespace aisle::rules
