#include <cmath>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/bundle.h"
#include "aisle/catalog/catalog.h"
#include "aisle/catalog/tensors.h"
#include "aisle/catalog/text.h"
#include "bindings.h"
#include "numpy_views.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using catalog::AttributeKind;
using catalog::Catalog;
using catalog::Column;
using catalog::Dictionary;

AttributeKind kind_named(const std::string& name) {
  if (const auto kind = catalog::kind_of(name)) return *kind;
  throw ConfigError("kind \"" + catalog::printable(name) +
                    "\" is none of category, number, flag, text, time");
}

[[noreturn]] void refuse(const Column& column, std::size_t row, const std::string& what) {
  throw DataError("column \"" + catalog::printable(column.name()) + "\", row " +
                  std::to_string(row + 1) + ": " + what);
}

/// The values as T, or a DataError; only kinds of dtype that make sense get as far.
template <class T>
std::vector<T> cast(const Column& column, const py::array& values, std::string_view kinds) {
  if (kinds.find(values.dtype().kind()) != std::string_view::npos) {
    if (const auto array =
            py::array_t<T, py::array::c_style | py::array::forcecast>::ensure(values)) {
      return {array.data(), array.data() + array.size()};
    }
    PyErr_Clear();
  }
  throw DataError("column \"" + catalog::printable(column.name()) + "\" is a " +
                  std::string(name_of(column.kind())) + ", its values cannot come from " +
                  py::str(values.dtype()).cast<std::string>());
}

std::vector<std::uint8_t> flags_of(const Column& column, const py::array& values) {
  const std::vector<double> numbers = cast<double>(column, values, "biufO");
  const bool is_own = values.dtype().kind() == 'u' && values.itemsize() == 1;  // 2 is its null
  std::vector<std::uint8_t> flags;
  for (const double number : numbers) {
    const bool null = number != number || (is_own && number == catalog::kNullFlag);
    if (!null && number != 0.0 && number != 1.0) {
      refuse(column, flags.size(),
             "a flag is true, false or missing, not " + std::to_string(number));
    }
    flags.push_back(null ? catalog::kNullFlag : static_cast<std::uint8_t>(number != 0.0));
  }
  return flags;
}

std::vector<Timestamp> times_of(const Column& column, const py::array& values) {
  if (values.dtype().kind() != 'M') return cast<Timestamp>(column, values, "iu");
  return cast<Timestamp>(column, values.attr("astype")("M8[us]").attr("view")("i8"), "i");
}

/// A number of the shop that names a category is written as Python would write the integer.
py::object category_id(const py::handle& value) {
  if (PyFloat_CheckExact(value.ptr()) == 0) return py::reinterpret_borrow<py::object>(value);
  const double number = PyFloat_AS_DOUBLE(value.ptr());
  if (number != number) return py::none();
  if (std::trunc(number) != number) return py::str(value);
  return py::reinterpret_steal<py::object>(PyLong_FromDouble(number));
}

std::vector<std::uint32_t> codes_of(Column& column, const py::object& values) {
  const py::list list(py::isinstance<py::array>(values) ? values.attr("tolist")() : values);
  std::vector<std::uint32_t> codes;
  codes.reserve(list.size());
  for (const py::handle value : list) {
    try {
      const py::object id = category_id(value);
      const IdText text(id);
      codes.push_back(column.encode(text.text().value_or("")));
    } catch (const DataError& error) {
      refuse(column, codes.size(), error.what());
    } catch (const py::type_error&) {
      refuse(column, codes.size(),
             "a value is a str, an int or None, not " +
                 py::repr(py::type::handle_of(value)).cast<std::string>());
    }
  }
  return codes;
}

/// Codes of another dictionary as the column's own; each word is looked up once.
std::vector<std::uint32_t> translated(Column& column, const py::array& values,
                                      const Dictionary& words) {
  const std::vector<std::uint32_t> given = cast<std::uint32_t>(column, values, "u");
  std::vector<std::uint32_t> codes(given.size(), catalog::kNullCode);
  std::vector<std::uint32_t> known(words.size(), catalog::kNullCode);
  const py::gil_scoped_release release;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == catalog::kNullCode) continue;
    if (given[i] >= known.size()) {
      refuse(column, i, "there is no word number " + std::to_string(given[i]));
    }
    std::uint32_t& code = known[given[i]];
    if (code == catalog::kNullCode) code = column.encode(words.name(given[i]));
    codes[i] = code;
  }
  return codes;
}

template <class T, class Set>
void write(Column& column, const In<std::uint32_t>& items, const std::vector<T>& values, Set set) {
  if (values.size() != static_cast<std::size_t>(items.size())) {
    throw DataError("column \"" + catalog::printable(column.name()) + "\" gets " +
                    std::to_string(values.size()) + " values for " + std::to_string(items.size()) +
                    " items");
  }
  for (std::size_t i = 0; i < values.size(); ++i) (column.*set)(items_of(items)[i], values[i]);
}

