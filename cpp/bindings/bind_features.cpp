#include <optional>
#include <string>
#include <tuple>

#include "aisle/base/error.h"
#include "aisle/engine/told_links.h"
#include "aisle/features/feature_file.h"
#include "aisle/features/history.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace features;  // NOLINT(google-build-using-namespace): the room this file binds

Kind kind_of(std::string_view name) {
  for (std::size_t k = 0; k < kKinds; ++k) {
    if (name_of(static_cast<Kind>(k)) == name) return static_cast<Kind>(k);
  }
  throw ConfigError("unknown kind of a feature: " + std::string(name));
}

void add_feature(Definition& self, std::string name, std::string_view kind, std::size_t of,
                 std::string column, TypeMask types, TypeMask per, Timestamp window,
                 Timestamp half_life, double prior_mean, double prior_weight,
                 std::int32_t utc_offset) {
  self.features.push_back({.name = std::move(name),
                           .kind = kind_of(kind),
                           .of = static_cast<Of>(of),
                           .column = std::move(column),
                           .types = types,
                           .per = per,
                           .window = window,
                           .half_life = half_life,
                           .prior_mean = prior_mean,
                           .prior_weight = prior_weight,
                           .utc_offset = utc_offset});
}

using Numbers = std::optional<In<std::uint32_t>>;

LogColumns log_of(const In<std::uint32_t>& visitor, const In<std::uint32_t>& item,
                  const In<std::int64_t>& time, const In<std::uint8_t>& type,
                  const Numbers& session, const Numbers& event_id,
                  const std::optional<In<std::uint8_t>>& consent) {
  using Ids = std::span<const std::uint32_t>;
  return {.visitor = view(visitor),
          .item = items_of(item),
          .time = view(time),
          .type = view(type),
          .session = session ? view(*session) : Ids{},
          .event_id = event_id ? view(*event_id) : Ids{},
          .consent = consent ? view(*consent) : std::span<const std::uint8_t>{}};
}

/// Ctrl-C stops the work.
bool keep_going(std::size_t /*done*/) {
  const py::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  return true;
}

In<float> feature_table(const Definition& definition, const catalog::Catalog& catalog,
                        const In<std::uint32_t>& visitor, const In<std::uint32_t>& item,
                        const In<std::int64_t>& time, const In<std::uint8_t>& type,
                        const Numbers& session, const Numbers& event_id,
                        const std::optional<In<std::uint8_t>>& consent,
                        const In<std::uint32_t>& row_visitor, const In<std::uint32_t>& row_item,
                        const In<std::int64_t>& row_time, const catalog::Dictionary& visitors,
                        const In<std::uint32_t>& link_visitor, const In<std::uint32_t>& link_user,
                        const In<std::int64_t>& link_time) {
  const LogColumns log = log_of(visitor, item, time, type, session, event_id, consent);
  const Moments moments{view(row_visitor), items_of(row_item), view(row_time)};
  Definition unbounded = definition;  // a training table forgets nobody for want of memory
  unbounded.memory_limit = ~std::size_t{0};
  FeatureStore store(unbounded);
  engine::ToldLinks links({view(link_visitor), view(link_user), view(link_time)}, visitors);
  In<float> out({static_cast<py::ssize_t>(moments.time.size()),
                 static_cast<py::ssize_t>(definition.features.size())});
  const std::span<float> cells = view_out(out);
  const py::gil_scoped_release release;
  play(store, catalog, log, moments, Into::all, cells, &keep_going,
       link_time.size() == 0 ? nullptr : &links);
  return out;
}

std::shared_ptr<const catalog::Bundle> add_features(
    const std::shared_ptr<const catalog::Bundle>& bundle, std::string manifest,
    const Definition& definition, const catalog::Catalog& catalog, const In<std::uint32_t>& visitor,
    const In<std::uint32_t>& item, const In<std::int64_t>& time, const In<std::uint8_t>& type,
    const Numbers& session, const Numbers& event_id,
    const std::optional<In<std::uint8_t>>& consent) {
  const LogColumns log = log_of(visitor, item, time, type, session, event_id, consent);
  FeatureStore store(definition);
  const py::gil_scoped_release release;
  play(store, catalog, log, {}, Into::items, {}, &keep_going);
  catalog::BundleBuilder builder;
  for (const catalog::Tensor& tensor : bundle->tensors()) builder.add(tensor, bundle);
  builder.set_manifest(std::move(manifest));
  write_features(builder, store, catalog);
  return builder.build();
}

}  // namespace

void bind_features(py::module_& m) {
  py::class_<Definition>(m, "FeatureDefinition")
      .def(py::init<>())
      .def("add", &add_feature, "name"_a, "kind"_a, "of"_a, "column"_a, "types"_a, "per"_a,
           "window"_a, "half_life"_a, "prior_mean"_a, "prior_weight"_a, "utc_offset"_a)
      .def(
          "set_profile",
          [](Definition& self, std::vector<std::string> columns, TypeMask types,
             Timestamp half_life, double intent_events, Timestamp intent_half_life) {
            self.profile = {std::move(columns), types, half_life, intent_events, intent_half_life};
          },
          "columns"_a, "types"_a, "half_life"_a, "intent_events"_a, "intent_half_life"_a)
      .def_readwrite("session_gap", &Definition::session_gap)
      .def_readwrite("time_to_live", &Definition::time_to_live)
      .def_readwrite("memory_limit", &Definition::memory_limit)
      .def_readwrite("max_values", &Definition::max_values)
      .def_readwrite("max_items", &Definition::max_items)
      .def("validate", &Definition::validate)
      .def("columns", &Definition::columns);
  m.def("feature_table", &feature_table, "definition"_a, "catalog"_a, "visitor"_a, "item"_a,
        "time"_a, "type"_a, "session"_a, "event_id"_a, "consent"_a, "row_visitor"_a, "row_item"_a,
        "row_time"_a, "visitors"_a, "link_visitor"_a, "link_user"_a, "link_time"_a);
  m.def("add_features", &add_features, "bundle"_a, "manifest"_a, "definition"_a, "catalog"_a,
        "visitor"_a, "item"_a, "time"_a, "type"_a, "session"_a, "event_id"_a, "consent"_a);
}

}  // namespace aisle::bindings
