#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/engine/features.h"
#include "aisle/engine/profile.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

struct GivenItems {
  void read(const py::list& items) {
    for (const py::handle item : items) {
      const GivenId& id = ids.emplace_back(item);
      if (!id.text()) throw DataError("an item needs an id, got None");
      texts.push_back(*id.text());
    }
  }
  std::deque<GivenId> ids;  // none may move: texts point into them
  std::vector<std::string_view> texts;
};

/// The names of the columns and the rows, of one model: a swap may come at any time.
py::tuple matrix(const Engine& self, py::handle visitor, const py::list& items, py::handle time,
                 const std::optional<py::list>& session) {
  const GivenId who(visitor);
  if (!who.text() && !session) throw DataError("visitor needs an id, got None");
  GivenItems given;
  given.read(items);
  const auto& texts = given.texts;
  GivenItems seen;
  FeatureRequest asked{.items = texts, .now = time_of(time, clock_now())};
  if (session) {
    seen.read(*session);
    asked.session = seen.texts;
  } else {
    asked.visitor = *who.text();
  }
  std::vector<float> cells;
  const auto model = self.model();
  {
    const py::gil_scoped_release release;
    read_features(*model, self.people().identities(), asked, cells);
  }
  py::list names;
  for (const features::Reading& reading : features_of(*model).plan().readings)
    names.append(reading.feature.name);
  const auto rows = static_cast<py::ssize_t>(std::max<std::size_t>(1, texts.size()));
  return py::make_tuple(names, to_numpy(std::span<const float>(cells))
                                   .reshape({rows, static_cast<py::ssize_t>(cells.size()) / rows}));
}

py::dict dict_of(const Shares& shares) {
  py::dict out;
  for (const auto& [value, share] : shares) out[py::str(value)] = share;
  return out;
}

py::dict profile(const Engine& self, py::handle visitor, py::handle time) {
  const GivenId who(visitor);
  if (!who.text()) throw DataError("visitor needs an id, got None");
  const Timestamp now = time_of(time, clock_now());
  const Profile found = [&] {
    const py::gil_scoped_release release;
    return read_profile(self, *who.text(), now);
  }();
  py::dict durable;
  py::dict intent;
  for (const Taste& taste : found.tastes) {
    durable[py::str(taste.column)] = dict_of(taste.durable);
    intent[py::str(taste.column)] = dict_of(taste.intent);
  }
  py::dict out;
  out["time"] = now;
  out["durable"] = durable;
  out["intent"] = intent;
  out["intent_weight"] = found.intent_weight;
  out["session_events"] = found.session_events;
  out["price"] = py::make_tuple(found.price_weight, found.price_mean, found.price_deviation);
  return out;
}

}  // namespace

void add_features(py::class_<engine::Engine>& engine) {
  engine
      .def("read_features", &matrix, "visitor"_a, "items"_a, "time"_a = py::none(),
           "session"_a = py::none())
      .def("read_profile", &profile, "visitor"_a, "time"_a = py::none());
}

}  // namespace aisle::bindings
