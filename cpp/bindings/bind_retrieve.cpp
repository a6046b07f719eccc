#include "aisle/base/error.h"
#include "aisle/retrieve/session_model.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace retrieve;  // NOLINT(google-build-using-namespace): the room this file binds

SessionRows rows_of(const In<std::uint32_t>& session, const In<std::uint32_t>& item,
                    const In<std::int64_t>& time, std::size_t session_count,
                    const In<std::uint32_t>& rank) {
  return {.session = view(session),
          .item = items_of(item),
          .time = view(time),
          .type = {},
          .session_count = session_count,
          .session_rank = view(rank)};
}

std::shared_ptr<SessionModel> fit_knn(const In<std::uint32_t>& session,
                                      const In<std::uint32_t>& item, const In<std::int64_t>& time,
                                      const In<std::uint32_t>& rank, std::size_t item_count,
                                      const KnnOptions& options, bool distinct_items,
                                      double longest_quantile) {
  options.validate();
  const SessionRows rows =
      rows_of(session, item, time, static_cast<std::size_t>(rank.size()), rank);
  const py::gil_scoped_release release;
  SessionIndexData index = build_session_index(rows, item_count,
                                               {.max_postings = options.sample_size,
                                                .distinct_items = distinct_items,
                                                .longest_quantile = longest_quantile});
  return std::make_shared<KnnModel>(std::move(index), options);
}

std::shared_ptr<SessionModel> fit_co_visitation(
    const In<std::uint32_t>& session, const In<std::uint32_t>& item, const In<std::int64_t>& time,
    const In<std::uint32_t>& rank, std::size_t item_count, const CoVisitationOptions& options,
    const CoVisitationQuery& query, const In<std::uint32_t>& session_visitor) {
  SessionRows rows = rows_of(session, item, time, static_cast<std::size_t>(rank.size()), rank);
  rows.session_visitor = view(session_visitor);
  const py::gil_scoped_release release;
  const SessionIndexData index = build_session_index(
      rows, item_count,
      {.max_postings = options.max_sessions, .distinct_items = false, .longest_quantile = 1.0});
  return std::make_shared<CoVisitationModel>(index, options, query);
}

std::shared_ptr<SessionModel> fit_popularity(const In<std::uint32_t>& item,
                                             const In<std::int64_t>& time, std::size_t item_count,
                                             Timestamp half_life) {
  const py::gil_scoped_release release;
  return std::make_shared<PopularityModel>(items_of(item), view(time), item_count, half_life);
}

py::tuple recommend(const SessionModel& model, const In<std::uint32_t>& session, std::size_t k) {
  std::vector<ScoredItem> best;
  {
    const auto items = items_of(session);
    const py::gil_scoped_release release;
    thread_local KnnWorkspace work;
    model.score(items, work);
    work.scores.top(k, best);
  }
  In<std::uint32_t> items(static_cast<py::ssize_t>(best.size()));
  In<double> scores(static_cast<py::ssize_t>(best.size()));
  for (std::size_t i = 0; i < best.size(); ++i) {
    items.mutable_data()[i] = value_of(best[i].item);
    scores.mutable_data()[i] = best[i].score;
  }
  return py::make_tuple(items, scores);
}

py::tuple recommend_many(const SessionModel& model, const In<std::int64_t>& offsets,
                         const In<std::uint32_t>& items, std::size_t k, std::size_t threads) {
  const SessionBatch batch{view(offsets), items_of(items)};
  batch.validate();
  const std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(batch.size()),
                                       static_cast<py::ssize_t>(k)};
  In<std::uint32_t> best(shape);
  In<double> scores(shape);
  const auto best_out = items_out(best);
  const auto scores_out = view_out(scores);
  {
    const py::gil_scoped_release release;
    recommend_batch(model, batch, k, threads, best_out, scores_out);
  }
  return py::make_tuple(best, scores);
}

py::tuple rank_many(const SessionModel& model, const In<std::int64_t>& offsets,
                    const In<std::uint32_t>& items, const In<std::uint32_t>& targets, std::size_t k,
                    std::size_t threads) {
  const SessionBatch batch{view(offsets), items_of(items)};
  batch.validate();
  In<std::uint32_t> ranks(static_cast<py::ssize_t>(batch.size()));
  In<float> nanoseconds(static_cast<py::ssize_t>(batch.size()));
  std::vector<std::uint8_t> listed(model.item_count(), 0);
  const auto ranks_out = view_out(ranks);
  const auto nanoseconds_out = view_out(nanoseconds);
  {
    const auto wanted = items_of(targets);
    const py::gil_scoped_release release;
    rank_batch(model, batch, wanted, k, threads, ranks_out, nanoseconds_out, listed);
  }
  return py::make_tuple(ranks, nanoseconds, to_numpy(std::span<const std::uint8_t>(listed)));
}

