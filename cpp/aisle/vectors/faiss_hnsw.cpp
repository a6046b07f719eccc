#include "aisle/vectors/faiss_hnsw.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/vectors/faiss_bytes.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {
namespace {

using FaissId = faiss::Index::idx_t;

// What FAISS asks while it links the graph, answered by our dot products.
class DispatchedDistance final : public faiss::FlatCodesDistanceComputer {
 public:
  DispatchedDistance(const std::uint8_t* rows, std::size_t dim)
      : FlatCodesDistanceComputer(rows, dim * sizeof(float)), dim_(dim) {}

  void set_query(const float* query) override { query_ = query; }
  float distance_to_code(const std::uint8_t* code) override {
    return dot({query_, dim_}, {reinterpret_cast<const float*>(code), dim_});
  }
  float symmetric_dis(FaissId a, FaissId b) override { return dot(row(a), row(b)); }

 private:
  [[nodiscard]] std::span<const float> row(FaissId id) const {
    return {reinterpret_cast<const float*>(codes) + static_cast<std::size_t>(id) * dim_, dim_};
  }

  const float* query_ = nullptr;
  std::size_t dim_;
};

class DispatchedFlat final : public faiss::IndexFlatIP {
 public:
  using IndexFlatIP::IndexFlatIP;
  [[nodiscard]] faiss::FlatCodesDistanceComputer* get_FlatCodesDistanceComputer() const override {
    return new DispatchedDistance(codes.data(), static_cast<std::size_t>(d));  // FAISS deletes it
  }
};

// Every place that the walk will address without a look: levels, ranges of links, links.
bool is_sound_graph(const faiss::HNSW& hnsw, std::size_t rows) {
  const auto& widths = hnsw.cum_nneighbor_per_level;  // links of a node up to each level
  const auto levels_of = [&](int row) { return hnsw.levels[static_cast<std::size_t>(row)]; };
  if (widths.size() < 3 || widths.size() > 64 || widths[0] != 0 || widths.back() > 1 << 20 ||
      !std::is_sorted(widths.begin(), widths.end()) ||
      hnsw.assign_probas.size() + 1 != widths.size() || hnsw.levels.size() != rows ||
      hnsw.offsets.size() != rows + 1 || hnsw.offsets[0] != 0 ||
      hnsw.offsets.back() != hnsw.neighbors.size() || hnsw.efConstruction < 1 ||
      hnsw.entry_point < 0 || static_cast<std::size_t>(hnsw.entry_point) >= rows ||
      hnsw.max_level != levels_of(hnsw.entry_point) - 1) {
    return false;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const int levels = hnsw.levels[row];
    if (levels < 1 || static_cast<std::size_t>(levels) >= widths.size()) return false;
    const auto width = static_cast<std::size_t>(widths[static_cast<std::size_t>(levels)]);
    if (hnsw.offsets[row + 1] - hnsw.offsets[row] != width) return false;
    if (width > hnsw.neighbors.size() - hnsw.offsets[row]) return false;
    const int* links = hnsw.neighbors.data() + hnsw.offsets[row];
    for (int level = 0, i = 0; level < levels; ++level) {
      for (; i < widths[static_cast<std::size_t>(level) + 1]; ++i) {
        if (links[i] < -1 || links[i] >= static_cast<int>(rows)) return false;
        if (links[i] >= 0 && levels_of(links[i]) <= level) return false;
      }
    }
  }
  return true;
}

bool ranks_after(const Candidate& a, const Candidate& b) noexcept { return ranks_before(b, a); }

}  // namespace

// The graph knows rows; items[row] is kNoItem where a newer row replaced this one.
struct FaissHnsw::Parts {
  Parts(std::size_t dim, std::size_t m)
      : graph(static_cast<int>(dim), static_cast<int>(m), faiss::METRIC_INNER_PRODUCT) {
    delete graph.storage;
    graph.storage = new DispatchedFlat(static_cast<FaissId>(dim));  // graph owns it
  }

  [[nodiscard]] DispatchedFlat& flat() const {
    return static_cast<DispatchedFlat&>(*graph.storage);
  }
  [[nodiscard]] std::span<const float> row(std::uint32_t r) const {
    const auto dim = static_cast<std::size_t>(graph.d);
    return {flat().get_xb() + r * dim, dim};
  }
  [[nodiscard]] std::span<const int> links(std::uint32_t r, int level) const {
    std::size_t begin = 0;
    std::size_t end = 0;
    graph.hnsw.neighbor_range(r, level, &begin, &end);
    return std::span(graph.hnsw.neighbors).subspan(begin, end - begin);
  }

