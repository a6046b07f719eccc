#include <algorithm>
#include <array>

#include "aisle/base/error.h"
#include "aisle/catalog/tensors.h"
#include "aisle/engine/fit.h"
#include "aisle/live/strategy.h"
#include "aisle/score/features.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
#include "value_border.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

Source source_of(std::string_view name) {
  py::list known;
  for (std::size_t s = 0; s < kSources; ++s) {
    if (live::source_name(static_cast<Source>(s)) == name) return static_cast<Source>(s);
    known.append(std::string(live::source_name(static_cast<Source>(s))));
  }
  throw ConfigError(py::module_::import("aisle.names")
                        .attr("unknown")("source", name, known)
                        .cast<std::string>());
}

rules::Action action_of(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames = {
      "include", "exclude", "boost", "add", "pin", "hide", "at_most", "at_least", "offer"};
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) throw ConfigError("unknown action '" + std::string(name) + "'");
  return static_cast<rules::Action>(found - kNames.begin());
}

live::Diversify method_of(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames = {"mmr", "dpp", "xquad", "calibrated"};
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) throw ConfigError("unknown method '" + std::string(name) + "'");
  return static_cast<live::Diversify>(found - kNames.begin());
}

void add_rule(live::Strategy& self, std::string name, std::string_view action, std::string when,
              Timestamp from, Timestamp until, std::string where, std::string amount, double factor,
              std::vector<std::string> items, std::string column, std::size_t count, double share) {
  self.merchandising.push_back({.name = std::move(name),
                                .action = action_of(action),
                                .when = std::move(when),
                                .from = from,
                                .until = until,
                                .where = std::move(where),
                                .amount = std::move(amount),
                                .factor = factor,
                                .items = std::move(items),
                                .column = std::move(column),
                                .count = count,
                                .share = share});
}

std::shared_ptr<const catalog::Bundle> run_fit(
    const In<std::uint32_t>& session, const In<std::uint32_t>& item, const In<std::int64_t>& time,
    const In<std::uint8_t>& type, const In<std::uint32_t>& session_rank,
    const catalog::Catalog& items, std::size_t vector_dim, const std::optional<In<float>>& vectors,
    std::size_t neighbours, Timestamp pair_half_life, const std::string& manifest,
    const std::optional<In<float>>& weights, const py::object& progress,
    const In<std::uint32_t>& session_visitor, std::size_t k_anonymity) {
  const auto types = view(type);
  const FitColumns columns{.session = view(session),
                           .item = items_of(item),
                           .time = view(time),
                           .type = {reinterpret_cast<const EventType*>(types.data()), types.size()},
                           .session_rank = view(session_rank),
                           .item_count = items.size(),
                           .session_visitor = view(session_visitor)};
  FitOptions options;
  options.vector_dim = vector_dim;
  options.pairs.neighbours = neighbours;
  options.pairs.half_life = pair_half_life;
  options.pairs.k_anonymity = k_anonymity;
  if (vectors) {
    if (vectors->ndim() != 2 || vectors->shape(0) != static_cast<py::ssize_t>(items.size())) {
      throw ConfigError("vectors must have one row for each of the " +
                        std::to_string(items.size()) + " items");
    }
    options.vectors = view(*vectors);
    options.own_vector_dim = static_cast<std::size_t>(vectors->shape(1));
  }
  const Progress report = [&progress](std::string_view step, double share) {
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!progress.is_none()) progress(step, share);
    return true;
  };
  std::vector<float> own_weights;
  if (weights) own_weights.assign(view(*weights).begin(), view(*weights).end());
  const py::gil_scoped_release release;
  catalog::BundleBuilder builder;
  builder.set_manifest(manifest);
  catalog::write_catalog(builder, items);
  engine::fit(columns, options, builder, report);
  if (!own_weights.empty()) builder.add("scorer.weights", std::move(own_weights));
  return builder.build();
}

