#include <optional>

#include "aisle/base/error.h"
#include "aisle/models/item_factors.h"
#include "aisle/models/item_rows.h"
#include "aisle/models/next_basket.h"
#include "aisle/models/pair_counts.h"
#include "aisle/models/slim.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace models;  // NOLINT(google-build-using-namespace): the room this file binds

using TypeWeights = std::optional<std::array<double, kEventTypes>>;

template <class T>
std::vector<T> copied(std::span<const T> values) {
  return {values.begin(), values.end()};
}

std::vector<ItemId> copied_items(const In<std::uint32_t>& items) { return copied(items_of(items)); }

std::span<const EventType> types_of(const In<std::uint8_t>& types) {
  return {reinterpret_cast<const EventType*>(types.data()), static_cast<std::size_t>(types.size())};
}

template <class Rows>
py::tuple arrays_of(const Rows& rows) {
  return py::make_tuple(to_numpy(std::span(std::as_const(rows.offsets))),
                        to_numpy<ItemId, std::uint32_t>(std::span(std::as_const(rows.items))),
                        to_numpy(std::span(std::as_const(rows.weights))));
}

template <class Rows>
Rows rows_from(const In<std::uint64_t>& offsets, const In<std::uint32_t>& items,
               const In<float>& weights) {
  return {copied(view(offsets)), copied_items(items), copied(view(weights))};
}

SessionWeights session_weights(std::size_t last_items, double step_decay,
                               const TypeWeights& type_weight) {
  SessionWeights weights{.last_items = last_items, .step_decay = step_decay};
  if (type_weight) weights.type_weight = *type_weight;
  return weights;
}

ItemGroups groups_of(const In<std::int64_t>& offsets, const In<std::uint32_t>& items,
                     const std::optional<In<std::int64_t>>& times,
                     const std::optional<In<std::uint8_t>>& types) {
  ItemGroups groups{.offsets = view(offsets), .items = items_of(items)};
  if (times) groups.times = view(*times);
  if (types) groups.types = types_of(*types);
  return groups;
}

py::tuple count_pairs(const In<std::int64_t>& offsets, const In<std::uint32_t>& items,
                      std::size_t item_count, const MeasureOptions& measure, PairOptions pairs,
                      const TypeWeights& type_weight, const std::optional<In<std::int64_t>>& times,
                      const std::optional<In<std::uint8_t>>& types, std::size_t threads) {
  if (type_weight) pairs.type_weight = *type_weight;
  const ItemGroups groups = groups_of(offsets, items, times, types);
  ItemRows rows;
  {
    const py::gil_scoped_release release;
    rows = pair_rows(groups, item_count, pairs, measure, threads);
  }
  return arrays_of(rows);
}

void bind_pairs(py::module_& m) {
  py::native_enum<Measure>(m, "Measure", "enum.IntEnum")
      .value("COUNT", Measure::count)
      .value("COSINE", Measure::cosine)
      .value("JACCARD", Measure::jaccard)
      .value("LLR", Measure::llr)
      .value("LIFT", Measure::lift)
      .value("CONDITIONAL", Measure::conditional)
      .value("AMAZON", Measure::amazon)
      .finalize();
  m.def(
      "pair_rows",
      [](const In<std::int64_t>& offsets, const In<std::uint32_t>& items, std::size_t item_count,
         const std::optional<In<std::int64_t>>& times, const std::optional<In<std::uint8_t>>& types,
         Measure measure, std::size_t neighbours, double shrink, double smoothing, double min_count,
         std::size_t longest, std::size_t distance, Timestamp window, bool once,
         const TypeWeights& type_weight, double recency, std::size_t threads) {
        const MeasureOptions strength{.measure = measure,
                                      .neighbours = neighbours,
                                      .shrink = shrink,
                                      .smoothing = smoothing,
                                      .min_count = min_count};
        const PairOptions pairs{.longest = longest,
                                .distance = distance,
                                .window = window,
                                .once = once,
                                .recency = recency};
        return count_pairs(offsets, items, item_count, strength, pairs, type_weight, times, types,
                           threads);
      },
      "offsets"_a.noconvert(), "items"_a.noconvert(), "item_count"_a, py::kw_only(),
      "times"_a = py::none(), "types"_a = py::none(), "measure"_a = Measure::cosine,
      "neighbours"_a = 100, "shrink"_a = 0.0, "smoothing"_a = 0.0, "min_count"_a = 1.0,
      "longest"_a = 0, "distance"_a = 0, "window"_a = 0, "once"_a = true,
      "type_weight"_a = py::none(), "recency"_a = 0.0, "threads"_a = 1);
  m.def(
      "group_counts",
      [](const In<std::int64_t>& offsets, const In<std::uint32_t>& items, std::size_t item_count,
         std::size_t longest) {
        const auto counts =
            group_counts({.offsets = view(offsets), .items = items_of(items)}, item_count, longest);
        return to_numpy(std::span(counts));
      },
      "offsets"_a.noconvert(), "items"_a.noconvert(), "item_count"_a, "longest"_a = 0);
  m.def(
      "fit_slim",
      [](const In<std::uint64_t>& offsets, const In<std::uint32_t>& items, const In<float>& weights,
         const In<std::uint32_t>& counts, double l1, double l2, std::size_t neighbours,
         std::size_t threads) {
        const auto pairs = rows_from<ItemRows>(offsets, items, weights);
        ItemRows rows;
        {
          const py::gil_scoped_release release;
          rows = fit_slim(pairs, view(counts), {.l1 = l1, .l2 = l2, .neighbours = neighbours},
                          threads);
        }
        return arrays_of(rows);
      },
      "offsets"_a.noconvert(), "items"_a.noconvert(), "weights"_a.noconvert(),
      "counts"_a.noconvert(), py::kw_only(), "l1"_a, "l2"_a, "neighbours"_a, "threads"_a = 1);
}

