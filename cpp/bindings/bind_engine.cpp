#include <array>
#include <chrono>
#include <optional>
#include <tuple>

#include "aisle/engine/engine.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
#include "shop_ids.h"
#include "value_border.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

py::dict stats(const Engine& self) {
  py::dict out;
  const auto observed = self.observed();
  for (std::size_t i = 0; i < kObserved; ++i) out[kObservedNames[i]] = observed[i];
  out["events"] = observed[0] + observed[1];
  out["requests"] = self.requests();
  out["visitors"] = self.sessions().size();
  out["visitors_evicted"] = self.sessions().evicted();
  out["items"] = self.model()->item_count();
  out["session_bytes"] = self.sessions().memory_bytes();
  out["memory_bytes"] = self.memory_bytes();
  if (const auto model = self.model(); model->features() != nullptr) {
    out["feature_visitors"] = model->features()->visitor_count();
    out["feature_bytes"] = model->features()->memory_bytes();
  }
  if (self.learner().is_on()) out["waiting_to_learn"] = self.learner().waiting();
  if (self.state() != nullptr) out["state_events"] = self.state()->written();
  return out;
}

py::dict hygiene(const Engine& self) {
  const auto counts = self.hygiene();
  py::dict out;
  out["types"] = counts.types;
  out["sessions"] = counts.sessions;
  out["one_event_sessions"] = counts.one_event_sessions;
  out["unknown_items"] = counts.unknown_items;
  out["bot_events"] = counts.bot_events;
  out["burst"] = counts.bursts;
  out["no_dwell"] = counts.no_dwell;
  out["regular"] = counts.regular;
  out["huge_sessions"] = counts.huge_sessions;
  out["clicks_without_impressions"] = counts.clicks_without_impressions;
  out["clicked_impressions"] = counts.clicked_impressions;
  out["slates"] = counts.slates;
  out["clicked_slates"] = counts.clicked_slates;
  out["outcomes"] = counts.outcomes;
  out["outcomes_without_slates"] = counts.outcomes_without_slates;
  return out;
}

/// What the state knew when it was opened, once: (visitor, name, value).
py::list told(const Engine& self) {
  py::list out;
  if (self.state() == nullptr) return out;
  for (const auto& row : self.state()->people().told)
    out.append(py::make_tuple(row.visitor, row.name, row.value));
  self.state()->people().told = {};  // forget() is not to look for it here
  return out;
}

/// The parts of a person: (visitor, from, until), None where there is no bound.
py::list person_of(const Engine& self, std::string_view visitor, Timestamp now) {
  std::vector<person::Part> parts;
  self.people().identities().of(visitor, now, parts);
  const auto bound = [](Timestamp at, Timestamp none) {
    return at == none ? py::object(py::none()) : py::object(py::int_(at));
  };
  py::list out;
  for (const auto& part : parts)
    out.append(py::make_tuple(part.visitor, bound(part.from, person::kBeginning),
                              bound(part.until, person::kEnd)));
  return out;
}

using NamedStrategies = std::vector<std::pair<std::string, live::Strategy>>;

live::Strategies strategies_of(const NamedStrategies& named) {
  std::vector<live::NamedStrategy> all;
  for (const auto& [placement, strategy] : named) all.push_back({placement, strategy});
  return live::Strategies(std::move(all));
}

}  // namespace