void update(Catalog& self, const In<std::uint32_t>& items, const std::string& name,
            const py::object& values, const Dictionary* words) {
  Column& column = self.column(name);
  const std::size_t known = self.size();
  for (py::ssize_t i = 0; i < items.size(); ++i) {
    if (items.data()[i] >= known) {
      refuse(column, static_cast<std::size_t>(i),
             "there is no item number " + std::to_string(items.data()[i]) + " among " +
                 std::to_string(known));
    }
  }
  if (column.has_codes()) {
    return write(column, items,
                 words != nullptr ? translated(column, values, *words) : codes_of(column, values),
                 &Column::set_code);
  }
  const py::array array = py::module_::import("numpy").attr("asarray")(values);
  if (column.kind() == AttributeKind::number) {
    write(column, items, cast<double>(column, array, "biufO"), &Column::set_number);
  } else if (column.kind() == AttributeKind::flag) {
    write(column, items, flags_of(column, array), &Column::set_flag);
  } else {
    write(column, items, times_of(column, array), &Column::set_time);
  }
}

template <class T>
py::array_t<T> cells(const Column& column, std::size_t count) {
  py::array_t<T> array(static_cast<py::ssize_t>(count));
  column.copy_to(std::span<T>(array.mutable_data(), count));
  return array;
}

/// Numbers, flags (0, 1, 2: null), times (datetime64) or the texts themselves (None: null).
py::object column_of(const Catalog& self, const std::string& name) {
  const Column& column = self.column(name);
  const std::size_t count = self.size();
  if (column.kind() == AttributeKind::number) return cells<double>(column, count);
  if (column.kind() == AttributeKind::flag) return cells<std::uint8_t>(column, count);
  if (column.kind() == AttributeKind::time)
    return cells<Timestamp>(column, count).attr("view")("M8[us]");
  py::list texts(count);
  for (std::size_t i = 0; i < count; ++i) {
    const ItemId item{static_cast<std::uint32_t>(i)};
    const std::string_view text = column.text(item);
    texts[i] = text.empty() ? py::object(py::none()) : py::str(text.data(), text.size());
  }
  return py::module_::import("numpy").attr("array")(texts, "dtype"_a = "O");
}

py::array_t<std::uint32_t> codes(const Catalog& self, const std::string& name) {
  return cells<std::uint32_t>(self.column(name), self.size());
}

std::shared_ptr<Dictionary> values_of(const Catalog& self, const std::string& name) {
  return self.column(name).values();  // None where it has none
}

py::dict columns(const Catalog& self) {
  py::dict all;
  for (std::size_t i = 0; i < self.column_count(); ++i) {
    all[py::str(self.column_at(i).name())] = std::string(name_of(self.column_at(i).kind()));
  }
  return all;
}

py::array_t<bool> available(const Catalog& self, Timestamp now) {
  const Bitmap bitmap = self.available_items(now);
  py::array_t<bool> array(static_cast<py::ssize_t>(bitmap.size()));
  for (std::size_t i = 0; i < bitmap.size(); ++i) array.mutable_data()[i] = bitmap.test(i);
  return array;
}

std::shared_ptr<const catalog::Bundle> to_bundle(const Catalog& self) {
  const py::gil_scoped_release release;
  catalog::BundleBuilder builder;
  write_catalog(builder, self);
  return builder.build();
}

}  // namespace

void bind_columns(py::module_& m) {
  py::class_<Catalog, std::shared_ptr<Catalog>>(m, "Catalog")
      .def(py::init<std::shared_ptr<Dictionary>>(), "items"_a)
      .def_static(
          "from_bundle",
          [](std::shared_ptr<catalog::Bundle> bundle) { return catalog::read_catalog(bundle); },
          "bundle"_a, py::call_guard<py::gil_scoped_release>())
      .def("to_bundle", &to_bundle)
      .def_static(
          "kinds",
          [](const std::string& name) {
            std::vector<std::string> all;
            for (const AttributeKind kind : catalog::kinds_for(name))
              all.emplace_back(name_of(kind));
            return all;
          },
          "name"_a)
      .def(
          "add_column",
          [](Catalog& self, const std::string& name, const std::string& kind) {
            self.add_column(name, kind_named(kind));
          },
          "name"_a, "kind"_a)
      .def("update", &update, "items"_a, "column"_a, "values"_a, "words"_a = nullptr)
      .def("column", &column_of, "name"_a)
      .def("codes", &codes, "name"_a)
      .def("values", &values_of, "name"_a)
      .def("columns", &columns)
      .def("available", &available, "now"_a)
      .def_property_readonly("items", &Catalog::items)
      .def_property_readonly("memory_bytes", &Catalog::memory_bytes)
      .def("__len__", &Catalog::size);
}

}  // namespace aisle::bindings
