#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "aisle/models/context_tree.h"
#include "aisle/models/knn_model.h"
#include "aisle/models/retrieval_models.h"
#include "aisle/models/rules.h"
#include "bindings.h"
#include "log_columns.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace models;    // NOLINT(google-build-using-namespace): the room this file binds
using namespace retrieve;  // NOLINT(google-build-using-namespace): what its models are made of

/// What a model had learned, as it comes out of a file.
struct SavedModel {
  Arrays arrays;
  std::size_t item_count = 0;
};

template <class T>
bool take(const py::handle& value, const std::string& name, Arrays& arrays) {
  if (!py::isinstance<py::array_t<T>>(value)) return false;
  const auto array = In<T>::ensure(value);
  if (array.ndim() != 1) throw BundleError("array " + name + " is not of one dimension");
  const auto values = view(array);
  arrays.put(name, std::vector<T>(values.begin(), values.end()));
  return true;
}

SavedModel saved(const py::dict& columns, std::size_t item_count) {
  SavedModel found{.arrays = {}, .item_count = item_count};
  for (const auto& [key, value] : columns) {
    const auto name = py::cast<std::string>(key);
    const bool taken = take<std::uint8_t>(value, name, found.arrays) ||
                       take<std::uint32_t>(value, name, found.arrays) ||
                       take<std::int64_t>(value, name, found.arrays) ||
                       take<float>(value, name, found.arrays) ||
                       take<double>(value, name, found.arrays);
    if (!taken) throw BundleError("array " + name + " has another kind of numbers");
  }
  return found;
}

/// A model is made of a log, or of what it had learned.
using Source = std::variant<const LogColumns*, const SavedModel*>;

template <class Fit, class Restore>
std::shared_ptr<SessionModel> make(const Source& source, const Fit& fit, const Restore& restore) {
  if (const auto* log = std::get_if<const LogColumns*>(&source)) {
    const SessionRows rows = (*log)->rows();
    const py::gil_scoped_release release;
    return fit(rows, (*log)->item_count);
  }
  const SavedModel& from = *std::get<const SavedModel*>(source);
  const py::gil_scoped_release release;
  return restore(from.arrays, from.item_count);
}

std::shared_ptr<SessionModel> make_knn(const Source& source, const KnnOptions& options,
                                       const EventWeights& events, bool distinct_items,
                                       double longest_quantile) {
  options.validate();
  events.validate();
  const KnnModelOptions all{.knn = options,
                            .index = {.max_postings = options.sample_size,
                                      .distinct_items = distinct_items,
                                      .longest_quantile = longest_quantile},
                            .events = events};
  return make(
      source,
      [&](const SessionRows& rows, std::size_t items) {
        return std::make_shared<KnnModel>(build_session_index(rows, items, all.index), all);
      },
      [&](const Arrays& arrays, std::size_t items) {
        return std::make_shared<KnnModel>(arrays, items, all);
      });
}

std::shared_ptr<SessionModel> make_rules(const Source& source, const RuleOptions& options) {
  options.validate();
  return make(
      source,
      [&](const SessionRows& rows, std::size_t items) {
        return std::make_shared<RulesModel>(
            build_session_index(rows, items, RulesModel::kept(options)), options);
      },
      [&](const Arrays& arrays, std::size_t items) {
        return std::make_shared<RulesModel>(arrays, items, options);
      });
}

std::shared_ptr<SessionModel> make_context_tree(const Source& source, std::size_t depth,
                                                std::size_t popular, const EventWeights& events) {
  const ContextTreeOptions options{.depth = depth, .popular = popular, .events = events};
  return make(
      source,
      [&](const SessionRows& rows, std::size_t items) {
        ContextTree tree(options);
        tree.learn(build_session_index(rows, items, {.max_postings = 1}));
        return std::make_shared<ContextTreeModel>(std::move(tree));
      },
      [&](const Arrays& arrays, std::size_t items) {
        return std::make_shared<ContextTreeModel>(ContextTree(arrays, items, options));
      });
}

std::shared_ptr<SessionModel> make_co_visitation(const Source& source,
                                                 const CoVisitationOptions& options,
                                                 const CoVisitationQuery& query) {
  const CoVisitationModel::Options all{.table = options, .query = query};
  return make(
      source,
      [&](const SessionRows& rows, std::size_t items) {
        return std::make_shared<CoVisitationModel>(
            build_session_index(rows, items, {.max_postings = options.max_sessions}), all);
      },
      [&](const Arrays& arrays, std::size_t items) {
        return std::make_shared<CoVisitationModel>(arrays, items, all);
      });
}

std::shared_ptr<SessionModel> make_popularity(const Source& source, Timestamp half_life,
                                              const EventWeights& events) {
  const PopularityModel::Options options{.half_life = half_life, .events = events};
  return make(
      source,
      [&](const SessionRows& rows, std::size_t items) {
        return std::make_shared<PopularityModel>(rows, items, options);
      },
      [&](const Arrays& arrays, std::size_t items) {
        return std::make_shared<PopularityModel>(arrays, items, options);
      });
}

void bind_sources(py::module_& m) {
  py::class_<SavedModel>(m, "SavedModel").def(py::init(&saved), "arrays"_a, "item_count"_a);
}

void bind_options(py::module_& m) {
  py::class_<EventWeights>(m, "EventWeights")
      .def(py::init<>())
      .def_readwrite("of_type", &EventWeights::of_type)
      .def_readwrite("step_half_life", &EventWeights::step_half_life)
      .def("validate", &EventWeights::validate);
  py::class_<RuleOptions>(m, "RuleOptions")
      .def(py::init<>())
      .def_readwrite("both_ways", &RuleOptions::both_ways)
      .def_readwrite("steps", &RuleOptions::steps)
      .def_readwrite("weighting", &RuleOptions::weighting)
      .def_readwrite("pruning", &RuleOptions::pruning)
      .def_readwrite("sample_size", &RuleOptions::sample_size)
      .def_readwrite("last_items", &RuleOptions::last_items)
      .def_readwrite("step_decay", &RuleOptions::step_decay)
      .def_readwrite("per_session", &RuleOptions::per_session)
      .def_readwrite("events", &RuleOptions::events)
      .def("validate", &RuleOptions::validate);
}

}  // namespace

void bind_session_models(py::module_& m) {
  bind_sources(m);
  bind_options(m);
  m.def("make_knn", &make_knn, "source"_a, "options"_a, "events"_a, "distinct_items"_a = false,
        "longest_quantile"_a = 1.0);
  m.def("make_rules", &make_rules, "source"_a, "options"_a);
  m.def("make_context_tree", &make_context_tree, "source"_a, "depth"_a, "popular"_a, "events"_a);
  m.def("make_co_visitation", &make_co_visitation, "source"_a, "options"_a, "query"_a);
  m.def("make_popularity", &make_popularity, "source"_a, "half_life"_a, "events"_a);
}

}  // namespace aisle::bindings
