#pragma once

/// What an item must be: a conjunction of conditions on columns.
///
/// Data path   request -> [filter] -> retrieve (as a bitmap), rerank
/// Threads     immutable once built; cells may change beside it
/// Ownership   borrows the columns: the catalogue outlives the filter
/// Cost        matches() a few ns a condition; to_bitmap() about 2 ns an item and condition

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/base/ids.h"
#include "aisle/catalog/catalog.h"
#include "aisle/catalog/column.h"

namespace aisle::catalog {

/// Null matches no comparison, as in SQL; only is_null() lets it through.
class Filter {
 public:
  static constexpr double kOpen = std::numeric_limits<double>::infinity();

  /// A category or text that is one of the values. Values that the shop does not have (yet, when
  /// this is called) match nothing.
  /// @throws ConfigError here and below if the column is of another kind.
  Filter& is_in(const Column& column, std::span<const std::string_view> values);
  /// A number of [low, high]; -kOpen and kOpen leave a side open.
  /// @throws ConfigError also if a bound is NaN.
  Filter& is_between(const Column& column, double low, double high);
  /// A time of [first, last], both inclusive.
  Filter& is_within(const Column& column, Timestamp first, Timestamp last);
  Filter& is_flag(const Column& column, bool value);
  Filter& is_null(const Column& column);
  Filter& is_not_null(const Column& column);

  [[nodiscard]] bool empty() const noexcept { return conditions_.empty(); }
  [[nodiscard]] bool matches(ItemId item) const noexcept;
  /// One bit for each item that the catalogue has now.
  [[nodiscard]] Bitmap to_bitmap(const Catalog& catalog) const;

 private:
  struct OneOf {
    const Column* column;
    Bitmap codes;
    bool operator()(ItemId item) const noexcept { return codes.test(column->code(item)); }
  };
  struct Between {
    const Column* column;
    double low;
    double high;
    bool operator()(ItemId item) const noexcept {
      const double value = column->number(item);
      return value >= low && value <= high;  // false for NaN
    }
  };
  struct Within {
    const Column* column;
    Timestamp first;  // never kNullTime, so null lies before it
    Timestamp last;
    bool operator()(ItemId item) const noexcept {
      const Timestamp value = column->time(item);
      return value >= first && value <= last;
    }
  };
  struct Flag {
    const Column* column;
    std::uint8_t value;
    bool operator()(ItemId item) const noexcept { return column->flag(item) == value; }
  };
  struct Null {
    const Column* column;
    bool wanted;
    bool operator()(ItemId item) const noexcept { return column->is_null(item) == wanted; }
  };
  using Condition = std::variant<OneOf, Between, Within, Flag, Null>;

  std::vector<Condition> conditions_;
};

}  // namespace aisle::catalog
