#pragma once

/// What a model has learned as named arrays: how it is saved, and made again.
///
/// Data path   model <-> [arrays] <-> a file
/// Threads     value
/// Ownership   owns its columns
/// Cost        a copy of each array, both ways

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/event.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::models {

using Column = std::variant<std::vector<std::uint8_t>, std::vector<std::uint32_t>,
                            std::vector<std::int64_t>, std::vector<float>, std::vector<double>>;

class Arrays {
 public:
  template <class T>
  void put(std::string name, std::vector<T> values) {
    columns_.insert_or_assign(std::move(name), Column(std::move(values)));
  }
  void put(std::string name, std::span<const ItemId> items);
  void put(std::string name, std::span<const EventType> types);
  void put(std::string name, Column column) {
    columns_.insert_or_assign(std::move(name), std::move(column));
  }

  /// @throws BundleError naming the array that is not there, or not of this kind of number.
  template <class T>
  [[nodiscard]] const std::vector<T>& get(std::string_view name) const {
    const auto* values = std::get_if<std::vector<T>>(&find(name));
    if (values == nullptr)
      throw BundleError("array " + std::string(name) + " has another kind of numbers");
    return *values;
  }
  [[nodiscard]] std::vector<ItemId> items(std::string_view name) const;
  [[nodiscard]] std::vector<EventType> types(std::string_view name) const;

  [[nodiscard]] const std::map<std::string, Column, std::less<>>& columns() const noexcept {
    return columns_;
  }

 private:
  [[nodiscard]] const Column& find(std::string_view name) const;
  std::map<std::string, Column, std::less<>> columns_;
};

/// @throws BundleError saying of which array `what` does not hold.
void require(bool holds, std::string_view array, std::string_view what);

/// The sessions of an index; what follows from them is not saved.
void save_sessions(const retrieve::SessionIndexData& index, Arrays& arrays);

/// @throws BundleError naming the array that does not hold.
[[nodiscard]] retrieve::SessionIndexData load_sessions(
    const Arrays& arrays, std::size_t item_count, const retrieve::SessionIndexOptions& options);

}  // namespace aisle::models
