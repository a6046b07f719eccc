#include "aisle/base/error.h"
#include "aisle/catalog/bundle.h"
#include "aisle/score/trees.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using score::TreeArrays;
using score::TreeEnsemble;

/// The arrays as Python holds them; they must outlive what is made of the view.
struct Arrays {
  In<std::uint32_t> split_begin, feature;
  In<double> threshold, value;
  In<std::uint8_t> missing, default_left;
  In<std::int32_t> left, right;
  In<double> leaf;

  explicit Arrays(const py::dict& from)
      : split_begin(from["split_begin"]),
        feature(from["feature"]),
        threshold(from["threshold"]),
        value(from["value"]),
        missing(from["missing"]),
        default_left(from["default_left"]),
        left(from["left"]),
        right(from["right"]),
        leaf(from["leaf"]) {}

  [[nodiscard]] TreeArrays view_all() const {
    return {.split_begin = view(split_begin),
            .feature = view(feature),
            .threshold = view(threshold),
            .value = view(value),
            .missing = view(missing),
            .default_left = view(default_left),
            .left = view(left),
            .right = view(right),
            .leaf = view(leaf)};
  }
};

template <class T>
void add(catalog::BundleBuilder& builder, const char* name, const In<T>& values) {
  builder.add(std::string("scorer.trees.") + name,
              std::vector<T>(values.data(), values.data() + values.size()));
}

std::shared_ptr<const catalog::Bundle> add_trees(
    const std::shared_ptr<const catalog::Bundle>& bundle, std::string manifest,
    const py::dict& given) {
  const Arrays arrays(given);
  arrays.view_all().validate();
  catalog::BundleBuilder builder;
  for (const catalog::Tensor& tensor : bundle->tensors()) {
    if (!tensor.name.starts_with("scorer.trees.")) builder.add(tensor, bundle);
  }
  builder.set_manifest(std::move(manifest));
  add(builder, "split_begin", arrays.split_begin);
  add(builder, "feature", arrays.feature);
  add(builder, "threshold", arrays.threshold);
  add(builder, "value", arrays.value);
  add(builder, "missing", arrays.missing);
  add(builder, "default_left", arrays.default_left);
  add(builder, "left", arrays.left);
  add(builder, "right", arrays.right);
  add(builder, "leaf", arrays.leaf);
  return builder.build();
}

In<double> score_rows(const TreeEnsemble& trees, const In<float>& matrix) {
  if (matrix.ndim() != 2) throw ConfigError("the matrix must have rows and columns");
  In<double> scores(matrix.shape(0));
  const auto rows = view(matrix);
  const auto columns = static_cast<std::size_t>(matrix.shape(1));
  const auto out = view_out(scores);
  const py::gil_scoped_release release;
  thread_local score::TreeWorkspace work;
  trees.score(rows, columns, out, work);
  return scores;
}

py::tuple explain_row(const TreeEnsemble& trees, const In<float>& row) {
  if (static_cast<std::size_t>(row.size()) < trees.feature_count())
    throw ConfigError("the row has fewer numbers than the trees have features");
  In<double> parts(row.size());
  const double rest = trees.explain(view(row), view_out(parts));
  return py::make_tuple(rest, parts);
}

}  // namespace

void bind_trees(py::module_& m) {
  py::class_<TreeEnsemble>(m, "TreeEnsemble")
      .def(py::init([](const py::dict& arrays) {
             const Arrays held(arrays);
             return TreeEnsemble(held.view_all());
           }),
           "arrays"_a)
      .def_property_readonly("tree_count", &TreeEnsemble::tree_count)
      .def_property_readonly("feature_count", &TreeEnsemble::feature_count)
      .def("score", &score_rows, "matrix"_a.noconvert())
      .def("explain", &explain_row, "row"_a.noconvert());
  m.def("add_trees", &add_trees, "bundle"_a, "manifest"_a, "arrays"_a);
}

}  // namespace aisle::bindings
