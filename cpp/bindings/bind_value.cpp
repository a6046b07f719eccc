#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "aisle/base/error.h"
#include "aisle/slate/relation.h"
#include "aisle/value/best_set.h"
#include "asking.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"
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

double units(value::Money money) { return static_cast<double>(money) / value::kMillionths; }

value::Money money_of(double units) {
  if (!(units >= 0.0 && units <= value::kMostMoney))
    throw DataError("an amount must be between 0 and 1e12, got " + std::to_string(units));
  return static_cast<value::Money>(std::llround(units * value::kMillionths));
}

void add_offer(live::Strategy& self, std::string name, double discount, double budget,
               Timestamp hold, std::size_t at_most, double round_to) {
  self.offers.push_back({.name = std::move(name),
                         .discount = discount,
                         .budget = money_of(budget),
                         .hold = hold,
                         .at_most = at_most,
                         .round_to = round_to});
}

/// Everything of the book: {offers: {name: {…}}, holds: [{…}]}.
py::dict state_of(const engine::Engine& self, py::handle time) {
  const value::OfferState state = self.offers().state(time_of(time, clock_now()));
  py::dict offers;
  for (const auto& [name, account] : state.accounts) {
    offers[py::str(name)] = py::dict(
        "budget"_a = units(account.budget), "reserved"_a = units(account.reserved),
        "spent"_a = units(account.spent), "left"_a = units(account.left()),
        "shown"_a = account.shown, "redeemed"_a = account.redeemed, "live"_a = account.is_live);
  }
  py::list holds;
  for (const value::Hold& hold : state.holds) {
    holds.append(py::dict("slate"_a = hold.slate, "item"_a = hold.item, "offer"_a = hold.offer,
                          "amount"_a = units(hold.amount), "expires"_a = hold.expires));
  }
  return py::dict("offers"_a = offers, "holds"_a = holds);
}

/// Accounts as (name, budget, spent, shown, redeemed), holds as (slate, item, offer, amount, expires).
void restore(
    const engine::Engine& self,
    const std::vector<std::tuple<std::string, double, double, std::uint64_t, std::uint64_t>>&
        accounts,
    const std::vector<std::tuple<std::string, std::string, std::string, double, Timestamp>>&
        holds) {
  value::OfferState state;
  for (const auto& [name, budget, spent, shown, redeemed] : accounts) {
    state.accounts.push_back({name,
                              {.budget = money_of(budget),
                               .spent = money_of(spent),
                               .shown = shown,
                               .redeemed = redeemed}});
  }
  for (const auto& [slate, item, offer, amount, expires] : holds)
    state.holds.push_back({slate, item, offer, money_of(amount), expires});
  self.offers().restore(state);
}

/// best_set() over arrays, for its tests.
std::vector<std::uint32_t> find_best_set(const In<float>& alone, const In<float>& pairs,
                                         const In<std::uint32_t>& groups, const In<double>& prices,
                                         double budget, std::size_t parts, std::size_t width) {
  const auto n = view(alone).size();
  if (view(pairs).size() != n * n || view(groups).size() != n || view(prices).size() != n)
    throw ConfigError("pairs must be n * n, groups and prices as long as alone");
  return value::best_set(
      {view(alone), view(pairs), view(groups), view(prices), budget, parts, width});
}

/// (ids, fits, price); None for an item that the shop has not.
py::object complete(const engine::Engine& self, const py::tuple& asked, double budget,
                    std::string per) {
  const Asking asking(asked);
  slate::Look look;
  {
    const slate::LookOptions options{
        .parts = asking.request.k, .budget = budget, .per = std::move(per)};
    const py::gil_scoped_release release;
    self.complete(asking.request, options, look);
  }
  if (!look.is_item_known) return py::none();
  const catalog::Dictionary& ids = *look.live->model->catalog().items();
  py::list names;
  for (const std::string_view name : look.names) names.append(id_object(ids, *ids.find(name)));
  return py::make_tuple(names, look.fits, look.price);
}

}  // namespace

void bind_value(py::module_& m) {
  m.def("best_set", &find_best_set, "alone"_a, "pairs"_a, "groups"_a, "prices"_a, "budget"_a,
        "parts"_a, "width"_a);
}

py::dict offers_made(const slate::Slate& slate) {
  py::dict made;
  for (const value::Granted& one : slate.offers) {
    made[py::int_(one.place)] =
        py::make_tuple(std::string(one.name), one.discount, one.before, one.after);
  }
  return made;
}

void add_offers(py::class_<engine::Engine>& engine) {
  engine
      .def(
          "redeem_offer",
          [](const engine::Engine& self, std::string_view slate, py::handle item, py::handle time) {
            const GivenId id(item);
            return self.offers().redeem(slate, id.text().value_or(std::string_view{}),
                                        time_of(time, clock_now()));
          },
          "slate_id"_a, "item"_a, "time"_a)
      .def("offer_state", &state_of, "time"_a)
      .def("restore_offer_state", &restore, "accounts"_a, "holds"_a)
      .def("find_look", &complete, "asked"_a, "budget"_a, "per"_a);
}

void add_value(py::class_<live::Strategy>& strategy) {
  strategy.def("set_objective", &set_objective, "name"_a, "weight"_a, "column"_a)
      .def("add_offer", &add_offer, "name"_a, "discount"_a, "budget"_a, "hold"_a, "at_most"_a,
           "round_to"_a)
      .def(
          "set_relation",
          [](live::Strategy& self, std::string_view name) {
            constexpr std::array<std::string_view, 3> kNames = {"any", "complements",
                                                                "substitutes"};
            const auto found = std::ranges::find(kNames, name);
            if (found == kNames.end())
              throw ConfigError("unknown relation '" + std::string(name) + "'");
            self.relation = static_cast<value::Relation>(found - kNames.begin());
          },
          "name"_a)
      .def_readwrite("price_reranking", &live::Strategy::price_reranking);
}

}  // namespace aisle::bindings
