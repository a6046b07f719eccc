#include <array>
#include <optional>
#include <tuple>

#include "aisle/engine/engine.h"
#include "aisle/slate/relation.h"
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
    "none",        "anchor",   "bought", "in_cart", "seen",   "not_returned_to",
    "unavailable", "filtered", "capped", "pinned",  "placed", "relation"};

/// A slate with the model that its names point into.
struct Answer {
  slate::Slate slate;
  std::shared_ptr<live::Model> model;
  [[nodiscard]] py::object id_at(std::size_t i) const {
    return id_object(*model->catalog().items(), value_of(slate.items.at(i).item));
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

/// A request with the texts that it borrows.
class Asking {
 public:
  Asking(py::handle visitor, std::size_t k, py::handle item,
         const std::optional<py::sequence>& session, py::handle time,
         const std::optional<std::string>& where, std::string_view placement,
         const GivenValues* context, const GivenValues* parameters)
      : where_(where) {
    if (!visitor.is_none()) visitor_.emplace(visitor);
    if (!item.is_none()) anchor_.emplace(item);
    if (session) {
      for (const py::handle one : *session) {
        const GivenId text(one);
        owned_.emplace_back(text.text().value_or(std::string_view{}));
      }
    }
    session_.assign(owned_.begin(), owned_.end());
    request.visitor = text_or_empty(visitor_);
    request.session = session_;
    request.anchor = text_or_empty(anchor_);
    request.placement = placement;
    request.k = k;
    request.now = time_of(time, clock_now());
    if (context != nullptr) request.context = context->values();
    if (parameters != nullptr) request.parameters = parameters->values();
  }

  /// Compiles the filter for the model that is live now.
  void find_filter(const Engine& engine, const live::Model& model) {
    if (!where_) return;
    try {
      test_ = engine.filters().get(*where_, model.catalog(), model.generation());
    } catch (const expression::ExpressionError& error) {
      throw error.within("where");
    }
    request.where = test_.get();
  }

  slate::Request request;

 private:
  std::optional<std::string> where_;
  std::optional<GivenId> visitor_;
  std::optional<GivenId> anchor_;
  std::vector<std::string> owned_;
  std::vector<std::string_view> session_;
  std::shared_ptr<const rules::ItemTest> test_;
};

std::unique_ptr<Answer> recommend(const Engine& self, py::handle visitor, std::size_t k,
                                  py::handle item, const std::optional<py::sequence>& session,
                                  py::handle time, const std::optional<std::string>& where,
                                  std::string_view placement, const GivenValues* context,
                                  const GivenValues* parameters, std::string_view slate_id) {
  Asking asking(visitor, k, item, session, time, where, placement, context, parameters);
  asking.request.slate_id = slate_id;
  if (!slate_id.empty()) asking.request.offers = &self.offers();
  auto answer = std::make_unique<Answer>();
  const py::gil_scoped_release release;
  do {
    if (!answer->slate.offers.empty()) self.offers().release(slate_id);
    answer->model = self.model();
    asking.find_filter(self, *answer->model);
    self.recommend(asking.request, answer->slate);
  } while (answer->slate.generation != answer->model->generation());  // a swap came between
  return answer;
}

/// (outcome, reason, rule, place) of one item in that request.
py::tuple judge(const Engine& self, py::handle target, py::handle visitor, std::size_t k,
                py::handle item, const std::optional<py::sequence>& session, py::handle time,
                const std::optional<std::string>& where, std::string_view placement,
                const GivenValues* context, const GivenValues* parameters) {
  constexpr std::array<const char*, 4> kOutcomes = {"unknown", "kept_out", "not_found", "ranked"};
  Asking asking(visitor, k, item, session, time, where, placement, context, parameters);
  const GivenId id(target);
  const auto model = self.model();
  asking.find_filter(self, *model);
  const slate::Verdict verdict = self.judge(asking.request, id.text().value_or(std::string_view{}));
  return py::make_tuple(kOutcomes[static_cast<std::size_t>(verdict.outcome)],
                        kDroppedNames[static_cast<std::size_t>(verdict.reason)],
                        std::string(verdict.rule), verdict.place);
}

/// (ids, fits, price); None for an item that the shop has not.
py::object complete(const Engine& self, py::handle visitor, std::size_t k, py::handle item,
                    const std::optional<py::sequence>& session, py::handle time,
                    const std::optional<std::string>& where, std::string_view placement,
                    const GivenValues* context, const GivenValues* parameters, double budget,
                    std::string per) {
  Asking asking(visitor, k, item, session, time, where, placement, context, parameters);
  slate::Look look;
  const auto model = self.model();
  {
    const py::gil_scoped_release release;
    asking.find_filter(self, *model);
    self.complete(asking.request, {.parts = k, .budget = budget, .per = std::move(per)}, look);
  }
  if (!look.is_item_known) return py::none();
  const catalog::Dictionary& ids = *model->catalog().items();
  py::list names;
  for (const std::string_view name : look.names) names.append(id_object(ids, *ids.find(name)));
  return py::make_tuple(names, look.fits, look.price);
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
          "is_fallback",
          [](const Answer& answer, std::size_t i) { return answer.slate.items.at(i).is_fallback; },
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
  bind_answer(m);
  engine
      .def("answer", &recommend, "visitor"_a, "k"_a, "item"_a, "session"_a, "time"_a, "where"_a,
           "placement"_a, "context"_a, "parameters"_a, "slate_id"_a = "")
      .def("find_look", &complete, "visitor"_a, "k"_a, "item"_a, "session"_a, "time"_a, "where"_a,
           "placement"_a, "context"_a, "parameters"_a, "budget"_a, "per"_a)
      .def("judge", &judge, "target"_a, "visitor"_a, "k"_a, "item"_a, "session"_a, "time"_a,
           "where"_a, "placement"_a, "context"_a, "parameters"_a);
}

}  // namespace aisle::bindings
