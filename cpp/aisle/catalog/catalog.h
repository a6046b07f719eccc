#pragma once

/// The shop's items and what is known of them: a dictionary of ids and typed columns.
///
/// Data path   fit, update_items -> [catalog] -> retrieve, score, rerank
/// Threads     readers take no lock and may run beside one writer; columns never go away, cells are
///             seen whole
/// Ownership   owns its columns, shares the dictionary of items
/// Cost        available() a few loads; a new item costs nothing until a cell of it is set

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/base/ids.h"
#include "aisle/catalog/column.h"
#include "aisle/catalog/dictionary.h"

namespace aisle::catalog {

/// Columns that the core itself understands, known by their names.
enum class Role : std::uint8_t {
  price,
  category,
  brand,
  stock,
  available_from,
  available_until,
  title,
};
inline constexpr std::size_t kRoles = 7;

/// The role of a column of that name.
[[nodiscard]] std::optional<Role> role_of(std::string_view name) noexcept;
/// The kinds that a column of that name may have: those of its role, else all.
[[nodiscard]] std::vector<AttributeKind> kinds_for(std::string_view name);
/// Stock is unknown or left, and `now` lies in [from, until), where a side that is null is open. A
/// column that is null says nothing.
[[nodiscard]] bool is_available(const Column* stock, const Column* from, const Column* until,
                                ItemId item, Timestamp now) noexcept;

class Catalog {
 public:
  static constexpr std::size_t kMaxColumns = 256;

  explicit Catalog(std::shared_ptr<Dictionary> items);

  [[nodiscard]] const std::shared_ptr<Dictionary>& items() const noexcept { return items_; }
  [[nodiscard]] std::size_t size() const noexcept { return items_->size(); }

  /// The column of that name, made if it is not there. `values` and `sets` are what the codes of a
  /// new one mean.
  /// @throws ConfigError if it is there with another kind, if a name with a role gets a kind that
  /// cannot play it ("price" is a number), for an empty name, or beyond kMaxColumns.
  Column& add_column(std::string_view name, AttributeKind kind,
                     std::shared_ptr<Dictionary> values = nullptr,
                     std::shared_ptr<LabelSets> sets = nullptr);

  /// Null where there is no such column.
  [[nodiscard]] const Column* find_column(std::string_view name) const noexcept;
  [[nodiscard]] Column* find_column(std::string_view name) noexcept;
  /// @throws UnknownNameError that lists the columns there are.
  [[nodiscard]] const Column& column(std::string_view name) const;
  [[nodiscard]] Column& column(std::string_view name);

  /// The column that plays the role, or null.
  [[nodiscard]] const Column* role(Role role) const noexcept {
    return roles_[static_cast<std::size_t>(role)].load(std::memory_order_acquire);
  }

  /// In the order in which they were added.
  [[nodiscard]] std::size_t column_count() const noexcept {
    return count_.load(std::memory_order_acquire);
  }
  [[nodiscard]] const Column& column_at(std::size_t place) const noexcept {
    return *columns_[place];
  }

  /// is_available() by the columns of these roles.
  [[nodiscard]] bool available(ItemId item, Timestamp now) const noexcept;
  [[nodiscard]] Bitmap available_items(Timestamp now) const;

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  std::shared_ptr<Dictionary> items_;
  std::array<std::unique_ptr<Column>, kMaxColumns> columns_;  // the first count_ are there
  std::atomic<std::size_t> count_{0};
  std::array<std::atomic<const Column*>, kRoles> roles_{};
  std::mutex adding_;
};

}  // namespace aisle::catalog
