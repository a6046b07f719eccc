#include <utility>

#include "aisle/base/error.h"
#include "aisle/catalog/bundle.h"
#include "bindings.h"

namespace aisle::bindings {
namespace {

using catalog::Bundle;
using catalog::BundleBuilder;
using catalog::DType;
using catalog::Tensor;

/// str, bytes or os.PathLike as the system's bytes.
std::string path_of(const py::object& path) {
  return py::module_::import("os").attr("fsencode")(path).cast<std::string>();
}
py::object path_object(const std::string& path) {
  return py::module_::import("os").attr("fsdecode")(py::bytes(path));
}

py::dtype numpy_dtype(DType dtype) {
  constexpr const char* kNames[] = {"i1", "u1", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8"};
  return py::dtype(kNames[static_cast<std::size_t>(dtype)]);
}

DType dtype_of(const std::string& name, const py::array& values) {
  for (const DType dtype : {DType::i8, DType::u8, DType::u16, DType::i32, DType::u32, DType::i64,
                            DType::u64, DType::f32, DType::f64}) {
    if (values.dtype().equal(numpy_dtype(dtype))) return dtype;
  }
  throw py::type_error("array \"" + name + "\" is " + py::str(values.dtype()).cast<std::string>() +
                       "; a bundle holds int8, uint8, uint16, int32, uint32, int64, uint64, "
                       "float32 and float64");
}

/// The array where it lies, read-only; it keeps the bundle alive.
py::array array_of(const py::object& self, const std::string& name) {
  const Tensor& tensor = self.cast<const Bundle&>().get(name);
  std::vector<py::ssize_t> shape;
  for (const std::uint64_t side : tensor.shape) shape.push_back(static_cast<py::ssize_t>(side));
  py::array array(numpy_dtype(tensor.dtype), std::move(shape), tensor.bytes.data(), self);
  array.attr("setflags")("write"_a = false);
  return array;
}

py::list names(const Bundle& bundle) {
  py::list all;
  for (const Tensor& tensor : bundle.tensors()) all.append(tensor.name);
  return all;
}

/// Copies one array, whatever its strides.
void add(BundleBuilder& builder, const std::string& name, const py::array& given) {
  const auto values = py::array::ensure(given, py::array::c_style);
  if (!values) throw py::error_already_set();
  Tensor tensor{name, dtype_of(name, values), {}, {}};
  for (py::ssize_t i = 0; i < values.ndim(); ++i) {
    tensor.shape.push_back(static_cast<std::uint64_t>(values.shape(i)));
  }
  const auto* const at = static_cast<const std::uint64_t*>(values.data());
  const auto size = static_cast<std::size_t>(values.nbytes());
  // In words, so that the copy is aligned for every dtype.
  auto copy = std::make_shared<std::vector<std::uint64_t>>((size + 7) / 8);
  if (size != 0) {
    const py::gil_scoped_release release;
    std::memcpy(copy->data(), at, size);
  }
  tensor.bytes = std::as_bytes(std::span<const std::uint64_t>(*copy)).first(size);
  builder.add(std::move(tensor), std::move(copy));
}

std::shared_ptr<const Bundle> make_bundle(std::string manifest, const py::dict& arrays) {
  BundleBuilder builder;
  builder.set_manifest(std::move(manifest));
  for (const auto& [name, values] : arrays) {
    if (!py::isinstance<py::str>(name) || !py::isinstance<py::array>(values)) {
      throw py::type_error("make_bundle takes names and NumPy arrays");
    }
    add(builder, name.cast<std::string>(), py::reinterpret_borrow<py::array>(values));
  }
  return builder.build();
}

std::shared_ptr<const Bundle> open(const py::object& path) {
  const std::string text = path_of(path);
  const py::gil_scoped_release release;
  return Bundle::open(text);
}

void save(const Bundle& bundle, const py::object& path) {
  const std::string text = path_of(path);
  const py::gil_scoped_release release;
  catalog::save(bundle, text);
}

py::object path_or_none(const Bundle& bundle) {
  return bundle.path().empty() ? py::object(py::none()) : path_object(bundle.path());
}

}  // namespace

void bind_bundle(py::module_& m) {
  py::class_<Bundle, std::shared_ptr<Bundle>>(m, "Bundle")
      .def_static("open", &open, "path"_a)
      .def("save", &save, "path"_a)
      .def("names", &names)
      .def("array", &array_of, "name"_a)
      .def("__contains__",
           [](const Bundle& bundle, std::string_view name) { return bundle.find(name) != nullptr; })
      .def("__len__", [](const Bundle& bundle) { return bundle.tensors().size(); })
      .def_property_readonly("manifest", &Bundle::manifest)
      .def_property_readonly("path", &path_or_none)
      .def_property_readonly("nbytes", &Bundle::nbytes);
  m.def("make_bundle", &make_bundle, "manifest"_a, "arrays"_a);
}

}  // namespace aisle::bindings
