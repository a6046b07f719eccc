#include <optional>

#include "aisle/base/error.h"
#include "aisle/expression/evaluation.h"
#include "aisle/expression/syntax.h"
#include "bindings.h"
#include "given_values.h"
#include "numpy_views.h"

namespace aisle::bindings {

using expression::Given;

GivenValues::GivenValues(const py::dict& given) {
  for (const auto& [name, value] : given) {
    const std::string_view kept = keep(py::cast<std::string>(name));
    values_.push_back(value_of(kept, value));
  }
}

Given GivenValues::value_of(std::string_view name, py::handle value) {
  Given given;
  given.name = name;
  if (value.is_none()) return given;
  if (PyBool_Check(value.ptr()) != 0) {
    given.kind = Given::Kind::flag;
    given.number = value.ptr() == Py_True ? 1.0 : 0.0;
  } else if (py::isinstance<py::str>(value)) {
    given.kind = Given::Kind::text;
    given.text = keep(py::cast<std::string>(value));
  } else if (PyFloat_Check(value.ptr()) != 0 || PyIndex_Check(value.ptr()) != 0) {
    given.kind = Given::Kind::number;
    given.number = PyFloat_AsDouble(value.ptr());
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  } else if (py::isinstance<py::list>(value) || py::isinstance<py::tuple>(value) ||
             py::isinstance<py::set>(value) || py::isinstance<py::frozenset>(value)) {
    auto& list = lists_.emplace_back();
    for (const py::handle one : value) {
      if (!py::isinstance<py::str>(one) && PyIndex_Check(one.ptr()) == 0)
        throw ConfigError("the list of " + std::string(name) + " holds " +
                          py::repr(one).cast<std::string>() + "; it takes texts");
      list.push_back(keep(py::str(one).cast<std::string>()));
    }
    given.kind = Given::Kind::texts;
    given.texts = list;
  } else {
    throw ConfigError(std::string(name) + " is " + py::repr(value).cast<std::string>() +
                      "; it takes a text, a number, True, False, None or a list of texts");
  }
  return given;
}

namespace {

/// A compiled expression with the catalogue that it borrows.
struct Compiled {
  std::shared_ptr<catalog::Catalog> catalog;
  std::shared_ptr<const expression::Program> program;
};

using PyEvents =
    std::optional<std::tuple<In<std::uint8_t>, In<std::uint32_t>, In<std::int64_t>, In<float>>>;

std::vector<Event> events_of(const PyEvents& given) {
  std::vector<Event> events;
  if (!given) return events;
  const auto& [types, items, times, values] = *given;
  if (items.size() != types.size() || times.size() != types.size() ||
      values.size() != types.size()) {
    throw ConfigError("events are four arrays of one length: types, items, times, values");
  }
  for (py::ssize_t i = 0; i < types.size(); ++i) {
    if (types.data()[i] >= kEventTypes) throw ConfigError("there is no such type of event");
    events.push_back({.time = times.data()[i],
                      .item = ItemId{items.data()[i]},
                      .value = values.data()[i],
                      .type = static_cast<EventType>(types.data()[i])});
  }
  return events;
}

ItemId anchor_of(const Compiled& self, std::optional<std::uint32_t> anchor) {
  if (!anchor) return kNoItem;
  if (*anchor >= self.catalog->size()) throw ConfigError("there is no such anchor");
  return ItemId{*anchor};
}

/// Makes the expression ready for one request and lets `use` ask it, without the GIL.
template <class Use>
void ask(const Compiled& self, Timestamp now, std::optional<std::uint32_t> anchor,
         const GivenValues& context, const GivenValues& parameters, const PyEvents& events,
         std::size_t session_begin, const Use& use) {
  const std::vector<Event> past = events_of(events);
  const expression::Scope scope{.now = now,
                                .anchor = anchor_of(self, anchor),
                                .events = past,
                                .session_begin = session_begin,
                                .context = context.values(),
                                .parameters = parameters.values()};
  const py::gil_scoped_release release;
  expression::Evaluation evaluation;
  evaluation.begin(*self.program, scope);
  use(evaluation);
}

/// For every item 0, 1 or 2 (null), or a number and NaN.
py::object evaluate(const Compiled& self, Timestamp now, std::optional<std::uint32_t> anchor,
                    const GivenValues& context, const GivenValues& parameters,
                    const PyEvents& events, std::size_t session_begin) {
  std::vector<ItemId> items(self.catalog->size());
  for (std::uint32_t i = 0; i < items.size(); ++i) items[i] = ItemId{i};
  const auto filled = [&](auto out, auto method) {
    const auto view = view_out(out);
    ask(self, now, anchor, context, parameters, events, session_begin,
        [&](expression::Evaluation& evaluation) { (evaluation.*method)(items, view); });
    return py::object(out);
  };
  const auto count = static_cast<py::ssize_t>(items.size());
  if (self.program->type() == expression::Type::number)
    return filled(In<double>(count), &expression::Evaluation::numbers);
  return filled(In<std::uint8_t>(count), &expression::Evaluation::tests);
}

/// Whether the condition is true, by the way of a filter's bitmap.
py::array_t<bool> matches(const Compiled& self, Timestamp now, std::optional<std::uint32_t> anchor,
                          const GivenValues& context, const GivenValues& parameters,
                          const PyEvents& events, std::size_t session_begin) {
  if (self.program->type() != expression::Type::boolean) {
    throw ConfigError("matches() is for conditions, this expression gives a number");
  }
  Bitmap bits(self.catalog->size());
  ask(self, now, anchor, context, parameters, events, session_begin,
      [&](expression::Evaluation& evaluation) { evaluation.to_bitmap(bits.size(), bits); });
  py::array_t<bool> out(static_cast<py::ssize_t>(bits.size()));
  for (std::size_t i = 0; i < bits.size(); ++i) out.mutable_data()[i] = bits.test(i);
  return out;
}

std::vector<std::string> needs_of(const Compiled& self) {
  const expression::Needs& needs = self.program->needs();
  std::vector<std::string> names;
  if (needs.item) names.emplace_back("item");
  if (needs.now) names.emplace_back("now");
  if (needs.anchor) names.emplace_back("anchor");
  if (needs.context) names.emplace_back("context");
  if (needs.parameters) names.emplace_back("parameters");
  if (needs.events) names.emplace_back("events");
  return names;
}

}  // namespace

void bind_expression(py::module_& m) {
  m.def("parse_expression", [](std::string_view text) { (void)expression::parse(text); }, "text"_a);
  py::class_<GivenValues>(m, "GivenValues").def(py::init<const py::dict&>(), "given"_a);
  py::class_<Compiled>(m, "Expression")
      .def(py::init([](std::shared_ptr<catalog::Catalog> catalog, std::string_view text,
                       bool wants_number, const catalog::Aliases& columns) {
             auto program = expression::compile(
                 text, catalog::View(*catalog, columns),
                 wants_number ? expression::Type::number : expression::Type::boolean);
             return Compiled{std::move(catalog), std::move(program)};
           }),
           "catalog"_a, "text"_a, "wants_number"_a = false, "columns"_a = catalog::Aliases{})
      .def_property_readonly("needs", &needs_of)
      .def_property_readonly("columns",
                             [](const Compiled& self) {
                               std::vector<std::string> names;
                               for (const catalog::Column* column : self.program->columns())
                                 names.push_back(column->name());
                               return names;
                             })
      .def("evaluate", &evaluate, "now"_a, "anchor"_a, "context"_a, "parameters"_a, "events"_a,
           "session_begin"_a)
      .def("matches", &matches, "now"_a, "anchor"_a, "context"_a, "parameters"_a, "events"_a,
           "session_begin"_a);
}

}  // namespace aisle::bindings
