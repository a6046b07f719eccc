#include <array>
#include <chrono>
#include <optional>
#include <tuple>

#include "aisle/engine/engine.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

constexpr std::array<const char*, kObserved> kObservedNames = {
    "accepted", "reordered", "duplicate", "late", "future", "item_limit", "no_consent"};
constexpr std::array<const char*, kEventTypes> kTypeNames = {
    "view",  "cart", "remove_from_cart", "purchase", "refund", "search", "impression",
    "click", "like", "dislike"};
EventType type_of(std::string_view name) {
  for (std::size_t i = 0; i < kEventTypes; ++i) {
    if (name == kTypeNames[i]) return static_cast<EventType>(i);
  }
  py::list known;
  for (const char* one : kTypeNames) known.append(one);
  throw ConfigError(py::module_::import("aisle.names")
                        .attr("unknown")("event type", name, known)
                        .cast<std::string>());
}

/// Interned once: the outcome of a call costs no new string.
py::handle outcome_name(Observed outcome) {
  static const auto* const kNames = [] {
    auto* names = new std::array<PyObject*, kObserved>;
    for (std::size_t i = 0; i < kObserved; ++i)
      (*names)[i] = PyUnicode_InternFromString(kObservedNames[i]);
    return names;
  }();
  return (*kNames)[static_cast<std::size_t>(outcome)];
}

py::object observe(Engine& self, py::handle visitor, py::handle item, std::string_view type,
                   py::handle time, double value, py::handle event_id, py::handle session,
                   bool consent) {
  const IdText visitor_id(visitor);
  const IdText item_id(item);
  if (!visitor_id.text() || !item_id.text())
    throw DataError("visitor and item need an id, got None");
  std::optional<IdText> event_text;
  std::optional<IdText> session_text;
  if (!event_id.is_none()) event_text.emplace(event_id);
  if (!session.is_none()) session_text.emplace(session);
  const Timestamp now = clock_now();
  const RawEvent event{.visitor = *visitor_id.text(),
                       .item = *item_id.text(),
                       .type = type_of(type),
                       .time = time_of(time, now),
                       .value = static_cast<float>(value),
                       .event_id = text_or_empty(event_text),
                       .session = text_or_empty(session_text),
                       .has_consent = consent};
  return py::reinterpret_borrow<py::object>(outcome_name(self.observe(event, now)));
}

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
  return out;
}

using NamedStrategies = std::vector<std::pair<std::string, Strategy>>;

Strategies strategies_of(const NamedStrategies& named) {
  std::vector<NamedStrategy> all;
  for (const auto& [placement, strategy] : named) all.push_back({placement, strategy});
  return Strategies(std::move(all));
}

Timestamp micros_of(py::handle number) {
  int overflow = 0;
  const long long micros = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow != 0 || micros < -session::kLatest || micros > session::kLatest) {
    throw DataError("the time " + py::repr(number).cast<std::string>() +
                    " is beyond the year 3111; an integer is microseconds since 1970");
  }
  return micros;
}

}  // namespace

Timestamp clock_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Timestamp time_of(py::handle time, Timestamp now) {
  if (time.is_none()) return now;
  if (PyLong_CheckExact(time.ptr()) != 0) return micros_of(time);
  return micros_of(py::module_::import("aisle.events.times").attr("micros_of")(time));
}

void bind_engine(py::module_& m) {
  py::class_<EngineOptions>(m, "EngineOptions")
      .def(py::init<>())
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
      .def_readwrite("max_items", &EngineOptions::max_items);
  py::class_<Engine> engine(m, "Engine");
  engine
      .def(py::init([](std::shared_ptr<const catalog::Bundle> bundle, const NamedStrategies& named,
                       const EngineOptions& options) {
             const Strategies strategies = strategies_of(named);
             const py::gil_scoped_release release;
             return std::make_unique<Engine>(std::move(bundle), strategies, options);
           }),
           "bundle"_a, "strategies"_a, "options"_a)
      .def("observe", &observe, "visitor"_a, "item"_a, "type"_a = "view", "time"_a = py::none(),
           "value"_a = std::numeric_limits<double>::quiet_NaN(), "event_id"_a = py::none(),
           "session"_a = py::none(), "consent"_a = true)
      .def(
          "forget",
          [](Engine& self, py::handle visitor) {
            const IdText id(visitor);
            return id.text() && self.forget(*id.text());
          },
          "visitor"_a)
      .def(
          "swap",
          [](Engine& self, std::shared_ptr<const catalog::Bundle> bundle,
             const NamedStrategies& named) {
            const Strategies strategies = strategies_of(named);
            const py::gil_scoped_release release;
            self.swap(std::move(bundle), strategies);
          },
          "bundle"_a, "strategies"_a)
      .def(
          "set_strategies",
          [](Engine& self, const NamedStrategies& named) {
            const Strategies strategies = strategies_of(named);
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
          "expire", [](Engine& self, Timestamp now) { return self.sessions().expire(now); },
          "now"_a, py::call_guard<py::gil_scoped_release>())
      .def("stats", &stats);
  add_recommend(m, engine);
  add_replay(engine);
}

}  // namespace aisle::bindings
