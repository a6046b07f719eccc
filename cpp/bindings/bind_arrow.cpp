#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/arrow_columns.h"
#include "aisle/catalog/arrow_stream.h"
#include "bindings.h"

namespace aisle::bindings {
namespace {

using catalog::ArrowColumns;
using catalog::ArrowStream;
using catalog::BadCell;
using catalog::ColumnKind;

template <typename Arrow>
Arrow& opened(const py::capsule& capsule, const char* name) {
  auto* held = static_cast<Arrow*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (held == nullptr) throw py::error_already_set();
  if (held->release == nullptr) throw DataError("this Arrow capsule has been read before");
  return *held;
}

/// A stream as Python holds it: one reader at a time, and gone without the interpreter's lock, which
/// the producer's threads may be waiting for.
class HeldStream {
 public:
  explicit HeldStream(const py::capsule& capsule) {
    auto& source = opened<ArrowArrayStream>(capsule, "arrow_array_stream");
    const py::gil_scoped_release release;
    stream_ = std::make_unique<ArrowStream>(source);
  }
  HeldStream(const HeldStream&) = delete;
  HeldStream& operator=(const HeldStream&) = delete;
  ~HeldStream() {
    const py::gil_scoped_release release;
    stream_.reset();
  }

  /// Between batches Ctrl-C is heard and `on_rows(rows so far)` called.
  std::unique_ptr<ArrowColumns> read(std::size_t rows, const py::object& on_rows) {
    const py::gil_scoped_release release;
    const std::scoped_lock one_reader(mutex_);
    return std::make_unique<ArrowColumns>(stream_->read(rows, [&](std::size_t so_far) {
      const py::gil_scoped_acquire hold;
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!on_rows.is_none()) on_rows(so_far);
    }));
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<ArrowStream> stream_;
};

std::unique_ptr<ArrowColumns> read(const py::capsule& stream, const py::object& on_rows) {
  return HeldStream(stream).read(std::numeric_limits<std::size_t>::max(), on_rows);
}

std::unique_ptr<ArrowColumns> of(const py::capsule& schema, const py::capsule& array) {
  const auto& what = opened<ArrowSchema>(schema, "arrow_schema");
  return std::make_unique<ArrowColumns>(
      ArrowColumns::of(what, opened<ArrowArray>(array, "arrow_array")));
}

/// (numbers, [(row, reason), ...]) of what `fill` writes; without `skip` a bad cell is a DataError.
template <typename Fill>
py::tuple encoded(const ArrowColumns& table, bool skip, Fill fill) {
  py::array_t<std::uint32_t> numbers(static_cast<py::ssize_t>(table.rows()));
  const std::span<std::uint32_t> out(numbers.mutable_data(), table.rows());
  std::vector<BadCell> bad;
  {
    const py::gil_scoped_release release;
    fill(out, skip ? &bad : nullptr);
  }
  py::list reasons;
  for (const BadCell& cell : bad) reasons.append(py::make_tuple(cell.row, cell.reason));
  return py::make_tuple(numbers, reasons);
}

py::tuple encode(const ArrowColumns& table, std::size_t column, catalog::Dictionary& dictionary,
                 bool skip) {
  return encoded(table, skip, [&](std::span<std::uint32_t> out, std::vector<BadCell>* bad) {
    table.encode(column, dictionary, out, bad);
  });
}

/// As encode(), for a column of lists.
py::tuple encode_sets(const ArrowColumns& table, std::size_t column, catalog::Dictionary& labels,
                      catalog::LabelSets& sets, bool skip) {
  return encoded(table, skip, [&](std::span<std::uint32_t> out, std::vector<BadCell>* bad) {
    table.encode_sets(column, labels, sets, out, bad);
  });
}

/// An array of the column: a read-only view of Arrow's own memory where nothing must change.
template <typename Value, auto kFill>
py::array values(const py::object& self, std::size_t column, bool as_is) {
  const auto& table = self.cast<const ArrowColumns&>();
  const auto rows = static_cast<py::ssize_t>(table.rows());
  if (const void* held = as_is ? table.contiguous(column) : nullptr) {
    py::array_t<Value> view(rows, static_cast<const Value*>(held), self);
    py::detail::array_proxy(view.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
    return view;
  }
  py::array_t<Value> copy(rows);
  const std::span<Value> out(copy.mutable_data(), table.rows());
  const py::gil_scoped_release release;
  (table.*kFill)(column, out);
  return copy;
}

py::array integers(const py::object& self, std::size_t column) {
  return values<std::int64_t, &ArrowColumns::integers>(self, column, true);
}

py::array reals(const py::object& self, std::size_t column) {
  const bool is_real = self.cast<const ArrowColumns&>().kind(column) == ColumnKind::real;
  return values<double, &ArrowColumns::reals>(self, column, is_real);
}

py::array validity(const py::object& self, std::size_t column) {
  return values<std::uint8_t, &ArrowColumns::validity>(self, column, false).attr("view")("bool");
}

py::list texts(const ArrowColumns& table, std::size_t column) {
  py::list out(table.rows());
  std::size_t row = 0;
  table.texts(column, [&](std::optional<std::string_view> text) {
    PyObject* made = Py_None;
    if (text) {
      made = PyUnicode_DecodeUTF8(text->data(), static_cast<Py_ssize_t>(text->size()), nullptr);
      if (made == nullptr) {
        PyErr_Clear();
        throw DataError("row " + std::to_string(row + 1) + ", column \"" + table.name(column) +
                        "\": not valid UTF-8; decode the text before it comes in");
      }
    } else {
      Py_INCREF(made);
    }
    PyList_SET_ITEM(out.ptr(), static_cast<Py_ssize_t>(row++), made);
  });
  return out;
}

std::vector<std::string> names(const ArrowColumns& table) {
  std::vector<std::string> all;
  all.reserve(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) all.push_back(table.name(i));
  return all;
}

const char* kind(const ArrowColumns& table, std::size_t column) {
  switch (table.kind(column)) {
    case ColumnKind::null:
      return "null";
    case ColumnKind::boolean:
      return "boolean";
    case ColumnKind::integer:
      return "integer";
    case ColumnKind::real:
      return "real";
    case ColumnKind::text:
      return "text";
    case ColumnKind::timestamp:
      return "timestamp";
    case ColumnKind::list:
      return "list";
    case ColumnKind::other:
      break;
  }
  return "other";
}

}  // namespace

void bind_arrow(py::module_& m) {
  py::class_<ArrowColumns>(m, "ArrowColumns")
      .def_static("read", &read, "stream"_a, "on_rows"_a = py::none())
      .def_static("of", &of, "schema"_a, "array"_a)
      .def("encode", &encode, "column"_a, "dictionary"_a, py::kw_only(), "skip"_a = false)
      .def("encode_sets", &encode_sets, "column"_a, "labels"_a, "sets"_a, py::kw_only(),
           "skip"_a = false)
      .def("integers", &integers, "column"_a)
      .def("reals", &reals, "column"_a)
      .def("validity", &validity, "column"_a)
      .def("texts", &texts, "column"_a)
      .def("kind", &kind, "column"_a)
      .def("format", &ArrowColumns::format, "column"_a)
      .def_property_readonly("names", &names)
      .def("__len__", &ArrowColumns::rows);
  py::class_<HeldStream>(m, "ArrowStream")
      .def(py::init<const py::capsule&>(), "stream"_a)
      .def("read", &HeldStream::read, "rows"_a, "on_rows"_a = py::none());
}

}  // namespace aisle::bindings
