#include "aisle/base/dot.h"
#include "bindings.h"

PYBIND11_MODULE(_core, m, py::mod_gil_not_used()) {
  using namespace aisle::bindings;
  m.doc() = "The compiled core of aisle. Private: use the aisle package.";
  m.attr("__version__") = AISLE_VERSION;
  m.attr("__compiler__") = AISLE_COMPILER;
  m.def("simd_level", &aisle::simd_level);
  bind_errors(m);
  bind_bundle(m);
  bind_catalog(m);
  bind_columns(m);
  bind_arrow(m);
  bind_arrow_out(m);
  bind_retrieve(m);
  bind_models(m);
  bind_trees(m);
  bind_items(m);
  bind_session_models(m);
  bind_vectors(m);
  bind_rerank(m);
  bind_explore(m);
  bind_exploring(m);
  bind_fit(m);
  bind_value(m);
  bind_features(m);
  bind_expression(m);
  bind_engine(m);
}