  faiss::IndexHNSWFlat graph;
  std::vector<ItemId> items;
  std::size_t live = 0;
};

FaissHnsw::FaissHnsw(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) { index_places(); }
FaissHnsw::~FaissHnsw() = default;

FaissHnsw::FaissHnsw(const VectorRows& rows, const VectorIndexOptions& options)
    : parts_(std::make_unique<Parts>(rows.dim, options.m)) {
  const OmpThreads threads(options.build_threads);
  parts_->graph.hnsw.efConstruction = static_cast<int>(options.ef_construction);
  parts_->graph.add(static_cast<FaissId>(rows.ids.size()), rows.values.data());
  parts_->items = rows.ids;
  index_places();
}

std::size_t FaissHnsw::size() const noexcept { return parts_->live; }
std::size_t FaissHnsw::max_effort() const noexcept { return parts_->items.size(); }

void FaissHnsw::index_places() {
  for (std::size_t r = 0; r < parts_->items.size(); ++r) {
    if (!is_known(parts_->items[r])) continue;
    place(parts_->items[r], parts_->row(static_cast<std::uint32_t>(r)).data());
    ++parts_->live;
  }
}

// Algorithm 2 with a beam of one, from the top level to the one above the ground.
std::uint32_t FaissHnsw::descend(std::span<const float> query) const {
  auto best = static_cast<std::uint32_t>(parts_->graph.hnsw.entry_point);
  float best_score = dot(query, parts_->row(best));
  for (int level = parts_->graph.hnsw.max_level; level > 0; --level) {
    for (std::uint32_t from = value_of(kNoItem); from != best;) {
      from = best;
      for (const int link : parts_->links(from, level)) {
        if (link < 0) break;
        const float score = dot(query, parts_->row(static_cast<std::uint32_t>(link)));
        if (score > best_score) {
          best_score = score;
          best = static_cast<std::uint32_t>(link);
        }
      }
    }
  }
  return best;
}

void FaissHnsw::search(const VectorQuery& query, VectorWorkspace& work) const {
  if (parts_->items.empty()) return;
  walk(query, std::max(effort_for(query), query.k), work);
}

// Algorithm 2 on the ground level. Rows that the filter refuses are walked over, not kept.
void FaissHnsw::walk(const VectorQuery& query, std::size_t beam, VectorWorkspace& work) const {
  if (work.visited.size() < parts_->items.size()) work.visited.resize(parts_->items.size(), 0);
  if (++work.stamp == 0) {  // every 2^32 searches
    std::fill(work.visited.begin(), work.visited.end(), 0);
    work.stamp = 1;
  }
  work.shortlist.reset(beam);
  work.frontier.clear();
  const auto offer = [&](std::uint32_t row) {
    const float score = dot(query.vector, parts_->row(row));
    const ItemId item = parts_->items[row];
    if (score >= work.best.threshold() && is_known(item) && query.admits(item)) {
      work.best.push({item, score});
    }
    if (score < work.shortlist.threshold()) return;
    work.shortlist.push({ItemId{row}, score});
    work.frontier.push_back({ItemId{row}, score});
    std::push_heap(work.frontier.begin(), work.frontier.end(), ranks_after);
  };
  const std::uint32_t start = descend(query.vector);
  work.visited[start] = work.stamp;
  offer(start);
  while (!work.frontier.empty() && work.frontier.front().score >= work.shortlist.threshold()) {
    const std::uint32_t from = value_of(work.frontier.front().item);
    std::pop_heap(work.frontier.begin(), work.frontier.end(), ranks_after);
    work.frontier.pop_back();
    std::size_t fresh = 0;
    for (const int link : parts_->links(from, 0)) {
      if (link < 0) break;
      const auto row = static_cast<std::uint32_t>(link);
      if (std::exchange(work.visited[row], work.stamp) == work.stamp) continue;
      for (std::size_t i = 0; i < query.vector.size(); i += 16) {
        __builtin_prefetch(parts_->row(row).data() + i);
      }
      work.places[fresh++] = row;
    }
    for (std::size_t i = 0; i < fresh; ++i) offer(work.places[i]);
  }
}