ItemFactors factors_from(const In<float>& rows, const std::optional<In<float>>& inputs,
                         const std::optional<In<float>>& bias) {
  if (rows.ndim() != 2) throw DataError("rows must have two dimensions");
  ItemFactors factors{.dim = static_cast<std::size_t>(rows.shape(1)), .rows = copied(view(rows))};
  if (inputs) factors.inputs = copied(view(*inputs));
  if (bias) factors.bias = copied(view(*bias));
  return factors;
}

/// The vectors, the input vectors and the biases, the latter two None where there are none.
py::tuple factors_out(const ItemFactorsModel& model) {
  const ItemFactors& factors = model.factors();
  const auto matrix = [&](const std::vector<float>& values) -> py::object {
    if (values.empty()) return py::none();
    In<float> out(
        {static_cast<py::ssize_t>(factors.item_count()), static_cast<py::ssize_t>(factors.dim)});
    std::copy(values.begin(), values.end(), out.mutable_data());
    return out;
  };
  const py::object bias =
      factors.bias.empty() ? py::object(py::none()) : to_numpy(std::span(factors.bias));
  return py::make_tuple(matrix(factors.rows), matrix(factors.inputs), bias);
}

void bind_item_models(py::module_& m) {
  py::class_<ItemRowsModel, SessionModel, std::shared_ptr<ItemRowsModel>>(m, "ItemRowsModel")
      .def(py::init([](const In<std::uint64_t>& offsets, const In<std::uint32_t>& items,
                       const In<float>& weights, std::size_t last_items, double step_decay,
                       const TypeWeights& type_weight) {
             return std::make_shared<ItemRowsModel>(
                 rows_from<ItemRows>(offsets, items, weights),
                 session_weights(last_items, step_decay, type_weight));
           }),
           "offsets"_a.noconvert(), "items"_a.noconvert(), "weights"_a.noconvert(), py::kw_only(),
           "last_items"_a = 0, "step_decay"_a = 1.0, "type_weight"_a = py::none())
      .def("parts", [](const ItemRowsModel& model) { return arrays_of(model.rows()); });
  py::class_<ItemFactorsModel, SessionModel, std::shared_ptr<ItemFactorsModel>>(m,
                                                                                "ItemFactorsModel")
      .def(py::init([](const In<float>& rows, const std::optional<In<float>>& inputs,
                       const std::optional<In<float>>& bias, std::size_t last_items,
                       double step_decay, const TypeWeights& type_weight, double confidence,
                       double regularization) {
             return std::make_shared<ItemFactorsModel>(
                 factors_from(rows, inputs, bias),
                 session_weights(last_items, step_decay, type_weight),
                 FoldIn{.confidence = confidence, .regularization = regularization});
           }),
           "rows"_a.noconvert(), py::kw_only(), "inputs"_a = py::none(), "bias"_a = py::none(),
           "last_items"_a = 0, "step_decay"_a = 1.0, "type_weight"_a = py::none(),
           "confidence"_a = 0.0, "regularization"_a = 0.01)
      .def("parts", &factors_out);
}

void bind_baskets(py::module_& m) {
  py::native_enum<BasketKind>(m, "BasketKind", "enum.IntEnum")
      .value("TIFU", BasketKind::tifu)
      .value("TIFU_CODE", BasketKind::tifu_code)
      .value("UP_CF", BasketKind::up_cf)
      .finalize();
  py::class_<BasketOptions>(m, "BasketOptions")
      .def(py::init<>())
      .def_readwrite("kind", &BasketOptions::kind)
      .def_readwrite("neighbours", &BasketOptions::neighbours)
      .def_readwrite("within_decay", &BasketOptions::within_decay)
      .def_readwrite("group_decay", &BasketOptions::group_decay)
      .def_readwrite("groups", &BasketOptions::groups)
      .def_readwrite("alpha", &BasketOptions::alpha)
      .def_readwrite("recency", &BasketOptions::recency)
      .def_readwrite("asymmetry", &BasketOptions::asymmetry)
      .def_readwrite("locality", &BasketOptions::locality);
  m.def(
      "basket_users",
      [](const In<std::int64_t>& offsets, const In<std::uint32_t>& items,
         const In<std::int64_t>& baskets, std::size_t item_count, const BasketOptions& options) {
        const BasketRows rows{
            .offsets = view(offsets), .items = items_of(items), .baskets = view(baskets)};
        return arrays_of(basket_users(rows, item_count, options));
      },
      "offsets"_a.noconvert(), "items"_a.noconvert(), "baskets"_a.noconvert(), "item_count"_a,
      "options"_a);
  py::class_<NextBasketModel, SessionModel, std::shared_ptr<NextBasketModel>>(m, "NextBasketModel")
      .def(py::init([](const In<std::uint64_t>& offsets, const In<std::uint32_t>& items,
                       const In<float>& weights, std::size_t item_count,
                       const BasketOptions& options) {
             return std::make_shared<NextBasketModel>(
                 rows_from<BasketUsers>(offsets, items, weights), item_count, options);
           }),
           "offsets"_a.noconvert(), "items"_a.noconvert(), "weights"_a.noconvert(), "item_count"_a,
           "options"_a)
      .def("parts", [](const NextBasketModel& model) { return arrays_of(model.users()); });
}

}  // namespace

void bind_items(py::module_& m) {
  bind_pairs(m);
  bind_item_models(m);
  bind_baskets(m);
}

}  // namespace aisle::bindings
