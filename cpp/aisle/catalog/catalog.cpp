#include "aisle/catalog/catalog.h"

#include <algorithm>
#include <initializer_list>

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

struct RoleRule {
  std::string_view name;
  AttributeKind kinds[2];
};
constexpr std::array<RoleRule, kRoles> kRules{{
    {"price", {AttributeKind::number, AttributeKind::number}},
    {"category", {AttributeKind::category, AttributeKind::category}},
    {"brand", {AttributeKind::category, AttributeKind::category}},
    {"stock", {AttributeKind::number, AttributeKind::flag}},
    {"available_from", {AttributeKind::time, AttributeKind::time}},
    {"available_until", {AttributeKind::time, AttributeKind::time}},
    {"title", {AttributeKind::text, AttributeKind::category}},
}};

/// "a category", "a number or a flag": what the kinds of a rule are called.
std::string kinds_of(const RoleRule& rule) {
  std::string text = described(rule.kinds[0]);
  if (rule.kinds[1] != rule.kinds[0]) text.append(" or ").append(described(rule.kinds[1]));
  return text;
}

const RoleRule* rule_of(std::string_view name) noexcept {
  const auto role = role_of(name);
  return role ? &kRules[static_cast<std::size_t>(*role)] : nullptr;
}

void check_new(std::string_view name, AttributeKind kind, std::size_t count) {
  if (name.empty() || name.size() > Dictionary::kMaxIdBytes || !is_utf8(name)) {
    throw ConfigError("\"" + printable(name, 24) +
                      "\" is no name of a column: it must be UTF-8 of 1 to " +
                      std::to_string(Dictionary::kMaxIdBytes) + " bytes");
  }
  if (count == Catalog::kMaxColumns) {
    throw ConfigError("column \"" + printable(name) + "\": a catalogue has at most " +
                      std::to_string(Catalog::kMaxColumns) + " columns");
  }
  const RoleRule* rule = rule_of(name);
  if (rule != nullptr && kind != rule->kinds[0] && kind != rule->kinds[1]) {
    throw ConfigError("column \"" + printable(name) + "\" must be " + kinds_of(*rule) + ", not " +
                      described(kind) + ": aisle itself uses it; rename it otherwise");
  }
}

bool has_stock(const Column& stock, ItemId item) noexcept {
  if (stock.kind() == AttributeKind::flag) return stock.flag(item) != 0;
  const double left = stock.number(item);
  return left > 0.0 || left != left;  // NaN: unknown
}

}  // namespace

std::optional<Role> role_of(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kRules, name, &RoleRule::name);
  if (found == kRules.end()) return std::nullopt;
  return static_cast<Role>(found - kRules.begin());
}

std::vector<AttributeKind> kinds_for(std::string_view name) {
  if (const RoleRule* rule = rule_of(name)) {
    if (rule->kinds[0] == rule->kinds[1]) return {rule->kinds[0]};
    return {rule->kinds[0], rule->kinds[1]};
  }
  std::vector<AttributeKind> all;
  all.reserve(kAttributeKinds);
  for (std::size_t i = 0; i < kAttributeKinds; ++i) all.push_back(static_cast<AttributeKind>(i));
  return all;
}

Catalog::Catalog(std::shared_ptr<Dictionary> items) : items_(std::move(items)) {
  if (items_ == nullptr) throw ConfigError("a catalogue needs a dictionary of items");
}

Column& Catalog::add_column(std::string_view name, AttributeKind kind,
                            std::shared_ptr<Dictionary> values, std::shared_ptr<LabelSets> sets) {
  const std::scoped_lock lock(adding_);
  if (Column* there = find_column(name)) {
    if (there->kind() == kind) return *there;
    throw ConfigError("column \"" + printable(name) + "\" is " + described(there->kind()) +
                      ", not " + described(kind));
  }
  const std::size_t count = column_count();
  check_new(name, kind, count);
  columns_[count] =
      std::make_unique<Column>(std::string(name), kind, std::move(values), std::move(sets));
  Column& made = *columns_[count];
  count_.store(count + 1, std::memory_order_release);
  if (const auto role = role_of(name))
    roles_[static_cast<std::size_t>(*role)].store(&made, std::memory_order_release);
  return made;
}

const Column* Catalog::find_column(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < column_count(); ++i) {
    if (columns_[i]->name() == name) return columns_[i].get();
  }
  return nullptr;
}

Column* Catalog::find_column(std::string_view name) noexcept {
  return const_cast<Column*>(std::as_const(*this).find_column(name));
}

const Column& Catalog::column(std::string_view name) const {
  if (const Column* found = find_column(name)) return *found;
  std::string all;
  for (std::size_t i = 0; i < column_count(); ++i) {
    if (i != 0) all += ", ";
    all += printable(columns_[i]->name());
  }
  throw UnknownNameError("the catalogue has no column \"" + printable(name) + "\"; it has " +
                         (all.empty() ? "none" : all));
}

Column& Catalog::column(std::string_view name) {
  return const_cast<Column&>(std::as_const(*this).column(name));
}

bool is_available(const Column* stock, const Column* from, const Column* until, ItemId item,
                  Timestamp now) noexcept {
  if (stock != nullptr && !has_stock(*stock, item)) return false;
  // A null start is the smallest of all times, so it needs no test of its own.
  if (from != nullptr && from->time(item) > now) return false;
  if (until == nullptr) return true;
  const Timestamp end = until->time(item);
  return end == kNullTime || end > now;
}

bool Catalog::available(ItemId item, Timestamp now) const noexcept {
  return is_available(role(Role::stock), role(Role::available_from), role(Role::available_until),
                      item, now);
}

Bitmap Catalog::available_items(Timestamp now) const {
  Bitmap bitmap(size());
  for (std::size_t i = 0; i < bitmap.size(); ++i) {
    if (available(ItemId{static_cast<std::uint32_t>(i)}, now)) bitmap.set(i);
  }
  return bitmap;
}

std::size_t Catalog::memory_bytes() const noexcept {
  std::size_t bytes = items_->memory_bytes();
  for (std::size_t i = 0; i < column_count(); ++i) bytes += columns_[i]->memory_bytes();
  return bytes;
}

}  // namespace aisle::catalog
