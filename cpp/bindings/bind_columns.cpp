#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/bundle.h"
#include "aisle/catalog/catalog.h"
#include "aisle/catalog/tensors.h"
#include "aisle/catalog/text.h"
#include "bindings.h"
#include "cell_values.h"
#include "cells_in.h"
#include "label_lists.h"

namespace aisle::bindings {
namespace {

using catalog::AttributeKind;
using catalog::Catalog;
using catalog::Column;
using catalog::Dictionary;
using catalog::LabelSets;

AttributeKind kind_named(const std::string& name) {
  if (const auto kind = catalog::kind_of(name)) return *kind;
  throw ConfigError("kind \"" + catalog::printable(name) +
                    "\" is none of category, number, flag, text, time, labels");
}

template <class T>
py::array_t<T> cells(const Column& column, std::size_t count) {
  py::array_t<T> array(static_cast<py::ssize_t>(count));
  column.copy_to(std::span<T>(array.mutable_data(), count));
  return array;
}

/// Numbers, flags (0, 1, 2: null), times (datetime64), the texts themselves (None: null) or lists
/// of labels.
py::object column_of(const Catalog& self, const std::string& name) {
  const Column& column = self.column(name);
  const std::size_t count = self.size();
  if (column.kind() == AttributeKind::number) return cells<double>(column, count);
  if (column.kind() == AttributeKind::flag) return cells<std::uint8_t>(column, count);
  if (column.kind() == AttributeKind::time)
    return cells<Timestamp>(column, count).attr("view")("M8[us]");
  if (column.sets() != nullptr) {
    return label_lists(*column.sets(), *column.values(), cells<std::uint32_t>(column, count));
  }
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

std::shared_ptr<LabelSets> sets_of(const Catalog& self, const std::string& name) {
  return self.column(name).sets();  // None where it has none
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
      .def(
          "update",
          [](Catalog& self, const In<std::uint32_t>& items, const std::string& name,
             const py::object& values, const Dictionary* words,
             const LabelSets* sets) { update_cells(self, items, name, values, {words, sets}); },
          "items"_a, "column"_a, "values"_a, "words"_a = nullptr, "sets"_a = nullptr)
      .def("set_cells", &set_cells, "item"_a, "cells"_a)
      .def("column", &column_of, "name"_a)
      .def("codes", &codes, "name"_a)
      .def("values", &values_of, "name"_a)
      .def("sets", &sets_of, "name"_a)
      .def("columns", &columns)
      .def("available", &available, "now"_a)
      .def_property_readonly("items", &Catalog::items)
      .def_property_readonly("memory_bytes", &Catalog::memory_bytes)
      .def("__len__", &Catalog::size);
}

}  // namespace aisle::bindings
