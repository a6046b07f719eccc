#include <algorithm>

#include "aisle/base/error.h"
#include "value_border.h"

namespace aisle::bindings {
namespace {

void set_objective(live::Strategy& self, std::string_view name, float weight, std::string column) {
  if (name == "relevance") {
    self.objectives.relevance = weight;
    return;
  }
  const auto found = std::ranges::find(value::kAimNames, name);
  if (found == value::kAimNames.end())
    throw ConfigError("unknown objective '" + std::string(name) + "'");
  self.objectives.aims[static_cast<std::size_t>(found - value::kAimNames.begin())] = {
      weight, std::move(column)};
}

}  // namespace

void add_value(py::class_<live::Strategy>& strategy) {
  strategy.def("set_objective", &set_objective, "name"_a, "weight"_a, "column"_a)
      .def_readwrite("price_reranking", &live::Strategy::price_reranking);
}

}  // namespace aisle::bindings
