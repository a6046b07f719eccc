#include <chrono>
#include <limits>
#include <string>
#include <thread>

#include "aisle/base/error.h"
#include "aisle/vectors/svd.h"
#include "aisle/vectors/vector_index.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace vectors;  // NOLINT(google-build-using-namespace): the room this file binds

using Allowed = std::optional<In<bool>>;

std::size_t width_of(const In<float>& rows) {
  if (rows.ndim() == 2) return static_cast<std::size_t>(rows.shape(1));
  throw ConfigError("vectors must have two dimensions, got " + std::to_string(rows.ndim()));
}

void check_width(const VectorIndex& index, std::size_t width) {
  if (width == index.dim()) return;
  throw ConfigError("queries must have " + std::to_string(index.dim()) + " values, got " +
                    std::to_string(width));
}

std::optional<Bitmap> bitmap_of(const Allowed& allowed) {
  if (!allowed) return std::nullopt;
  Bitmap bitmap(static_cast<std::size_t>(allowed->size()));
  for (std::size_t i = 0; i < bitmap.size(); ++i) {
    if (allowed->data()[i]) bitmap.set(i);
  }
  return bitmap;
}

std::unique_ptr<VectorIndex> build(const In<std::uint32_t>& items, const In<float>& vectors,
                                   VectorIndexOptions options) {
  options.dim = width_of(vectors);
  const auto ids = items_of(items);
  const auto rows = view(vectors);
  const py::gil_scoped_release release;
  return std::make_unique<VectorIndex>(options, ids, rows);
}

py::tuple search(const VectorIndex& index, const In<float>& query, std::size_t k,
                 const Allowed& allowed) {
  check_width(index, static_cast<std::size_t>(query.size()));
  const auto bitmap = bitmap_of(allowed);
  std::vector<Candidate> found(std::min(k, index.size()));
  const auto vector = view(query);
  {
    const py::gil_scoped_release release;
    thread_local VectorWorkspace work;
    found.resize(index.search(vector, k, bitmap ? &*bitmap : nullptr, work, found));
  }
  In<std::uint32_t> items(static_cast<py::ssize_t>(found.size()));
  In<float> scores(static_cast<py::ssize_t>(found.size()));
  for (std::size_t i = 0; i < found.size(); ++i) {
    items.mutable_data()[i] = value_of(found[i].item);
    scores.mutable_data()[i] = found[i].score;
  }
  return py::make_tuple(items, scores);
}

/// Every query's answer in a row of `items` and `scores`, and what it took in `nanoseconds`.
struct Batch {
  std::span<const float> queries;
  std::size_t count;
  std::size_t k;
  const Bitmap* allowed;
  std::span<ItemId> items;
  std::span<float> scores;
  std::span<std::int64_t> nanoseconds;
};

void answer(const VectorIndex& index, const Batch& batch, std::size_t first, std::size_t step) {
  using Clock = std::chrono::steady_clock;
  VectorWorkspace work;
  std::vector<Candidate> out(batch.k);
  for (std::size_t q = first; q < batch.count; q += step) {
    const auto query = batch.queries.subspan(q * index.dim(), index.dim());
    const auto begin = Clock::now();
    const std::size_t found = index.search(query, batch.k, batch.allowed, work, out);
    batch.nanoseconds[q] = std::chrono::nanoseconds(Clock::now() - begin).count();
    for (std::size_t i = 0; i < batch.k; ++i) {
      batch.items[q * batch.k + i] = i < found ? out[i].item : kNoItem;
      batch.scores[q * batch.k + i] =
          i < found ? out[i].score : std::numeric_limits<float>::quiet_NaN();
    }
  }
}

py::tuple search_batch(const VectorIndex& index, const In<float>& queries, std::size_t k,
                       const Allowed& allowed, std::size_t threads) {
  check_width(index, width_of(queries));
  const auto bitmap = bitmap_of(allowed);
  k = std::min(k, index.size());
  const py::ssize_t count = queries.shape(0);
  In<std::uint32_t> items({count, static_cast<py::ssize_t>(k)});
  In<float> scores({count, static_cast<py::ssize_t>(k)});
  In<std::int64_t> nanoseconds(count);
  const Batch batch{.queries = view(queries),
                    .count = static_cast<std::size_t>(count),
                    .k = k,
                    .allowed = bitmap ? &*bitmap : nullptr,
                    .items = items_out(items),
                    .scores = view_out(scores),
                    .nanoseconds = view_out(nanoseconds)};
  {
    const py::gil_scoped_release release;
    std::vector<std::jthread> helpers;
    for (std::size_t t = 1; t < threads; ++t) {
      helpers.emplace_back([&, t] { answer(index, batch, t, threads); });
    }
    answer(index, batch, 0, std::max<std::size_t>(threads, 1));
  }
  return py::make_tuple(items, scores, nanoseconds);
}

void add(VectorIndex& index, std::uint32_t item, const In<float>& vector) {
  const auto values = view(vector);
  const py::gil_scoped_release release;
  index.add(ItemId{item}, values);
}

In<float> vectors(const VectorIndex& index, const In<std::uint32_t>& items) {
  In<float> rows({items.size(), static_cast<py::ssize_t>(index.dim())});
  index.copy_vectors(items_of(items), view_out(rows));
  return rows;
}

