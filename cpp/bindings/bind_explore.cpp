#include <algorithm>
#include <optional>
#include <string>

#include "aisle/base/error.h"
#include "aisle/explore/bandit.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace explore;  // NOLINT(google-build-using-namespace): the room this file binds

using Arms = In<std::uint64_t>;
using Context = std::optional<In<double>>;

std::span<const ArmId> arms_of(const Arms& arms) {
  static_assert(sizeof(ArmId) == sizeof(std::uint64_t));
  return {reinterpret_cast<const ArmId*>(arms.data()), static_cast<std::size_t>(arms.size())};
}

std::span<const double> values_of(const Context& context) {
  return context ? view(*context) : std::span<const double>();
}

// The core takes it on trust; a notebook may be wrong.
void check_distinct(std::span<const ArmId> arms) {
  std::vector<ArmId> sorted(arms.begin(), arms.end());
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice == sorted.end()) return;
  throw DataError("arms must be distinct, got " +
                  std::to_string(static_cast<std::uint64_t>(*twice)) + " twice");
}

py::tuple choose(const Bandit& bandit, const Arms& arms, std::size_t k, std::uint64_t seed,
                 const Context& context) {
  const auto ids = arms_of(arms);
  const auto values = values_of(context);
  check_distinct(ids);
  std::vector<Choice> choices(std::min(k, ids.size()));
  {
    const py::gil_scoped_release release;
    thread_local ChooserWorkspace work;
    bandit.choose(ids, values, seed, work, choices);
  }
  Arms chosen(static_cast<py::ssize_t>(choices.size()));
  In<double> propensities(static_cast<py::ssize_t>(choices.size()));
  for (std::size_t slot = 0; slot < choices.size(); ++slot) {
    chosen.mutable_data()[slot] = static_cast<std::uint64_t>(choices[slot].arm);
    propensities.mutable_data()[slot] = choices[slot].propensity;
  }
  return py::make_tuple(chosen, propensities);
}

In<double> probabilities(const Bandit& bandit, const Arms& arms, const Context& context) {
  const auto ids = arms_of(arms);
  const auto values = values_of(context);
  check_distinct(ids);
  In<double> found(arms.size());
  const auto out = view_out(found);
  const py::gil_scoped_release release;
  ChooserWorkspace work;
  bandit.probabilities(ids, values, work, out);
  return found;
}

In<double> expectations(const Bandit& bandit, const Arms& arms, const Context& context) {
  In<double> found(arms.size());
  bandit.expectations(arms_of(arms), values_of(context), view_out(found));
  return found;
}

void update(Bandit& bandit, std::uint64_t arm, double reward, const Context& context) {
  bandit.update(ArmId{arm}, reward, values_of(context));
}

bool correct(Bandit& bandit, std::uint64_t arm, double more, const Context& context) {
  return bandit.correct(ArmId{arm}, more, values_of(context));
}

py::bytes save(const Bandit& bandit) {
  const auto bytes = bandit.save();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::unique_ptr<Bandit> restore(const py::bytes& data) {
  const std::string_view text = data;
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const py::gil_scoped_release release;
  return Bandit::restore(bytes);
}

std::unique_ptr<Bandit> make(Policy policy, double epsilon, double temperature, double alpha,
                             double prior_successes, double prior_failures, double prior_mean,
                             double prior_deviation, double noise, double ridge, std::size_t dim,
                             double half_life, std::size_t max_arms) {
  return std::make_unique<Bandit>(BanditOptions{.policy = policy,
                                                .epsilon = epsilon,
                                                .temperature = temperature,
                                                .alpha = alpha,
                                                .prior_successes = prior_successes,
                                                .prior_failures = prior_failures,
                                                .prior_mean = prior_mean,
                                                .prior_deviation = prior_deviation,
                                                .noise = noise,
                                                .ridge = ridge,
                                                .dim = dim,
                                                .half_life = half_life,
                                                .max_arms = max_arms});
}

void bind_policy(py::module_& m) {
  py::native_enum<Policy>(m, "BanditPolicy", "enum.IntEnum")
      .value("EPSILON_GREEDY", Policy::epsilon_greedy)
      .value("SOFTMAX", Policy::softmax)
      .value("UCB1", Policy::ucb1)
      .value("THOMPSON_BETA", Policy::thompson_beta)
      .value("THOMPSON_GAUSSIAN", Policy::thompson_gaussian)
      .value("LIN_UCB", Policy::lin_ucb)
      .value("LIN_TS", Policy::lin_ts)
      .finalize();
}

}  // namespace

void bind_explore(py::module_& m) {
  bind_policy(m);
  const BanditOptions defaults;
  py::class_<Bandit>(m, "Bandit")
      .def(py::init(&make), "policy"_a, py::kw_only(), "epsilon"_a = defaults.epsilon,
           "temperature"_a = defaults.temperature, "alpha"_a = defaults.alpha,
           "prior_successes"_a = defaults.prior_successes,
           "prior_failures"_a = defaults.prior_failures, "prior_mean"_a = defaults.prior_mean,
           "prior_deviation"_a = defaults.prior_deviation, "noise"_a = defaults.noise,
           "ridge"_a = defaults.ridge, "dim"_a = defaults.dim, "half_life"_a = defaults.half_life,
           "max_arms"_a = defaults.max_arms)
      .def("choose", &choose, "arms"_a.noconvert(), "k"_a, "seed"_a,
           "context"_a.noconvert() = py::none())
      .def("probabilities", &probabilities, "arms"_a.noconvert(),
           "context"_a.noconvert() = py::none())
      .def("expectations", &expectations, "arms"_a.noconvert(),
           "context"_a.noconvert() = py::none())
      .def("update", &update, "arm"_a, "reward"_a, "context"_a.noconvert() = py::none())
      .def("correct", &correct, "arm"_a, "more"_a, "context"_a.noconvert() = py::none())
      .def("save", &save)
      .def_static("restore", &restore, "data"_a)
      .def_property_readonly("policy", [](const Bandit& bandit) { return bandit.options().policy; })
      .def_property_readonly("updates", &Bandit::updates)
      .def("__len__", &Bandit::size);
}

}  // namespace aisle::bindings
