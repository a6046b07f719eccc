#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>

#include "aisle/base/clock.h"
#include "aisle/engine/engine.h"
#include "bindings.h"
#include "engine_border.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

constexpr Timestamp kEarliest = 631'152'000'000'000;  // 1990: before it lie misread units
constexpr std::array<const char*, 8> kArguments = {"visitor", "item",     "type",    "time",
                                                   "value",   "event_id", "session", "consent"};
constexpr std::array<const char*, kEventTypes> kTypeNames = {
    "view",  "cart", "remove_from_cart", "purchase", "refund", "search", "impression",
    "click", "like", "dislike",          "own"};

constexpr const char* kObserveDoc =
    R"(observe(self, visitor, item, type='view', time=None, value=None, event_id=None, session=None, consent=True)
--

Take one event in; the very next :meth:`recommend` knows it.

Parameters
----------
visitor, item
    The shop's ids, str or int; an item never seen before is added.
type
    view, cart, remove_from_cart, purchase, refund, search, impression, click, like,
    dislike or own.
time
    A datetime, ISO text, NumPy or pandas time, or microseconds UTC; default now.
value
    What it is worth in the shop's currency.
event_id
    The same id again is a duplicate: a retry changes nothing.
session
    The shop's session id; without one, sessions are cut at pauses.
consent
    False: nothing is kept and nothing learned.

Returns
-------
str
    What became of it: accepted, reordered, duplicate, late, future, item_limit or no_consent.

Raises
------
DataError
    For an id, time or value that is none.
ConfigError
    For an unknown type or argument.
)";

constexpr const char* kForgetDoc = R"(forget(self, visitor)
--

Erase a visitor: the sessions, what live sessions taught of them, and the events of the state.

With a state it returns when no byte of the id is left in its files.

Returns
-------
bool
    Whether there was anything to erase.
)";

template <std::size_t N>
std::string unknown_among(const char* kind, std::string_view name,
                          const std::array<const char*, N>& names, const py::object& of) {
  py::list known;
  for (const char* one : names) known.append(one);
  return py::module_::import("aisle.names")
      .attr("unknown")(kind, name, known, "of"_a = of)
      .template cast<std::string>();
}

}  // namespace

EventType event_type_of(std::string_view name) {
  for (std::size_t i = 0; i < kEventTypes; ++i) {
    if (name == kTypeNames[i]) return static_cast<EventType>(i);
  }
  throw ConfigError(unknown_among("event type", name, kTypeNames, py::none()));
}

namespace {

float worth_of(py::handle value) {
  if (value.is_none()) return kNoValue;
  const double number = PyFloat_AsDouble(value.ptr());
  const bool is_number = number != -1.0 || PyErr_Occurred() == nullptr;
  if (!is_number) PyErr_Clear();
  if (is_number && std::isfinite(number)) return static_cast<float>(number);
  throw DataError("value must be a finite number, got " + py::repr(value).cast<std::string>() +
                  "; leave it out where there is none");
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
                   py::handle time, py::handle value, py::handle event_id, py::handle session,
                   bool consent) {
  const GivenId visitor_id(visitor);
  const GivenId item_id(item);
  if (!visitor_id.text() || !item_id.text())
    throw DataError("visitor and item need an id, got None");
  std::optional<GivenId> event_text;
  std::optional<GivenId> session_text;
  if (!event_id.is_none()) event_text.emplace(event_id);
  if (!session.is_none()) session_text.emplace(session);
  const Timestamp now = clock_now();
  const RawEvent event{.visitor = *visitor_id.text(),
                       .item = *item_id.text(),
                       .type = event_type_of(type),
                       .time = time_of(time, now),
                       .value = worth_of(value),
                       .event_id = text_or_empty(event_text),
                       .session = text_or_empty(session_text),
                       .has_consent = consent};
  const auto take = [&] {
    if (self.state() == nullptr || self.state()->durability() != journal::Durability::sync)
      return self.observe(event, now);
    const py::gil_scoped_release release;  // the disk is waited for
    return self.observe(event, now);
  };
  return py::reinterpret_borrow<py::object>(outcome_name(take()));
}

/// Reached when the arguments are not those of observe(): says which one, and what there is.
void refuse_arguments(const Engine& /*self*/, const py::args& given, const py::kwargs& named) {
  if (given.size() > kArguments.size()) {
    throw ConfigError("observe takes at most " + std::to_string(kArguments.size()) +
                      " arguments, got " + std::to_string(given.size()));
  }
  py::dict all;
  for (std::size_t i = 0; i < given.size(); ++i) all[kArguments[i]] = given[i];
  for (const auto& [key, value] : named) {
    const auto name = key.cast<std::string>();
    if (std::ranges::find(kArguments, std::string_view(name)) == kArguments.end())
      throw ConfigError(unknown_among("argument", name, kArguments, py::str("observe")));
    if (all.contains(key)) throw ConfigError("observe got " + name + " twice");
    all[key] = value;
  }
  if (!all.contains("visitor") || !all.contains("item"))
    throw ConfigError("observe needs a visitor and an item");
  const bool is_type_wrong = all.contains("type") && !py::isinstance<py::str>(all["type"]);
  const char* const wrong = is_type_wrong ? "type" : "consent";
  const py::object value = all.contains(wrong) ? py::object(all[wrong]) : py::none();
  throw ConfigError(std::string(wrong) + (is_type_wrong ? " must be a str" : " must be a bool") +
                    ", got " + py::repr(value).cast<std::string>());
}

ForwardClock& forward_clock() {
  static ForwardClock clock;
  return clock;
}

Timestamp wall_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
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

/// A bare integer names no unit: microseconds, if it can be such.
Timestamp checked_micros(py::handle number) {
  const Timestamp micros = micros_of(number);
  if (micros >= kEarliest) return micros;
  throw DataError(py::module_::import("aisle.events.times")
                      .attr("not_microseconds")(number, "is_column"_a = false)
                      .cast<std::string>());
}

}  // namespace

Timestamp clock_now() { return forward_clock().tell(wall_now()); }

void carry_clock_on(const engine::Engine& engine) {
  if (engine.state() == nullptr) return;
  forward_clock().go_on_from(engine.state()->newest(), wall_now(),
                             engine.sessions().options().max_future, kDay);
}

Timestamp time_of(py::handle time, Timestamp now) {
  if (time.is_none()) return now;
  if (PyLong_CheckExact(time.ptr()) != 0) return checked_micros(time);
  if (PyIndex_Check(time.ptr()) != 0 && PyBool_Check(time.ptr()) == 0) {
    if (const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(time.ptr())))
      return checked_micros(number);
    PyErr_Clear();  // an array, say: the next one tells what it is
  }
  return micros_of(py::module_::import("aisle.events.times").attr("micros_of")(time));
}

void add_observe(py::class_<engine::Engine>& engine) {
  py::options options;
  options.disable_function_signatures();  // the texts above open with their own
  engine
      .def("observe", &observe, kObserveDoc, "visitor"_a, "item"_a, "type"_a = "view",
           "time"_a = py::none(), "value"_a = py::none(), "event_id"_a = py::none(),
           "session"_a = py::none(), "consent"_a = true)
      .def("observe", &refuse_arguments)
      .def(
          "forget",
          [](Engine& self, py::handle visitor) {
            const GivenId id(visitor);
            if (!id.text()) return false;
            const py::gil_scoped_release release;
            return self.forget(*id.text());
          },
          kForgetDoc, "visitor"_a);
}

}  // namespace aisle::bindings
