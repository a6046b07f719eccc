#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/engine/engine.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using namespace engine;   // NOLINT(google-build-using-namespace): the rooms this file binds
using namespace explore;  // NOLINT(google-build-using-namespace): the rooms this file binds

constexpr std::array<const char*, kJoined> kJoinedNames = {"learned", "noted", "unknown_slate",
                                                           "not_in_slate"};

const char* outcome(Engine& self, std::uint64_t slate, py::handle item, std::string_view name) {
  const EventType type = event_type_of(name);
  const GivenId id(item);
  const std::string text(id.text().value_or(std::string_view{}));
  const py::gil_scoped_release release;
  return kJoinedNames[static_cast<std::size_t>(self.outcome(slate, text, type))];
}

/// (placement, what was learned): bytes of Bandit.save().
py::list save_arms(const Engine& self) {
  py::list all;
  for (const live::Learned& one : self.learned()) {
    const auto bytes = one.explorer->bandit().save();
    all.append(py::make_tuple(
        one.placement, py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  }
  return all;
}

void restore_arms(Engine& self, const std::vector<std::pair<std::string, py::bytes>>& saved) {
  std::vector<live::Learned> all;
  for (const auto& [placement, data] : saved) {
    const std::string_view text = data;
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    all.push_back({placement, std::make_shared<Explorer>(Bandit::restore(bytes))});
  }
  self.restore(all);
}

/// placement -> (arms, updates).
py::dict count_arms(const Engine& self) {
  py::dict counts;
  for (const live::Learned& one : self.learned()) {
    const Bandit& bandit = one.explorer->bandit();
    counts[py::str(one.placement)] = py::make_tuple(bandit.size(), bandit.updates());
  }
  return counts;
}

/// [(name, value or None, share of all attention, lift)] of every group that was shown.
py::list exposures(const Engine& self, std::string_view placement, std::string_view market) {
  py::list told;
  const auto live = self.live();
  for (const live::Exposed& one : live->at(placement, market).exposure) {
    const std::size_t groups = one.column == nullptr ? 1 : one.column->values()->size();
    const double attention = one.shares->attention();
    for (const auto& share : one.shares->all(static_cast<std::uint32_t>(groups))) {
      const py::object value =
          one.column == nullptr
              ? py::object(py::none())
              : py::object(py::str(std::string(one.column->values()->name(share.group))));
      told.append(py::make_tuple(one.exposure.name, value, share.got / attention, share.lift));
    }
  }
  return told;
}

void set_bandit(ExploreOptions& self, Policy policy, const py::dict& options) {
  BanditOptions& bandit = self.bandit;
  bandit = BanditOptions{.policy = policy};
  const std::array<std::pair<const char*, double BanditOptions::*>, 10> fields = {{
      {"epsilon", &BanditOptions::epsilon},
      {"temperature", &BanditOptions::temperature},
      {"alpha", &BanditOptions::alpha},
      {"prior_successes", &BanditOptions::prior_successes},
      {"prior_failures", &BanditOptions::prior_failures},
      {"prior_mean", &BanditOptions::prior_mean},
      {"prior_deviation", &BanditOptions::prior_deviation},
      {"noise", &BanditOptions::noise},
      {"ridge", &BanditOptions::ridge},
      {"half_life", &BanditOptions::half_life},
  }};
  for (const auto& [name, value] : options) {
    const auto text = py::cast<std::string>(name);
    if (text == "max_arms" || text == "dim") {
      (text == "dim" ? bandit.dim : bandit.max_arms) = py::cast<std::size_t>(value);
      continue;
    }
    const auto field =
        std::ranges::find_if(fields, [&](const auto& one) { return one.first == text; });
    if (field == fields.end()) throw ConfigError("a bandit has no option '" + text + "'");
    bandit.*(field->second) = py::cast<double>(value);
  }
}

/// The chance of each visitor to take the item next.
In<double> affinities(const Engine& self, py::handle item, const py::sequence& visitors,
                      py::handle time, std::string_view placement, std::string_view market) {
  const GivenId anchor(item);
  const std::string target(anchor.text().value_or(std::string_view{}));
  std::vector<std::string> ids;
  for (const py::handle one : visitors)
    ids.emplace_back(GivenId(one).text().value_or(std::string_view{}));
  const Timestamp now = time_of(time, clock_now());
  In<double> chances(static_cast<py::ssize_t>(ids.size()));
  const auto out = view_out(chances);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % 1024 == 0 && PyErr_CheckSignals() != 0) throw py::error_already_set();
    const py::gil_scoped_release release;
    out[i] = self.affinity(
        {.visitor = ids[i], .placement = placement, .market = market, .now = now}, target);
  }
  return chances;
}

}  // namespace

