#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/engine/features.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

std::vector<std::string> feature_names(const Engine& self) {
  std::vector<std::string> names;
  const auto model = self.model();
  for (const features::Reading& reading : features_of(*model).plan().readings)
    names.push_back(reading.feature.name);
  return names;
}

In<float> matrix(const Engine& self, py::handle visitor, const py::list& items, py::handle time) {
  const GivenId who(visitor);
  if (!who.text()) throw DataError("visitor needs an id, got None");
  std::vector<std::unique_ptr<GivenId>> ids;
  std::vector<std::string_view> texts;
  for (const py::handle item : items) {
    ids.push_back(std::make_unique<GivenId>(item));
    if (!ids.back()->text()) throw DataError("an item needs an id, got None");
    texts.push_back(*ids.back()->text());
  }
  const Timestamp now = time_of(time, clock_now());
  std::vector<float> cells;
  {
    const py::gil_scoped_release release;
    read_features(self, *who.text(), texts, now, cells);
  }
  const auto rows = static_cast<py::ssize_t>(std::max<std::size_t>(1, texts.size()));
  return to_numpy(std::span<const float>(cells))
      .reshape({rows, static_cast<py::ssize_t>(cells.size()) / rows});
}

}  // namespace

void add_features(py::class_<engine::Engine>& engine) {
  engine.def("feature_names", &feature_names)
      .def("read_features", &matrix, "visitor"_a, "items"_a, "time"_a = py::none());
}

}  // namespace aisle::bindings
