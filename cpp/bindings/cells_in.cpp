#include "cells_in.h"

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"
#include "cell_values.h"

namespace aisle::bindings {
namespace {

using catalog::AttributeKind;
using catalog::Catalog;
using catalog::Column;
using catalog::Dictionary;
using catalog::kNullCode;

std::string named(const Column& column) {
  return "column \"" + catalog::printable(column.name()) + "\"";
}

[[noreturn]] void refuse(const Column& column, std::size_t row, const std::string& what) {
  throw DataError(named(column) + ", row " + std::to_string(row + 1) + ": " + what);
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
  throw DataError(named(column) + " is " + described(column.kind()) +
                  ", its values cannot come from " + py::str(values.dtype()).cast<std::string>());
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

template <class Encode>
std::vector<std::uint32_t> codes_of(const Column& column, const py::object& values, Encode encode) {
  const py::list list = listed(values);
  std::vector<std::uint32_t> codes;
  codes.reserve(list.size());
  for (const py::handle value : list) {
    try {
      codes.push_back(encode(value));
    } catch (const DataError& error) {
      refuse(column, codes.size(), error.what());
    }
  }
  return codes;
}

/// Codes of somebody else as the column's own; each is looked up once.
template <class Encode>
std::vector<std::uint32_t> translated(const Column& column, const py::array& values,
                                      std::size_t there, const char* what, Encode encode) {
  const std::vector<std::uint32_t> given = cast<std::uint32_t>(column, values, "u");
  std::vector<std::uint32_t> codes(given.size(), kNullCode);
  std::vector<std::uint32_t> known(there, kNullCode);
  const py::gil_scoped_release release;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == kNullCode) continue;
    if (given[i] >= known.size()) {
      refuse(column, i, std::string("there is no ") + what + " number " + std::to_string(given[i]));
    }
    std::uint32_t& code = known[given[i]];
    if (code == kNullCode) code = encode(given[i]);
    codes[i] = code;
  }
  return codes;
}

std::vector<std::uint32_t> translated(Column& column, const py::array& values, const Words& from) {
  if (column.has_codes()) {
    return translated(column, values, from.words->size(), "word",
                      [&](std::uint32_t code) { return column.encode(from.words->name(code)); });
  }
  if (from.sets == nullptr) throw DataError(named(column) + " takes codes only with their sets");
  std::vector<std::uint32_t> labels;
  return translated(column, values, from.sets->size(), "set", [&](std::uint32_t code) {
    labels.clear();
    for (const std::uint32_t label : from.sets->labels(code)) {
      if (label >= from.words->size()) throw DataError("a set has labels that have no word");
      labels.push_back(column.encode(from.words->name(label)));
    }
    return column.sets()->insert(labels);
  });
}

std::vector<std::uint32_t> codes_of(Column& column, const py::object& values, const Words& from) {
  if (from.words != nullptr) return translated(column, values, from);
  if (column.has_codes()) {
    return codes_of(column, values, [&](py::handle value) { return code_of(column, value); });
  }
  return codes_of(column, values,
                  [&](py::handle row) { return set_of(row, *column.values(), *column.sets()); });
}

template <class T, class Set>
void write(Column& column, const In<std::uint32_t>& items, const std::vector<T>& values, Set set) {
  if (values.size() != static_cast<std::size_t>(items.size())) {
    throw DataError(named(column) + " gets " + std::to_string(values.size()) + " values for " +
                    std::to_string(items.size()) + " items");
  }
  for (std::size_t i = 0; i < values.size(); ++i) (column.*set)(items_of(items)[i], values[i]);
}

}  // namespace

void update_cells(Catalog& catalog, const In<std::uint32_t>& items, const std::string& name,
                  const py::object& values, const Words& words) {
  Column& column = catalog.column(name);
  const std::size_t known = catalog.size();
  for (py::ssize_t i = 0; i < items.size(); ++i) {
    if (items.data()[i] >= known) {
      refuse(column, static_cast<std::size_t>(i),
             "there is no item number " + std::to_string(items.data()[i]) + " among " +
                 std::to_string(known));
    }
  }
  if (column.values() != nullptr) {
    return write(column, items, codes_of(column, values, words), &Column::set_code);
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

}  // namespace aisle::bindings
