#include <optional>

#include "aisle/base/error.h"
#include "aisle/models/batch.h"
#include "bindings.h"
#include "log_columns.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace models;  // NOLINT(google-build-using-namespace): the room this file binds

using Times = std::optional<In<std::int64_t>>;
using Types = std::optional<In<std::uint8_t>>;

/// A batch as Python brings it: the columns are borrowed.
SessionBatch batch_of(const In<std::int64_t>& offsets, const In<std::uint32_t>& items,
                      const Times& times, const Types& types, const Times& request) {
  SessionBatch batch{.offsets = view(offsets), .items = items_of(items)};
  if (times) batch.times = view(*times);
  if (types) batch.types = event_types_of(*types);
  if (request) batch.request = view(*request);
  batch.validate();
  return batch;
}

template <class T>
In<T> rows_of_k(const SessionBatch& batch, std::size_t k) {
  return In<T>(std::vector<py::ssize_t>{static_cast<py::ssize_t>(batch.size()),
                                        static_cast<py::ssize_t>(k)});
}

/// One session: the scratch memory of the thread stays from call to call.
py::tuple recommend(const SessionModel& model, const In<std::uint32_t>& session, std::size_t k,
                    const Times& times, const Types& types, Timestamp now, bool exclude_seen) {
  SessionQuery query{.items = items_of(session), .now = now};
  if (times) query.times = view(*times);
  if (types) query.types = event_types_of(*types);
  thread_local Workspace work;
  {
    const py::gil_scoped_release release;
    best_of(model, query, {.k = k, .exclude_seen = exclude_seen}, work);
  }
  In<std::uint32_t> items(static_cast<py::ssize_t>(work.best.size()));
  In<double> scores(static_cast<py::ssize_t>(work.best.size()));
  for (std::size_t i = 0; i < work.best.size(); ++i) {
    items.mutable_data()[i] = value_of(work.best[i].item);
    scores.mutable_data()[i] = work.best[i].score;
  }
  return py::make_tuple(items, scores);
}

py::tuple recommend_many(const SessionModel& model, const In<std::int64_t>& offsets,
                         const In<std::uint32_t>& items, std::size_t k, std::size_t threads,
                         const Times& times, const Types& types, const Times& request,
                         bool exclude_seen) {
  const SessionBatch batch = batch_of(offsets, items, times, types, request);
  auto best = rows_of_k<std::uint32_t>(batch, k);
  auto scores = rows_of_k<double>(batch, k);
  const TopLists lists{.items = items_out(best), .scores = view_out(scores)};
  {
    const py::gil_scoped_release release;
    recommend_batch(model, batch, {.k = k, .threads = threads, .exclude_seen = exclude_seen},
                    lists);
  }
  return py::make_tuple(best, scores);
}

py::tuple rank_many(const SessionModel& model, const In<std::int64_t>& offsets,
                    const In<std::uint32_t>& items, const In<std::uint32_t>& targets, std::size_t k,
                    std::size_t threads, const Times& times, const Types& types,
                    const Times& request, bool exclude_seen) {
  const SessionBatch batch = batch_of(offsets, items, times, types, request);
  In<std::uint32_t> ranks(static_cast<py::ssize_t>(batch.size()));
  In<std::uint32_t> ties(static_cast<py::ssize_t>(batch.size()));
  In<float> nanoseconds(static_cast<py::ssize_t>(batch.size()));
  auto best = rows_of_k<std::uint32_t>(batch, k);
  const Ranking ranking{
      .ranks = view_out(ranks), .ties = view_out(ties), .nanoseconds = view_out(nanoseconds)};
  const TopLists lists{.items = items_out(best), .scores = {}};
  const auto wanted = items_of(targets);
  {
    const py::gil_scoped_release release;
    rank_batch(model, batch, wanted, {.k = k, .threads = threads, .exclude_seen = exclude_seen},
               ranking, lists);
  }
  return py::make_tuple(ranks, ties, nanoseconds, best);
}

/// A copy of each array that the model learned, by name.
py::dict arrays_of(const SessionModel& model) {
  Arrays arrays;
  model.save(arrays);
  py::dict found;
  for (const auto& [name, column] : arrays.columns()) {
    found[py::str(name)] = std::visit(
        [](const auto& values) -> py::object { return to_numpy(std::span(values)); }, column);
  }
  return found;
}

std::shared_ptr<SessionModel> learn(const SessionModel& model, const LogColumns& log) {
  if (log.item_count < model.item_count())
    throw ConfigError("item_count must not be smaller than the model's");
  const retrieve::SessionRows rows = log.rows();
  const py::gil_scoped_release release;
  return model.learn(rows, log.item_count);
}

}  // namespace

void bind_models(py::module_& m) {
  py::class_<LogColumns>(m, "LogColumns")
      .def(py::init([](In<std::uint32_t> session, In<std::uint32_t> item, In<std::int64_t> time,
                       In<std::uint32_t> rank, std::size_t item_count,
                       std::optional<In<std::uint8_t>> types,
                       std::optional<In<std::uint32_t>> visitors) {
             return LogColumns{std::move(session), std::move(item), std::move(time),
                               std::move(rank),    item_count,      std::move(types),
                               std::move(visitors)};
           }),
           "session"_a.noconvert(), "item"_a.noconvert(), "time"_a.noconvert(),
           "rank"_a.noconvert(), "item_count"_a, "types"_a = py::none(), "visitors"_a = py::none());
  py::class_<SessionModel, std::shared_ptr<SessionModel>>(m, "SessionModel")
      .def_property_readonly("item_count", &SessionModel::item_count)
      .def("recommend", &recommend, "session"_a.noconvert(), "k"_a, "times"_a = py::none(),
           "types"_a = py::none(), "now"_a = 0, "exclude_seen"_a = false)
      .def("recommend_batch", &recommend_many, "offsets"_a.noconvert(), "items"_a.noconvert(),
           "k"_a, "threads"_a, "times"_a = py::none(), "types"_a = py::none(),
           "request"_a = py::none(), "exclude_seen"_a = false)
      .def("rank_batch", &rank_many, "offsets"_a.noconvert(), "items"_a.noconvert(),
           "targets"_a.noconvert(), "k"_a, "threads"_a, "times"_a = py::none(),
           "types"_a = py::none(), "request"_a = py::none(), "exclude_seen"_a = false)
      .def("learn", &learn, "log"_a)
      .def("arrays", &arrays_of);
}

}  // namespace aisle::bindings