py::bytes serialize(const VectorIndex& index) {
  const auto bytes = index.serialize();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::shared_ptr<VectorIndex> deserialize(const py::bytes& data) {
  const std::string_view text = data;
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const py::gil_scoped_release release;
  return VectorIndex::deserialize(bytes);
}

In<float> item_vectors(const In<std::uint64_t>& offsets, const In<std::uint32_t>& columns,
                       const In<float>& values, const SvdOptions& options,
                       const std::optional<py::function>& progress) {
  const CsrView counts{.offsets = view(offsets), .columns = view(columns), .values = view(values)};
  const auto report = [&](double done) {
    const py::gil_scoped_acquire acquire;
    if (progress) (*progress)(done);
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  };
  std::vector<float> result;
  {
    const py::gil_scoped_release release;
    result = vectors::item_vectors(counts, options, report);
  }
  In<float> rows({static_cast<py::ssize_t>(counts.rows()), static_cast<py::ssize_t>(options.dim)});
  std::copy(result.begin(), result.end(), rows.mutable_data());
  return rows;
}

void bind_index(py::module_& m) {
  py::native_enum<VectorKind>(m, "VectorKind", "enum.IntEnum")
      .value("AUTOMATIC", VectorKind::automatic)
      .value("EXACT", VectorKind::exact)
      .value("IVF", VectorKind::ivf)
      .value("HNSW", VectorKind::hnsw)
      .finalize();
  const VectorIndexOptions d;
  py::class_<VectorIndex, std::shared_ptr<VectorIndex>>(m, "VectorIndex")
      .def(py::init([](const In<std::uint32_t>& items, const In<float>& rows, VectorKind kind,
                       bool normalize, std::size_t lists, std::size_t probes, std::size_t degree,
                       std::size_t ef_construction, std::size_t ef_search, double target_recall,
                       std::size_t side_rows, int build_threads, std::uint64_t seed) {
             return build(items, rows,
                          {.kind = kind,
                           .normalize = normalize,
                           .lists = lists,
                           .probes = probes,
                           .m = degree,
                           .ef_construction = ef_construction,
                           .ef_search = ef_search,
                           .target_recall = target_recall,
                           .side_rows = side_rows,
                           .build_threads = build_threads,
                           .seed = seed});
           }),
           "items"_a.noconvert(), "vectors"_a.noconvert(), py::kw_only(), "kind"_a = d.kind,
           "normalize"_a = d.normalize, "lists"_a = d.lists, "probes"_a = d.probes, "m"_a = d.m,
           "ef_construction"_a = d.ef_construction, "ef_search"_a = d.ef_search,
           "target_recall"_a = d.target_recall, "side_rows"_a = d.side_rows,
           "build_threads"_a = d.build_threads, "seed"_a = d.seed)
      .def("search", &search, "query"_a.noconvert(), "k"_a, "allowed"_a.noconvert() = py::none())
      .def("search_batch", &search_batch, "queries"_a.noconvert(), "k"_a,
           "allowed"_a.noconvert() = py::none(), py::kw_only(), "threads"_a = 1)
      .def("add", &add, "item"_a, "vector"_a.noconvert())
      .def("vectors", &vectors, "items"_a.noconvert())
      .def(
          "similarity",
          [](const VectorIndex& index, std::uint32_t a, std::uint32_t b) {
            return index.similarity(ItemId{a}, ItemId{b});
          },
          "a"_a, "b"_a)
      .def("serialize", &serialize)
      .def_static("deserialize", &deserialize, "data"_a)
      .def_property_readonly("recall", &VectorIndex::recall)
      .def_property_readonly("effort", &VectorIndex::effort)
      .def_property_readonly("kind", &VectorIndex::kind)
      .def("__len__", &VectorIndex::size);
}

}  // namespace

void bind_vectors(py::module_& m) {
  bind_index(m);
  py::native_enum<SvdWeighting>(m, "SvdWeighting", "enum.IntEnum")
      .value("NONE", SvdWeighting::none)
      .value("LOG1P", SvdWeighting::log1p)
      .value("PPMI", SvdWeighting::ppmi)
      .finalize();
  const SvdOptions d;
  m.def(
      "item_vectors",
      [](const In<std::uint64_t>& offsets, const In<std::uint32_t>& columns,
         const In<float>& values, std::size_t dim, SvdWeighting weighting, double shift,
         double smoothing, std::size_t power_iterations, std::size_t oversampling, int threads,
         std::uint64_t seed, const std::optional<py::function>& progress) {
        return item_vectors(offsets, columns, values,
                            {.dim = dim,
                             .weighting = weighting,
                             .shift = shift,
                             .smoothing = smoothing,
                             .power_iterations = power_iterations,
                             .oversampling = oversampling,
                             .threads = threads,
                             .seed = seed},
                            progress);
      },
      "offsets"_a.noconvert(), "columns"_a.noconvert(), "values"_a.noconvert(), py::kw_only(),
      "dim"_a = d.dim, "weighting"_a = d.weighting, "shift"_a = d.shift,
      "smoothing"_a = d.smoothing, "power_iterations"_a = d.power_iterations,
      "oversampling"_a = d.oversampling, "threads"_a = d.threads, "seed"_a = d.seed,
      "progress"_a = py::none());
}

}  // namespace aisle::bindings
