#include <array>
#include <deque>
#include <optional>
#include <tuple>

#include "aisle/engine/engine.h"
#include "aisle/slate/explain.h"
#include "asking.h"
#include "bindings.h"
#include "engine_border.h"
#include "given_values.h"
#include "numpy_views.h"
#include "shop_ids.h"
#include "value_border.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

constexpr std::array<const char*, slate::kDropped> kDroppedNames = {
    "none",     "anchor", "bought", "in_cart", "seen",  "not_returned_to", "unavailable",
    "filtered", "capped", "pinned", "placed",  "shown", "excluded",        "relation"};

struct Answer {
  slate::Slate slate;
  Timestamp time = 0;  ///< Of the request.
  [[nodiscard]] const live::Placement& place() const { return slate.live->at(slate.placement); }
  [[nodiscard]] const live::Market& market() const { return place().strategy.market; }
  [[nodiscard]] py::object id_at(std::size_t i) const {
    return id_object(*slate.live->model->catalog().items(), value_of(slate.items.at(i).item));
  }
};

py::list answer_items(const Answer& answer) {
  py::list items(answer.slate.items.size());
  for (std::size_t i = 0; i < answer.slate.items.size(); ++i) items[i] = answer.id_at(i);
  return items;
}

In<float> answer_scores(const Answer& answer) {
  In<float> scores(static_cast<py::ssize_t>(answer.slate.items.size()));
  for (std::size_t i = 0; i < answer.slate.items.size(); ++i)
    scores.mutable_data()[i] = answer.slate.items[i].score;
  return scores;
}

/// source -> (rank, share) of one place; empty for a place that the fallback chain filled.
py::dict answer_sources(const Answer& answer, std::size_t i) {
  py::dict sources;
  const slate::SlateItem& item = answer.slate.items.at(i);
  for (std::size_t s = 0; s < kSources; ++s) {
    if (item.rank[s] == 0) continue;
    sources[py::str(std::string(live::source_name(static_cast<Source>(s))))] =
        py::make_tuple(item.rank[s], item.share[s]);
  }
  return sources;
}

py::dict answer_dropped(const Answer& answer) {
  py::dict dropped;
  for (std::size_t i = 1; i < slate::kDropped; ++i) {
    if (answer.slate.dropped[i] != 0) dropped[kDroppedNames[i]] = answer.slate.dropped[i];
  }
  return dropped;
}

std::unique_ptr<Answer> recommend(const Engine& self, const py::tuple& asked,
                                  std::string_view slate_prefix) {
  Asking asking(asked);
  asking.request.slate_prefix = slate_prefix;
  if (!slate_prefix.empty()) asking.request.offers = &self.offers();
  auto answer = std::make_unique<Answer>();
  answer->time = asking.request.now;
  const py::gil_scoped_release release;
  self.recommend(asking.request, answer->slate);
  return answer;
}

/// What became of one item in the request that `then` answers, asked again at its time; where it
/// has an explanation, with the events and the model that it had.
py::dict judge(const Engine& self, py::handle target, const Answer& then, const py::tuple& asked) {
  Asking asking(asked);
  asking.request.now = then.time;
  const GivenId id(target);
  const slate::Explanation* const explanation = then.slate.explanation.get();
  // Which a choice or a fallback decided, as long as it is there.
  if (explanation != nullptr || self.live()->find(then.slate.placement) != nullptr) {
    asking.request.placement = then.slate.placement;
    asking.request.market = {};
  }
  slate::Verdict verdict;
  {
    const py::gil_scoped_release release;
    verdict = self.judge(asking.request, id.text().value_or(std::string_view{}), explanation);
  }
  py::dict told = verdict_of(verdict);
  told["reason"] = kDroppedNames[static_cast<std::size_t>(verdict.reason)];
  told["asked"] = asking.request.k;
  return told;
}