void bind_exploring(py::module_& m) {
  m.def("microseconds", [](py::handle time) { return time_of(time, clock_now()); }, "time"_a);
  py::class_<ExploreOptions>(m, "ExploreOptions")
      .def(py::init([](int over) {
             ExploreOptions made;
             made.is_on = true;
             made.over = static_cast<Over>(over);
             return made;
           }),
           "over"_a)
      .def("set_bandit", &set_bandit, "policy"_a, "options"_a)
      .def(
          "set_reward",
          [](ExploreOptions& self, std::string_view type, double reward) {
            self.rewards[static_cast<std::size_t>(event_type_of(type))] = reward;
          },
          "type"_a, "reward"_a)
      .def_readwrite("slots", &ExploreOptions::slots)
      .def_readwrite("places", &ExploreOptions::places)
      .def_readwrite("pool", &ExploreOptions::pool)
      .def_readwrite("fresh", &ExploreOptions::fresh)
      .def_readwrite("max_age", &ExploreOptions::max_age)
      .def_readwrite("among", &ExploreOptions::among)
      .def_readwrite("context", &ExploreOptions::context)
      .def_readwrite("horizon", &ExploreOptions::horizon)
      .def_readwrite("counts_shown", &ExploreOptions::counts_shown);
}

void add_exploring(py::class_<live::Strategy>& strategy) {
  strategy.def_readwrite("explore", &live::Strategy::explore)
      .def_readwrite("fallback", &live::Strategy::fallback)
      .def_readwrite("seed", &live::Strategy::seed)
      .def(
          "add_exposure",
          [](live::Strategy& self, std::string name, std::string where, std::string column,
             double tail, double at_least, double at_most, double lag) {
            self.exposure.push_back({.name = std::move(name),
                                     .where = std::move(where),
                                     .column = std::move(column),
                                     .tail = tail,
                                     .goal = {at_least, at_most, lag}});
          },
          "name"_a, "where"_a, "column"_a, "tail"_a, "at_least"_a, "at_most"_a, "lag"_a)
      .def(
          "set_fatigue",
          [](live::Strategy& self, float strength, std::size_t after, Timestamp within) {
            self.fatigue = {strength, after, within};
          },
          "strength"_a, "after"_a, "within"_a)
      .def(
          "set_rotation",
          [](live::Strategy& self, float rate, Timestamp time) { self.rotation = {rate, time}; },
          "rate"_a, "time"_a);
}

void add_outcomes(py::class_<engine::Engine>& engine) {
  engine.def("join", &outcome, "slate"_a, "item"_a, "type"_a)
      .def("settle_until", &Engine::settle, "now"_a, py::call_guard<py::gil_scoped_release>())
      .def("affinities", &affinities, "item"_a, "visitors"_a, "time"_a, "placement"_a, "market"_a)
      .def("save_arms", &save_arms)
      .def("restore_arms", &restore_arms, "saved"_a)
      .def("count_arms", &count_arms)
      .def("exposures", &exposures, "placement"_a, "market"_a);
}

}  // namespace aisle::bindings