void bind_knn_options(py::module_& m) {
  py::native_enum<Similarity>(m, "Similarity", "enum.IntEnum")
      .value("VEC", Similarity::vec)
      .value("COSINE", Similarity::cosine)
      .value("JACCARD", Similarity::jaccard)
      .finalize();
  py::native_enum<Weighting>(m, "Weighting", "enum.IntEnum")
      .value("SAME", Weighting::same)
      .value("DIV", Weighting::div)
      .value("LINEAR", Weighting::linear)
      .value("LOG", Weighting::log)
      .value("QUADRATIC", Weighting::quadratic)
      .value("EXPONENTIAL", Weighting::exponential)
      .value("VMIS", Weighting::vmis)
      .finalize();
  py::native_enum<Idf>(m, "Idf", "enum.IntEnum")
      .value("NONE", Idf::none)
      .value("ADDITIVE", Idf::additive)
      .value("VMIS", Idf::vmis)
      .finalize();
  py::class_<KnnOptions>(m, "KnnOptions")
      .def(py::init<>())
      .def_readwrite("k", &KnnOptions::k)
      .def_readwrite("sample_size", &KnnOptions::sample_size)
      .def_readwrite("max_items", &KnnOptions::max_items)
      .def_readwrite("similarity", &KnnOptions::similarity)
      .def_readwrite("weighting", &KnnOptions::weighting)
      .def_readwrite("weighting_score", &KnnOptions::weighting_score)
      .def_readwrite("lambda_spw", &KnnOptions::lambda_spw)
      .def_readwrite("lambda_ipw", &KnnOptions::lambda_ipw)
      .def_readwrite("lambda_inh", &KnnOptions::lambda_inh)
      .def_readwrite("idf", &KnnOptions::idf)
      .def_readwrite("idf_weighting", &KnnOptions::idf_weighting)
      .def_readwrite("drop_last", &KnnOptions::drop_last)
      .def_readwrite("newer_first", &KnnOptions::newer_first)
      .def("validate", &KnnOptions::validate);
}

void bind_co_visitation_options(py::module_& m) {
  py::class_<CoVisitationOptions>(m, "CoVisitationOptions")
      .def(py::init<>())
      .def_readwrite("neighbours", &CoVisitationOptions::neighbours)
      .def_readwrite("max_sessions", &CoVisitationOptions::max_sessions)
      .def_readwrite("distance", &CoVisitationOptions::distance)
      .def_readwrite("half_life", &CoVisitationOptions::half_life)
      .def_readwrite("k_anonymity", &CoVisitationOptions::k_anonymity)
      .def_readwrite("type_weight", &CoVisitationOptions::type_weight)
      .def("validate", &CoVisitationOptions::validate);
  py::class_<CoVisitationQuery>(m, "CoVisitationQuery")
      .def(py::init<>())
      .def_readwrite("last_items", &CoVisitationQuery::last_items)
      .def_readwrite("step_decay", &CoVisitationQuery::step_decay)
      .def_readwrite("backward", &CoVisitationQuery::backward)
      .def_readwrite("item_power", &CoVisitationQuery::item_power)
      .def_readwrite("popularity_power", &CoVisitationQuery::popularity_power);
}

}  // namespace

void bind_retrieve(py::module_& m) {
  bind_knn_options(m);
  bind_co_visitation_options(m);
  py::class_<SessionModel, std::shared_ptr<SessionModel>>(m, "SessionModel")
      .def_property_readonly("item_count", &SessionModel::item_count)
      .def("recommend", &recommend, "session"_a.noconvert(), "k"_a)
      .def("recommend_batch", &recommend_many, "offsets"_a.noconvert(), "items"_a.noconvert(),
           "k"_a, "threads"_a)
      .def("rank_batch", &rank_many, "offsets"_a.noconvert(), "items"_a.noconvert(),
           "targets"_a.noconvert(), "k"_a, "threads"_a);
  m.def("fit_knn", &fit_knn, "session"_a.noconvert(), "item"_a.noconvert(), "time"_a.noconvert(),
        "rank"_a.noconvert(), "item_count"_a, "options"_a, "distinct_items"_a = false,
        "longest_quantile"_a = 1.0);
  m.def("fit_co_visitation", &fit_co_visitation, "session"_a.noconvert(), "item"_a.noconvert(),
        "time"_a.noconvert(), "rank"_a.noconvert(), "item_count"_a, "options"_a, "query"_a,
        "session_visitor"_a.noconvert());
  m.def("fit_popularity", &fit_popularity, "item"_a.noconvert(), "time"_a.noconvert(),
        "item_count"_a, "half_life"_a);
}

}  // namespace aisle::bindings
