#include "cell_values.h"

#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using catalog::AttributeKind;
using catalog::Catalog;
using catalog::Column;
using catalog::Dictionary;
using catalog::kNullCode;
using catalog::LabelSets;

std::string type_of(py::handle value) {
  return py::repr(py::type::handle_of(value)).cast<std::string>();
}

/// A number of the shop that names a category is written as Python would write the integer.
py::object category_id(py::handle value) {
  if (PyFloat_Check(value.ptr()) == 0) return py::reinterpret_borrow<py::object>(value);
  const double number = PyFloat_AS_DOUBLE(value.ptr());
  if (std::isnan(number)) return py::none();
  if (std::isinf(number) || std::trunc(number) != number) return py::str(value);
  return py::reinterpret_steal<py::object>(PyLong_FromDouble(number));
}

std::uint32_t label_of(py::handle value, Dictionary& labels) {
  try {
    const py::object id = category_id(value);
    const IdText text(id);
    if (!text.text()) throw DataError("a label is missing (None or NaN)");
    return text.text()->empty() ? kNullCode : labels.insert(*text.text());
  } catch (const py::type_error&) {
    throw DataError("a label is a str or an int, not " + type_of(value));
  }
}

bool is_missing(py::handle value) {
  return value.is_none() ||
         (PyFloat_Check(value.ptr()) != 0 && std::isnan(PyFloat_AS_DOUBLE(value.ptr())));
}

using Cell = std::variant<std::uint32_t, double, std::uint8_t, Timestamp>;

double real_of(py::handle value) {
  if (value.is_none()) return catalog::kNullNumber;
  const double number = PyFloat_AsDouble(value.ptr());
  if (number == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw DataError("give a float, an int or None");
  }
  return number;
}

/// @throws DataError for a value that the column does not take.
Cell cell_of(Column& column, py::handle value) {
  switch (column.kind()) {
    case AttributeKind::category:
    case AttributeKind::text:
      return code_of(column, value);
    case AttributeKind::labels:
      return set_of(value, *column.values(), *column.sets());
    case AttributeKind::number:
      return real_of(value);
    case AttributeKind::flag: {
      const double number = real_of(value);
      if (number == 0.0 || number == 1.0) return static_cast<std::uint8_t>(number != 0.0);
      if (number != number) return catalog::kNullFlag;
      throw DataError("give True, False or None");
    }
    case AttributeKind::time:
      break;
  }
  if (value.is_none()) return catalog::kNullTime;
  if (PyLong_CheckExact(value.ptr()) != 0) return value.cast<Timestamp>();
  throw DataError("give an int of microseconds or None");
}

struct Setter {
  Column& column;
  ItemId item;
  void operator()(std::uint32_t code) const { column.set_code(item, code); }
  void operator()(double number) const { column.set_number(item, number); }
  void operator()(std::uint8_t flag) const { column.set_flag(item, flag); }
  void operator()(Timestamp time) const { column.set_time(item, time); }
};

}  // namespace

py::list listed(const py::object& values) {
  return py::list(py::isinstance<py::array>(values) ? values.attr("tolist")() : values);
}

std::uint32_t code_of(Column& column, py::handle value) {
  try {
    const py::object id = category_id(value);
    const IdText text(id);
    return column.encode(text.text().value_or(""));
  } catch (const py::type_error&) {
    throw DataError("a value is a str, an int or None, not " + type_of(value));
  }
}

std::uint32_t set_of(py::handle row, Dictionary& labels, LabelSets& sets) {
  if (is_missing(row)) return kNullCode;
  const bool is_list = PyList_Check(row.ptr()) != 0 || PyTuple_Check(row.ptr()) != 0 ||
                       PyAnySet_Check(row.ptr()) != 0 || py::isinstance<py::array>(row);
  if (!is_list) {
    throw DataError("labels are a list of str or int, or None, not " + type_of(row));
  }
  py::object values = py::reinterpret_borrow<py::object>(row);
  if (PyAnySet_Check(row.ptr()) != 0) {  // Python's order of a set is another in each process
    const auto builtins = py::module_::import("builtins");
    values = builtins.attr("sorted")(row, "key"_a = builtins.attr("str"));
  }
  std::vector<std::uint32_t> codes;
  for (const py::handle value : listed(values)) {
    if (const std::uint32_t code = label_of(value, labels); code != kNullCode) {
      codes.push_back(code);
    }
  }
  return sets.insert(codes);
}

/// Reads the cell once: beside a writer it is the old value or the new one.
py::object value_of_cell(const Column& column, ItemId item) {
  switch (column.kind()) {
    case AttributeKind::number: {
      const double number = column.number(item);
      if (std::isnan(number)) return py::none();
      return py::float_(number);
    }
    case AttributeKind::flag: {
      const std::uint8_t flag = column.flag(item);
      if (flag == catalog::kNullFlag) return py::none();
      return py::bool_(flag == 1);
    }
    case AttributeKind::time: {
      const Timestamp time = column.time(item);
      if (time == catalog::kNullTime) return py::none();
      return py::module_::import("numpy").attr("datetime64")(time, "us");
    }
    default:
      break;
  }
  const std::uint32_t code = column.code(item);
  if (code == kNullCode) return py::none();
  if (column.sets() == nullptr) {
    const std::string_view text = column.values()->name(code);
    return py::str(text.data(), text.size());
  }
  py::list labels;
  for (const std::uint32_t label : column.sets()->labels(code))
    labels.append(id_object(*column.values(), label));
  return labels;
}

void set_cells(Catalog& catalog, std::uint32_t item, const py::dict& cells) {
  if (item >= catalog.size()) {
    throw DataError("there is no item number " + std::to_string(item) + " among " +
                    std::to_string(catalog.size()));
  }
  std::vector<std::pair<Column*, Cell>> checked;
  checked.reserve(cells.size());
  for (const auto& [key, value] : cells) {
    Column& column = catalog.column(key.cast<std::string>());
    try {
      checked.emplace_back(&column, cell_of(column, value));
    } catch (const std::exception& error) {
      throw DataError("attribute \"" + catalog::printable(column.name()) + "\" is " +
                      described(column.kind()) + ", it cannot be " +
                      catalog::printable(py::repr(value).cast<std::string>(), 40) + ": " +
                      error.what());
    }
  }
  for (const auto& [column, cell] : checked) std::visit(Setter{*column, ItemId{item}}, cell);
}

std::vector<std::uint32_t> encode_sets(const py::object& rows, Dictionary& labels,
                                       LabelSets& sets) {
  const py::list list = listed(rows);
  std::vector<std::uint32_t> codes;
  codes.reserve(list.size());
  for (const py::handle row : list) {
    try {
      codes.push_back(set_of(row, labels, sets));
    } catch (const DataError& error) {
      throw DataError("row " + std::to_string(codes.size() + 1) + ": " + error.what());
    }
  }
  return codes;
}

}  // namespace aisle::bindings
