#include "aisle/catalog/view.h"

#include <algorithm>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

/// @throws ConfigError where what the name means elsewhere could not be done with the column.
void check_kind(const std::string& name, const Column* there, const Column& column) {
  const auto kinds = kinds_for(name);
  const bool fits = there != nullptr ? there->kind() == column.kind()
                                     : std::ranges::find(kinds, column.kind()) != kinds.end();
  if (fits) return;
  throw ConfigError("columns." + name + ": \"" + column.name() + "\" is " +
                    described(column.kind()) + ", " + name + " is " +
                    described(there != nullptr ? there->kind() : kinds.front()));
}

}  // namespace

View::View(const Catalog& catalog, const Aliases& aliases) : catalog_(&catalog) {
  if (aliases.empty()) return;
  auto names = std::make_shared<Names>();
  for (const auto& [name, meant] : aliases) {
    if (name == "id") throw ConfigError("columns.id: the id is no column, it means itself");
    if (!role_of(name)) (void)catalog.column(name);
    const Column& column = catalog.column(meant);
    check_kind(name, catalog.find_column(name), column);
    names->columns.emplace_back(name, &column);
    names->key.append(name).append(1, '\0').append(meant).append(1, '\0');
    if (const auto role = role_of(name)) roles_[static_cast<std::size_t>(*role)] = &column;
  }
  names_ = std::move(names);
}

const Column* View::find_column(std::string_view name) const noexcept {
  if (names_ != nullptr) {
    for (const auto& [own, column] : names_->columns) {
      if (own == name) return column;
    }
  }
  return catalog_->find_column(name);
}

const Column& View::column(std::string_view name) const {
  const Column* const found = find_column(name);
  return found != nullptr ? *found : catalog_->column(name);
}

bool View::concerns(std::string_view text) const noexcept {
  return names_ != nullptr && std::ranges::any_of(names_->columns, [&](const auto& own) {
           return text.find(own.first) != std::string_view::npos;
         });
}

bool View::available(ItemId item, Timestamp now) const noexcept {
  return is_available(role(Role::stock), role(Role::available_from), role(Role::available_until),
                      item, now);
}

}  // namespace aisle::catalog