void bind_engine(py::module_& m) {
  py::class_<EngineOptions>(m, "EngineOptions")
      .def(py::init<>())
      .def(
          "_set_state",
          [](EngineOptions& o, std::string path, std::string_view durability) {
            using journal::Durability;
            o.state = {std::move(path), durability == "sync"    ? Durability::sync
                                        : durability == "async" ? Durability::async
                                                                : Durability::none};
          },
          "path"_a, "durability"_a)
      .def(
          "_set_hygiene",
          [](EngineOptions& o, Timestamp burst, Timestamp dwell, double regularity,
             std::uint32_t session_acts) { o.hygiene = {burst, dwell, regularity, session_acts}; },
          "burst"_a, "dwell"_a, "regularity"_a, "session_acts"_a)
      .def_property(
          "max_events", [](const EngineOptions& o) { return o.sessions.max_events; },
          [](EngineOptions& o, std::size_t v) { o.sessions.max_events = v; })
      .def_property(
          "idle_gap", [](const EngineOptions& o) { return o.sessions.idle_gap; },
          [](EngineOptions& o, Timestamp v) { o.sessions.idle_gap = v; })
      .def_property(
          "time_to_live", [](const EngineOptions& o) { return o.sessions.time_to_live; },
          [](EngineOptions& o, Timestamp v) { o.sessions.time_to_live = v; })
      .def_property(
          "max_lateness", [](const EngineOptions& o) { return o.sessions.max_lateness; },
          [](EngineOptions& o, Timestamp v) { o.sessions.max_lateness = v; })
      .def_readwrite("watermark", &EngineOptions::watermark)
      .def_property(
          "max_future", [](const EngineOptions& o) { return o.sessions.max_future; },
          [](EngineOptions& o, Timestamp v) { o.sessions.max_future = v; })
      .def_property(
          "memory_limit", [](const EngineOptions& o) { return o.sessions.memory_limit; },
          [](EngineOptions& o, std::size_t v) { o.sessions.memory_limit = v; })
      .def_property(
          "shards", [](const EngineOptions& o) { return o.sessions.shards; },
          [](EngineOptions& o, std::size_t v) { o.sessions.shards = v; })
      .def_property(
          "live_sessions", [](const EngineOptions& o) { return o.learn.live_sessions.sessions; },
          [](EngineOptions& o, std::size_t v) { o.learn.live_sessions.sessions = v; })
      .def_property(
          "learn_trending", [](const EngineOptions& o) { return o.learn.trending; },
          [](EngineOptions& o, bool v) { o.learn.trending = v; })
      .def_property(
          "learn_co_visitation", [](const EngineOptions& o) { return o.learn.co_visitation; },
          [](EngineOptions& o, bool v) { o.learn.co_visitation = v; })
      .def_property(
          "learn_sessions", [](const EngineOptions& o) { return o.learn.sessions; },
          [](EngineOptions& o, bool v) { o.learn.sessions = v; })
      .def_readwrite("slates", &EngineOptions::slates)
      .def_readwrite("max_items", &EngineOptions::max_items);
  py::class_<Engine> engine(m, "Engine");
  engine
      .def(py::init([](std::shared_ptr<const catalog::Bundle> bundle, const NamedStrategies& named,
                       const EngineOptions& options) {
             const live::Strategies strategies = strategies_of(named);
             const py::gil_scoped_release release;
             auto made = std::make_unique<Engine>(std::move(bundle), strategies, options);
             carry_clock_on(*made);
             return made;
           }),
           "bundle"_a, "strategies"_a, "options"_a)
      .def(
          "swap",
          [](Engine& self, std::shared_ptr<const catalog::Bundle> bundle,
             const NamedStrategies& named) {
            const live::Strategies strategies = strategies_of(named);
            const py::gil_scoped_release release;
            self.swap(std::move(bundle), strategies);
          },
          "bundle"_a, "strategies"_a)
      .def("write_items", &Engine::update_items, "told"_a, py::call_guard<py::gil_scoped_release>())
      .def(
          "set_strategies",
          [](Engine& self, const NamedStrategies& named) {
            const live::Strategies strategies = strategies_of(named);
            const py::gil_scoped_release release;
            self.set_strategies(strategies);
          },
          "strategies"_a)
      .def("catalog",
           [](Engine& self) {
             const auto model = self.model();
             return std::shared_ptr<catalog::Catalog>(model, &model->catalog());
           })
      .def(
          "add_vector",
          [](Engine& self, std::uint32_t item, const In<float>& vector) {
            const auto model = self.model();
            if (model->vectors() == nullptr)
              throw ConfigError("the bundle has no vectors: fit it with vectors first");
            model->vectors()->add(ItemId{item}, view(vector));
          },
          "item"_a, "vector"_a)
      .def(
          "expire",
          [](Engine& self, Timestamp now) {
            const auto model = self.model();
            if (model->features() != nullptr) model->features()->expire(now);
            return self.sessions().expire(now);
          },
          "now"_a, py::call_guard<py::gil_scoped_release>())
      .def("_flush", &Engine::flush, py::call_guard<py::gil_scoped_release>())
      .def("_prune_state", &Engine::prune_state, "before"_a,
           py::call_guard<py::gil_scoped_release>())
      .def(
          "_keep_fact",
          [](Engine& self, std::string_view name, const py::bytes& value) {
            const std::string_view bytes = value;
            const py::gil_scoped_release release;
            self.keep_fact(name, bytes);
          },
          "name"_a, "value"_a)
      .def(
          "_fact",
          [](const Engine& self, const std::string& name) {
            return py::bytes(self.state() == nullptr ? std::string() : self.state()->fact(name));
          },
          "name"_a)
      .def("_close_state", &Engine::close_state, py::call_guard<py::gil_scoped_release>())
      .def("stats", &stats)
      .def("hygiene", &hygiene)
      .def("_identify", &Engine::identify, "device"_a, "user"_a, "since"_a,
           py::call_guard<py::gil_scoped_release>())
      .def("_separate", &Engine::separate, "device"_a, "user"_a,
           py::call_guard<py::gil_scoped_release>())
      .def("_person", &person_of, "visitor"_a, "now"_a)
      .def("_keep_told", &Engine::keep_told, "visitor"_a, "name"_a, "value"_a,
           py::call_guard<py::gil_scoped_release>())
      .def("_told", &told)
      .def(
          "_devices",
          [](const Engine& self, std::string_view user) {
            return self.people().identities().devices(user);
          },
          "user"_a)
      .def("_has_links", [](const Engine& self) { return !self.people().identities().is_empty(); });
  add_observe(engine);
  add_recommend(m, engine);
  add_replay(engine);
  add_offers(engine);
  add_outcomes(engine);
  add_features(engine);
}

}  // namespace aisle::bindings
