#pragma once

/// A definition made ready: which counters there are, and how a feature is read from them.
///
/// Data path   definition -> [plan] -> store
/// Threads     immutable once made
/// Ownership   owns all of it
/// Cost        made once for each store

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aisle/catalog/catalog.h"
#include "aisle/features/layout.h"

namespace aisle::features {

/// A column by its name, found in any catalogue.
struct NamedColumn {
  std::string name;
  std::optional<catalog::Role> role;
  [[nodiscard]] const catalog::Column* in(const catalog::Catalog& catalog) const noexcept {
    return role ? catalog.role(*role) : catalog.find_column(name);
  }
};

/// What a visitor's events are shared out by: the values of a column.
struct ShareTrack {
  std::size_t column = 0;
  TypeMask types = 0;
  Timestamp half_life = 0;
  std::size_t total = 0;  ///< The place of the sum over all values in the visitor's row.
};

/// How one feature is read.
struct Reading {
  enum class Scope : std::uint8_t { visitor, item, value };  ///< What it is the same for.
  Feature feature;
  Scope scope = Scope::visitor;
  std::size_t column = 0;  ///< Of the plan's.
  std::size_t place = 0;   ///< Of its counter in the row of its entity.
  std::size_t below = 0;   ///< Of the counter that a rate divides by.
  std::size_t track = 0;   ///< Of an affinity, or of a recency of visitor and item.
};

struct Plan {
  /// @throws ConfigError when the definition does not hold.
  explicit Plan(const Definition& given);

  Definition definition;
  std::vector<NamedColumn> columns;
  Layout item;
  std::vector<Layout> value;  ///< By column.
  Layout visitor;
  std::vector<ShareTrack> shares;
  std::vector<TypeMask> touched;            ///< What recency of visitor and item looks at.
  std::vector<Reading> readings;            ///< In the order of the features.
  std::vector<std::size_t> profile_shares;  ///< By column of the profile.
  std::size_t profile_price = 0;            ///< The place of the moments of prices.
  bool needs_price = false;

 private:
  std::size_t column_number(const std::string& name) const;
  std::size_t share(const std::string& column, TypeMask types, Timestamp half_life);
  Reading reading_of(const Feature& feature);
};

/// (n + a·m) / (d + a); NaN where that is nothing by nothing.
[[nodiscard]] double rate_of(const Feature& feature, double hits, double chances) noexcept;
/// The value of a feature that is counted in one row: count, decayed, rate, recency, session_count
/// and sessions.
[[nodiscard]] double counted(const Reading& reading, const Word* row, Timestamp now) noexcept;

}  // namespace aisle::features
