#pragma once

/// NumPy arrays as spans: the only buffer border.

#include <cstdint>
#include <span>
#include <vector>

#include "aisle/base/ids.h"
#include "bindings.h"

namespace aisle::bindings {

/// A C-contiguous input array; with noconvert() a wrong dtype is an error, never a hidden copy.
template <class T>
using In = py::array_t<T, py::array::c_style>;

template <class T>
std::span<const T> view(const In<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}
template <class T>
std::span<T> view_out(In<T>& array) {
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

/// Item numbers cross the border as uint32; ItemId has the same representation.
inline std::span<const ItemId> items_of(const In<std::uint32_t>& array) {
  static_assert(sizeof(ItemId) == sizeof(std::uint32_t));
  return {reinterpret_cast<const ItemId*>(array.data()), static_cast<std::size_t>(array.size())};
}
inline std::span<ItemId> items_out(In<std::uint32_t>& array) {
  return {reinterpret_cast<ItemId*>(array.mutable_data()), static_cast<std::size_t>(array.size())};
}
template <class T, class U = T>
In<U> to_numpy(std::span<const T> values) {
  static_assert(sizeof(T) == sizeof(U));
  In<U> array(static_cast<py::ssize_t>(values.size()));
  if (!values.empty()) std::memcpy(array.mutable_data(), values.data(), values.size_bytes());
  return array;
}

}  // namespace aisle::bindings