// The graph cannot drop a row, so replaced ones stay as steps on the way; when they are a quarter
// of it, the graph is linked anew.
std::unique_ptr<VectorBackend> FaissHnsw::folded(const VectorDelta& newer) const {
  const std::size_t added = newer.size();
  const auto dim = static_cast<std::size_t>(parts_->graph.d);
  const auto m = static_cast<std::size_t>(parts_->graph.hnsw.nb_neighbors(1));
  VectorRows rows{.dim = dim, .ids = {}, .values = {}};
  std::vector<ItemId> items = parts_->items;
  std::size_t live = 0;
  for (ItemId& item : items) {
    if (is_known(item) && newer.newest(item, added) != VectorDelta::kNone) item = kNoItem;
    live += is_known(item) ? 1U : 0U;
  }
  const auto keep = [&](ItemId item, std::span<const float> row) {
    rows.ids.push_back(item);
    rows.values.insert(rows.values.end(), row.begin(), row.end());
  };
  auto parts = std::make_unique<Parts>(dim, m);
  if (4 * live >= 3 * items.size()) {
    parts->graph.hnsw = parts_->graph.hnsw;
    parts->flat().codes = parts_->flat().codes;
    parts->flat().ntotal = parts->graph.ntotal = parts_->graph.ntotal;
    parts->items = items;
  } else {
    parts->graph.hnsw.efConstruction = parts_->graph.hnsw.efConstruction;
    for (std::size_t r = 0; r < items.size(); ++r) {
      if (is_known(items[r])) keep(items[r], parts_->row(static_cast<std::uint32_t>(r)));
    }
  }
  for (std::size_t r = 0; r < added; ++r) {
    if (newer.newest(newer.item(r), added) == r) keep(newer.item(r), {newer.row(r), dim});
  }
  const OmpThreads threads(1);
  parts->graph.add(static_cast<FaissId>(rows.ids.size()), rows.values.data());
  parts->items.insert(parts->items.end(), rows.ids.begin(), rows.ids.end());
  auto result = std::unique_ptr<FaissHnsw>(new FaissHnsw(std::move(parts)));
  result->set_effort(effort());
  return result;
}

// The items of the rows, then FAISS's own file, which knows rows only.
std::vector<std::uint8_t> FaissHnsw::to_bytes() const {
  const std::uint64_t count = parts_->items.size();
  const auto graph = write_faiss(parts_->graph);
  std::vector<std::uint8_t> bytes(sizeof count + count * sizeof(ItemId));
  std::memcpy(bytes.data(), &count, sizeof count);
  std::memcpy(bytes.data() + sizeof count, parts_->items.data(), count * sizeof(ItemId));
  bytes.insert(bytes.end(), graph.begin(), graph.end());
  return bytes;
}

std::unique_ptr<VectorBackend> FaissHnsw::from_file(const VectorFile& file) {
  const auto bytes = file.payload;
  const std::size_t dim = file.options.dim;
  std::uint64_t count = 0;
  if (bytes.size() >= sizeof count) std::memcpy(&count, bytes.data(), sizeof count);
  if (count == 0 || count > (bytes.size() - sizeof count) / sizeof(ItemId)) {
    throw BundleError("vector index: the table of items is cut short");
  }
  std::vector<ItemId> items(count);
  std::memcpy(items.data(), bytes.data() + sizeof count, count * sizeof(ItemId));
  auto read = read_faiss(bytes.subspan(sizeof count + count * sizeof(ItemId)));
  auto* graph = dynamic_cast<faiss::IndexHNSWFlat*>(read.get());
  auto* flat = graph != nullptr ? dynamic_cast<faiss::IndexFlatIP*>(graph->storage) : nullptr;
  const bool is_sound =
      flat != nullptr && graph->d == static_cast<int>(dim) && flat->d == graph->d &&
      graph->ntotal == static_cast<FaissId>(count) && flat->ntotal == graph->ntotal &&
      flat->codes.size() == count * dim * sizeof(float) && is_sound_graph(graph->hnsw, count) &&
      std::all_of(items.begin(), items.end(),
                  [&](ItemId item) { return !is_known(item) || value_of(item) < file.item_end; });
  if (!is_sound) throw BundleError("vector index: the FAISS HNSW file does not fit its header");
  auto parts = std::make_unique<Parts>(dim, 2);
  parts->graph.hnsw = std::move(graph->hnsw);
  parts->flat().codes = std::move(flat->codes);
  parts->flat().ntotal = parts->graph.ntotal = static_cast<FaissId>(count);
  parts->items = std::move(items);
  return std::unique_ptr<FaissHnsw>(new FaissHnsw(std::move(parts)));
}

}  // namespace aisle::vectors
