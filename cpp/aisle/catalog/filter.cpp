#include "aisle/catalog/filter.h"

#include <algorithm>
#include <string>

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

void expect(const Column& column, bool fits, std::string_view comparison) {
  if (fits) return;
  throw ConfigError("column \"" + printable(column.name()) + "\" is " + described(column.kind()) +
                    ", which cannot be compared with " + std::string(comparison));
}

}  // namespace

Filter& Filter::is_in(const Column& column, std::span<const std::string_view> values) {
  expect(column, column.has_codes(), "a list of values");
  const Dictionary& dictionary = *column.values();
  Bitmap codes(dictionary.size());
  for (const std::string_view value : values) {
    const auto code = dictionary.find(value);
    if (code && *code < codes.size()) codes.set(*code);
  }
  conditions_.emplace_back(OneOf{&column, std::move(codes)});
  return *this;
}

Filter& Filter::is_between(const Column& column, double low, double high) {
  expect(column, column.kind() == AttributeKind::number, "numbers");
  if (low != low || high != high) {
    throw ConfigError("a bound of column \"" + printable(column.name()) + "\" is not a number");
  }
  conditions_.emplace_back(Between{&column, low, high});
  return *this;
}

Filter& Filter::is_within(const Column& column, Timestamp first, Timestamp last) {
  expect(column, column.kind() == AttributeKind::time, "times");
  conditions_.emplace_back(Within{&column, std::max(first, kNullTime + 1), last});
  return *this;
}

Filter& Filter::is_flag(const Column& column, bool value) {
  expect(column, column.kind() == AttributeKind::flag, "true or false");
  conditions_.emplace_back(Flag{&column, static_cast<std::uint8_t>(value ? 1 : 0)});
  return *this;
}

Filter& Filter::is_null(const Column& column) {
  conditions_.emplace_back(Null{&column, true});
  return *this;
}

Filter& Filter::is_not_null(const Column& column) {
  conditions_.emplace_back(Null{&column, false});
  return *this;
}

bool Filter::matches(ItemId item) const noexcept {
  return std::ranges::all_of(conditions_, [item](const Condition& condition) {
    // Not std::visit, which may throw where a variant has no value; ours always have one.
    if (const auto* one_of = std::get_if<OneOf>(&condition)) return (*one_of)(item);
    if (const auto* between = std::get_if<Between>(&condition)) return (*between)(item);
    if (const auto* within = std::get_if<Within>(&condition)) return (*within)(item);
    if (const auto* flag = std::get_if<Flag>(&condition)) return (*flag)(item);
    return (*std::get_if<Null>(&condition))(item);
  });
}

Bitmap Filter::to_bitmap(const Catalog& catalog) const {
  Bitmap bitmap(catalog.size(), true);
  for (const Condition& condition : conditions_) {
    std::visit(
        [&bitmap](const auto& passes) {
          for (std::size_t i = 0; i < bitmap.size(); ++i) {
            if (bitmap.test(i) && !passes(ItemId{static_cast<std::uint32_t>(i)})) bitmap.reset(i);
          }
        },
        condition);
  }
  return bitmap;
}

}  // namespace aisle::catalog