void bind_strategy(py::module_& m) {
  py::class_<live::Exclusions>(m, "Exclusions")
      .def(py::init<>())
      .def_readwrite("anchor", &live::Exclusions::anchor)
      .def_readwrite("bought", &live::Exclusions::bought)
      .def_readwrite("in_cart", &live::Exclusions::in_cart)
      .def_readwrite("seen", &live::Exclusions::seen)
      .def_readwrite("unavailable", &live::Exclusions::unavailable)
      .def_readwrite("return_below", &live::Exclusions::return_below);
  py::class_<live::Strategy> strategy(m, "Strategy");
  add_exploring(strategy);
  strategy.def(py::init<>())
      .def(
          "set_source",
          [](live::Strategy& self, std::string_view name, bool is_on, std::size_t quota) {
            auto& source = self.sources[static_cast<std::size_t>(source_of(name))];
            source.is_on = is_on;
            source.quota = quota;
          },
          "name"_a, "is_on"_a, "quota"_a)
      .def(
          "set_source_weight",
          [](live::Strategy& self, std::string_view name, float weight) {
            self.sources[static_cast<std::size_t>(source_of(name))].weight = weight;
          },
          "name"_a, "weight"_a)
      .def("add_rule", &add_rule, "name"_a, "action"_a, "when"_a, "from_time"_a, "until"_a,
           "where"_a, "amount"_a, "factor"_a, "items"_a, "column"_a, "count"_a, "share"_a)
      .def_readwrite("filter", &live::Strategy::filter)
      .def_readwrite("takes_largest_boost", &live::Strategy::takes_largest_boost)
      .def_readwrite("minimum", &live::Strategy::minimum)
      .def_readwrite("knn", &live::Strategy::knn)
      .def_readwrite("co_visitation", &live::Strategy::co_visitation)
      .def_readwrite("rules", &live::Strategy::rules)
      .def_readwrite("vector_items", &live::Strategy::vector_items)
      .def_readwrite("vector_decay", &live::Strategy::vector_decay)
      .def_readwrite("weights", &live::Strategy::weights)
      .def_readwrite("exclude", &live::Strategy::exclude)
      .def_readwrite("diversity", &live::Strategy::diversity)
      .def_readwrite("diversity_pool", &live::Strategy::diversity_pool)
      .def_readwrite("diversity_on", &live::Strategy::diversity_on)
      .def_readwrite("novelty", &live::Strategy::novelty)
      .def(
          "set_diversity_method",
          [](live::Strategy& self, std::string_view name) {
            self.diversity_method = method_of(name);
          },
          "name"_a)
      .def(
          "set_market",
          [](live::Strategy& self, std::string name, std::string currency,
             catalog::Aliases columns) {
            self.market = {std::move(name), std::move(currency), std::move(columns)};
          },
          "name"_a, "currency"_a, "columns"_a)
      .def(
          "set_at_most",
          [](live::Strategy& self, const std::map<std::string, std::size_t>& rules) {
            self.at_most.clear();
            for (const auto& [column, count] : rules) self.at_most.push_back({column, count});
          },
          "rules"_a)
      .def("validate", &live::Strategy::validate);
  add_value(strategy);
}

}  // namespace

void bind_fit(py::module_& m) {
  bind_strategy(m);
  m.def("source_names", [] {
    std::vector<std::string> names;
    for (std::size_t s = 0; s < kSources; ++s)
      names.emplace_back(live::source_name(static_cast<Source>(s)));
    return names;
  });
  m.def("feature_names", [] {
    std::vector<std::string> names;
    for (std::size_t column = 0; column < score::kFeatures; ++column)
      names.emplace_back(score::feature_name(column));
    return names;
  });
  m.def("fit", &run_fit, "session"_a, "item"_a, "time"_a, "type"_a, "session_rank"_a, "items"_a,
        "vector_dim"_a, "vectors"_a, "neighbours"_a, "pair_half_life"_a, "manifest"_a, "weights"_a,
        "progress"_a, "session_visitor"_a, "k_anonymity"_a);
}

}  // namespace aisle::bindings
