#pragma once

/// The shop's ids across the border: a Python str or int as text, and text as the id it was.
///
/// Data path   every call that names a visitor, session or item
/// Threads     needs the GIL
/// Ownership   views borrow the Python object, or the IdText they came from
/// Cost        a few ns for a str (its UTF-8 is cached by Python), about 15 ns for an int

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "aisle/base/error.h"
#include "aisle/catalog/dictionary.h"
#include "bindings.h"

namespace aisle::bindings {

/// One id as UTF-8 text; nothing for None and NaN, which mean "no id" in tables.
class IdText {
 public:
  explicit IdText(py::handle id) {
    if (PyUnicode_Check(id.ptr()) != 0) {
      take_text(id);
    } else if (!is_missing(id)) {
      take_integer(id);
    }
  }
  IdText(const IdText&) = delete;
  IdText& operator=(const IdText&) = delete;

  [[nodiscard]] const std::optional<std::string_view>& text() const noexcept { return text_; }
  [[nodiscard]] bool is_integer() const noexcept { return is_integer_; }

 private:
  static bool is_missing(py::handle id) noexcept {
    return id.is_none() ||
           (PyFloat_Check(id.ptr()) != 0 && std::isnan(PyFloat_AS_DOUBLE(id.ptr())));
  }

  void take_integer(py::handle id) {
    if (PyBool_Check(id.ptr()) != 0 || PyIndex_Check(id.ptr()) == 0) {
      throw py::type_error("an id is a str or an int, not " +
                           py::repr(py::type::handle_of(id)).cast<std::string>());
    }
    owner_ = py::reinterpret_steal<py::object>(PyNumber_Index(id.ptr()));
    if (!owner_) throw py::error_already_set();
    is_integer_ = true;
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(owner_.ptr(), &overflow);
    if (overflow != 0) {
      owner_ = py::str(owner_);
      return take_text(owner_);
    }
    const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), value).ptr;
    text_ = std::string_view(digits_.data(), static_cast<std::size_t>(end - digits_.data()));
  }

  void take_text(py::handle id) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(id.ptr(), &size);
    if (data == nullptr) {
      PyErr_Clear();
      throw DataError("an id is not valid UTF-8; decode it before it comes in");
    }
    text_ = std::string_view(data, static_cast<std::size_t>(size));
  }

  py::object owner_;
  std::array<char, 24> digits_{};
  std::optional<std::string_view> text_;
  bool is_integer_ = false;
};

/// The integer that prints as `text` exactly ("42", not "042"), if there is one.
[[nodiscard]] inline std::optional<std::int64_t> canonical_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  if (const auto parsed = std::from_chars(text.data(), end, value);
      parsed.ec != std::errc{} || parsed.ptr != end) {
    return std::nullopt;
  }
  const bool plain = text == "0" || text[0] != '0';
  const bool negative = text[0] == '-' && text.size() > 1 && text[1] != '0';
  return plain && (text[0] != '-' || negative) ? std::optional(value) : std::nullopt;
}

/// The id of a number as Python had it: an int where the shop's ids are integers, else a str.
[[nodiscard]] inline py::object id_object(const catalog::Dictionary& dictionary,
                                          std::uint32_t number) {
  const std::string_view text = dictionary.name(number);
  if (dictionary.integer_ids()) {
    if (const auto value = canonical_integer(text)) return py::int_(*value);
  }
  return py::str(text.data(), text.size());
}

}  // namespace aisle::bindings
