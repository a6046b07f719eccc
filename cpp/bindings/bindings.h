#pragma once

/// The single door to pybind11: every binding file includes this and nothing else of it, so that
/// all translation units see the same type casters. One bind_<room>() a room.

#include <pybind11/native_enum.h>  // IWYU pragma: export
#include <pybind11/numpy.h>        // IWYU pragma: export
#include <pybind11/pybind11.h>     // IWYU pragma: export
#include <pybind11/stl.h>          // IWYU pragma: export

namespace py = pybind11;             // NOLINT(misc-unused-alias-decls)
using namespace pybind11::literals;  // NOLINT(google-build-using-namespace): _a, the house's only
                                     // one

namespace aisle::bindings {

void bind_errors(py::module_& m);
void bind_bundle(py::module_& m);
void bind_catalog(py::module_& m);
void bind_columns(py::module_& m);
void bind_arrow(py::module_& m);
void bind_arrow_out(py::module_& m);
void bind_retrieve(py::module_& m);
void bind_models(py::module_& m);
void bind_trees(py::module_& m);
void bind_items(py::module_& m);
void bind_session_models(py::module_& m);
void bind_vectors(py::module_& m);
void bind_rerank(py::module_& m);
void bind_explore(py::module_& m);
void bind_exploring(py::module_& m);
void bind_expression(py::module_& m);
void bind_engine(py::module_& m);
void bind_fit(py::module_& m);
void bind_value(py::module_& m);
void bind_features(py::module_& m);

}  // namespace aisle::bindings