/// The widgets that came onto the page, in its order: (number of the widget, value, answer).
py::list page(const Engine& self, const py::sequence& asked, const std::vector<double>& values,
              std::string_view slate_prefix) {
  std::deque<Asking> askings;
  for (const py::handle one : asked) {
    slate::Request& request = askings.emplace_back(py::cast<py::tuple>(one)).request;
    request.slate_prefix = slate_prefix;
    request.offers = &self.offers();
  }
  std::vector<PlacedSlate> placed;
  {
    const py::gil_scoped_release release;
    std::vector<Widget> widgets;
    for (std::size_t i = 0; i < askings.size(); ++i)
      widgets.push_back({askings[i].request, values[i]});
    self.recommend_page(widgets, placed);
  }
  py::list out;
  for (PlacedSlate& one : placed) {
    auto answer = std::make_unique<Answer>();
    answer->slate = std::move(one.slate);
    answer->time = askings[one.widget].request.now;
    out.append(py::make_tuple(one.widget, one.value, std::move(answer)));
  }
  return out;
}

/// (value, chance) of the values of a column, best first.
std::vector<std::pair<std::string, double>> recommend_values(const Engine& self,
                                                             const std::string& column,
                                                             const py::tuple& asked) {
  const Asking asking(asked);
  const py::gil_scoped_release release;
  return self.recommend_values(asking.request, column);
}

void bind_extras(py::module_& m) {
  py::class_<Extras>(m, "Extras")
      .def(py::init([](std::uint64_t after, std::optional<py::sequence> exclude,
                       std::optional<py::sequence> items, std::vector<float> scores, float trust,
                       bool explain) {
             return Extras{after,  std::move(exclude), std::move(items), std::move(scores), trust,
                           explain};
           }),
           "after"_a = 0, "exclude"_a = py::none(), "items"_a = py::none(),
           "scores"_a = std::vector<float>{}, "trust"_a = 1.0F, "explain"_a = false);
}

void bind_answer(py::module_& m) {
  py::class_<Answer>(m, "Answer")
      .def_property_readonly("items", &answer_items)
      .def_property_readonly("scores", &answer_scores)
      .def_property_readonly("pool_size",
                             [](const Answer& answer) { return answer.slate.pool_size; })
      .def_property_readonly("dropped", &answer_dropped)
      .def("sources", &answer_sources, "place"_a)
      .def(
          "attributes",
          [](const Answer& answer, const std::vector<std::string>& names) {
            return attributes_of(answer.slate, answer.place().items, names);
          },
          "names"_a)
      .def_property_readonly(
          "is_explained", [](const Answer& answer) { return answer.slate.explanation != nullptr; })
      .def("explanations", [](const Answer& answer) { return explanations_of(answer.slate); })
      .def(
          "is_fallback",
          [](const Answer& answer, std::size_t i) { return answer.slate.items.at(i).is_fallback; },
          "place"_a)
      .def_property_readonly("number", [](const Answer& answer) { return answer.slate.number; })
      .def_property_readonly("placement",
                             [](const Answer& answer) { return answer.slate.placement; })
      .def_property_readonly("market", [](const Answer& answer) { return answer.market().name; })
      .def_property_readonly("currency",
                             [](const Answer& answer) { return answer.market().currency; })
      .def_property_readonly("chosen", [](const Answer& answer) { return answer.slate.chosen; })
      .def_property_readonly("propensity",
                             [](const Answer& answer) { return answer.slate.propensity; })
      .def(
          "explored",
          [](const Answer& answer, std::size_t i) {
            const slate::SlateItem& one = answer.slate.items.at(i);
            return py::make_tuple(one.is_explored, one.propensity);
          },
          "place"_a)
      .def(
          "is_pinned",
          [](const Answer& answer, std::size_t i) { return answer.slate.items.at(i).is_pinned; },
          "place"_a)
      .def_property_readonly("offers",
                             [](const Answer& answer) { return offers_made(answer.slate); })
      .def("__len__", [](const Answer& answer) { return answer.slate.items.size(); });
}

}  // namespace

void add_recommend(py::module_& m, py::class_<engine::Engine>& engine) {
  bind_extras(m);
  bind_answer(m);
  engine.def("answer", &recommend, "asked"_a, "slate_prefix"_a = "")
      .def("page", &page, "asked"_a, "values"_a, "slate_prefix"_a)
      .def("values", &recommend_values, "column"_a, "asked"_a)
      .def("judge", &judge, "target"_a, "then"_a, "asked"_a);
}

}  // namespace aisle::bindings
