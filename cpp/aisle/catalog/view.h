#pragma once

/// The catalogue as one market sees it: some names mean columns of the market's own.
///
/// Data path   catalogue -> [view] -> expressions, rules, scorer, objectives
/// Threads     as the catalogue's; the view itself never changes
/// Ownership   borrows the catalogue and its columns; copies share the names
/// Cost        a name that is not the market's own is asked of the catalogue

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aisle/catalog/catalog.h"

namespace aisle::catalog {

/// (the name, the column that it means)
using Aliases = std::vector<std::pair<std::string, std::string>>;

class View {
 public:
  /// Everything under its own name.
  View(const Catalog& catalog) : catalog_(&catalog) {}  // NOLINT(google-explicit-constructor)
  /// @throws UnknownNameError for a column that there is not on either side, save names with a role;
  /// ConfigError for one of another kind than the name has or than its role can be, and for "id".
  View(const Catalog& catalog, const Aliases& aliases);

  [[nodiscard]] const Catalog& whole() const noexcept { return *catalog_; }
  /// As Catalog's.
  [[nodiscard]] const std::shared_ptr<Dictionary>& items() const noexcept {
    return catalog_->items();
  }
  [[nodiscard]] const Column* find_column(std::string_view name) const noexcept;
  [[nodiscard]] const Column& column(std::string_view name) const;
  [[nodiscard]] const Column* role(Role role) const noexcept {
    const Column* const own = roles_[static_cast<std::size_t>(role)];
    return own != nullptr ? own : catalog_->role(role);
  }
  [[nodiscard]] bool available(ItemId item, Timestamp now) const noexcept;
  /// Whether a text may speak of one of the market's own names.
  [[nodiscard]] bool concerns(std::string_view text) const noexcept;
  /// Another one for each set of names; empty where everything has its own.
  [[nodiscard]] std::string_view key() const noexcept {
    return names_ == nullptr ? std::string_view{} : names_->key;
  }

 private:
  struct Names {
    std::vector<std::pair<std::string, const Column*>> columns;
    std::string key;
  };
  const Catalog* catalog_;
  std::array<const Column*, kRoles> roles_{};
  std::shared_ptr<const Names> names_;
};

}  // namespace aisle::catalog
