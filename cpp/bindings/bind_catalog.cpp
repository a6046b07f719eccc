#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "aisle/catalog/dictionary.h"
#include "aisle/catalog/label_sets.h"
#include "bindings.h"
#include "cell_values.h"
#include "label_lists.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using catalog::Dictionary;
using catalog::LabelSets;
using Codes = py::array_t<std::uint32_t, py::array::c_style>;

constexpr std::uint32_t kNone = 0xffffffffU;

std::optional<std::uint32_t> find(const Dictionary& dictionary, py::handle id) {
  const IdText text(id);
  return text.text() ? dictionary.find(*text.text()) : std::nullopt;
}

std::uint32_t insert(Dictionary& dictionary, py::handle id) {
  const IdText text(id);
  if (!text.text()) throw DataError("an id is missing (None or NaN); leave such rows out");
  return dictionary.insert(*text.text());
}

py::object name(const Dictionary& dictionary, std::uint32_t number) {
  if (number == kNone) return py::none();
  if (number >= dictionary.size()) {
    throw py::index_error("there is no id number " + std::to_string(number) + " among " +
                          std::to_string(dictionary.size()));
  }
  return id_object(dictionary, number);
}

/// int64 where every id is an integer, else an array of objects: str, int, and None for kNone.
py::array names(const Dictionary& dictionary, const Codes& codes) {
  const auto count = static_cast<std::size_t>(codes.size());
  const std::uint32_t* number = codes.data();
  if (dictionary.integer_ids()) {
    py::array_t<std::int64_t> integers(codes.size());
    std::int64_t* const out = integers.mutable_data();
    std::size_t done = 0;
    for (; done < count && number[done] < dictionary.size(); ++done) {
      const auto value = canonical_integer(dictionary.name(number[done]));
      if (!value) break;
      out[done] = *value;
    }
    if (done == count) return integers;
  }
  py::array objects(py::dtype("O"), std::vector<py::ssize_t>{codes.size()});
  auto* const out = static_cast<PyObject**>(objects.mutable_data());
  for (std::size_t i = 0; i < count; ++i) {
    PyObject* const old = std::exchange(out[i], name(dictionary, number[i]).release().ptr());
    Py_XDECREF(old);
  }
  return objects;
}

py::array all_names(const Dictionary& dictionary) {
  Codes codes(static_cast<py::ssize_t>(dictionary.size()));
  std::uint32_t next = 0;
  std::generate_n(codes.mutable_data(), codes.size(), [&next] { return next++; });
  return names(dictionary, codes);
}

/// Numbers for a sequence of str, int and None; new ids are inserted.
Codes encode(Dictionary& dictionary, const py::sequence& ids) {
  const std::size_t count = ids.size();
  Codes codes(static_cast<py::ssize_t>(count));
  std::uint32_t* const out = codes.mutable_data();
  std::size_t integers = 0;
  std::size_t known = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const py::object id = ids[i];
    out[i] = kNone;
    try {
      const IdText text(id);
      if (!text.text()) continue;
      out[i] = dictionary.insert(*text.text());
      ++known;
      integers += text.is_integer() ? 1U : 0U;
    } catch (const DataError& error) {
      throw DataError("row " + std::to_string(i + 1) + ": " + error.what());
    } catch (const py::type_error& error) {
      throw DataError("row " + std::to_string(i + 1) + ": " + error.what());
    }
  }
  if (known != 0 && integers == known) dictionary.set_integer_ids(true);
  return codes;
}

/// Numbers for a sequence of str, int and None; what is unknown stays unknown.
Codes lookup(const Dictionary& dictionary, const py::sequence& ids) {
  Codes codes(static_cast<py::ssize_t>(ids.size()));
  std::uint32_t* const out = codes.mutable_data();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const py::object id = ids[i];
    out[i] = find(dictionary, id).value_or(kNone);
  }
  return codes;
}

/// The numbers of one dictionary's ids in another: out[i] is the number of id i there, or kNone.
Codes translate(const Dictionary& from, Dictionary& to, bool add) {
  Codes codes(static_cast<py::ssize_t>(from.size()));
  std::uint32_t* const out = codes.mutable_data();
  const auto count = static_cast<std::uint32_t>(codes.size());
  const py::gil_scoped_release release;
  for (std::uint32_t i = 0; i < count; ++i) {
    out[i] = add ? to.insert(from.name(i)) : to.find(from.name(i)).value_or(kNone);
  }
  return codes;
}

/// The ids that occur in `numbers`, numbered anew by first occurrence, and the new numbers.
py::tuple subset(const Dictionary& dictionary, const Codes& numbers) {
  auto kept = std::make_shared<Dictionary>();
  kept->set_integer_ids(dictionary.integer_ids());
  Codes renumbered(numbers.size());
  const std::span<const std::uint32_t> in(numbers.data(), static_cast<std::size_t>(numbers.size()));
  std::uint32_t* const out = renumbered.mutable_data();
  {
    const py::gil_scoped_release release;
    std::vector<std::uint32_t> known(dictionary.size(), kNone);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i] >= known.size()) {
        out[i] = kNone;
        continue;
      }
      std::uint32_t& number = known[in[i]];
      if (number == kNone) number = kept->insert(dictionary.name(in[i]));
      out[i] = number;
    }
  }
  return py::make_tuple(kept, renumbered);
}

bool all_integers(const Dictionary& dictionary) {
  for (std::uint32_t i = 0; i < dictionary.size(); ++i) {
    if (!canonical_integer(dictionary.name(i))) return false;
  }
  return dictionary.size() != 0;
}

/// (offsets, labels) of all sets: set i is labels[offsets[i]:offsets[i + 1]].
py::tuple blob_of(const LabelSets& sets) {
  const std::size_t count = sets.size();
  py::array_t<std::int64_t> offsets(static_cast<py::ssize_t>(count) + 1);
  std::vector<std::uint32_t> labels;
  for (std::uint32_t set = 0; set < count; ++set) {
    offsets.mutable_data()[set] = static_cast<std::int64_t>(labels.size());
    labels.insert(labels.end(), sets.labels(set).begin(), sets.labels(set).end());
  }
  offsets.mutable_data()[count] = static_cast<std::int64_t>(labels.size());
  return py::make_tuple(offsets, Codes(static_cast<py::ssize_t>(labels.size()), labels.data()));
}

}  // namespace

py::array label_lists(const LabelSets& sets, const Dictionary& labels,
                      const py::array_t<std::uint32_t>& codes) {
  py::array lists(py::dtype("O"), std::vector<py::ssize_t>{codes.size()});
  auto* const out = static_cast<PyObject**>(lists.mutable_data());
  for (py::ssize_t i = 0; i < codes.size(); ++i) {
    py::object row = py::none();
    if (codes.data()[i] < sets.size()) {
      py::list texts;
      for (const std::uint32_t label : sets.labels(codes.data()[i])) {
        texts.append(label < labels.size() ? name(labels, label) : py::none());
      }
      row = std::move(texts);
    }
    Py_XDECREF(std::exchange(out[i], row.release().ptr()));
  }
  return lists;
}

void bind_catalog(py::module_& m) {
  py::class_<Dictionary, std::shared_ptr<Dictionary>>(m, "Dictionary")
      .def(py::init<>())
      .def("find", &find, "id"_a)
      .def("insert", &insert, "id"_a)
      .def("name", &name, "number"_a)
      .def("names", &names, "numbers"_a)
      .def("names", &all_names)
      .def("encode", &encode, "ids"_a)
      .def("lookup", &lookup, "ids"_a)
      .def("translate", &translate, "to"_a, py::kw_only(), "add"_a = false)
      .def("subset", &subset, "numbers"_a)
      .def("all_integers", &all_integers, py::call_guard<py::gil_scoped_release>())
      .def_property("integer_ids", &Dictionary::integer_ids, &Dictionary::set_integer_ids)
      .def_property_readonly("memory_bytes", &Dictionary::memory_bytes)
      .def("__len__", &Dictionary::size);

  py::class_<LabelSets, std::shared_ptr<LabelSets>>(m, "LabelSets")
      .def(py::init<>())
      .def(
          "encode",
          [](LabelSets& self, const py::object& rows, Dictionary& labels) {
            const std::vector<std::uint32_t> codes = encode_sets(rows, labels, self);
            return Codes(static_cast<py::ssize_t>(codes.size()), codes.data());
          },
          "rows"_a, "labels"_a)
      .def("lists", &label_lists, "labels"_a, "codes"_a)
      .def("blob", &blob_of)
      .def_property_readonly("memory_bytes", &LabelSets::memory_bytes)
      .def("__len__", &LabelSets::size);
}

}  // namespace aisle::bindings
