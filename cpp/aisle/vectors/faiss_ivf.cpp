#include "aisle/vectors/faiss_ivf.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/vectors/faiss_bytes.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {
namespace {

using FaissId = faiss::Index::idx_t;

constexpr std::size_t kSpare = 10;  // the reach is measured with it: more bring nothing

// Small lists, but a block of rows in each: the rows to look at grow with the lists' size, the means
// to compare with their number.
std::size_t chosen_lists(const VectorIndexOptions& options, std::size_t rows) {
  if (options.lists != 0) return std::min(options.lists, std::max<std::size_t>(rows, 1));
  const auto count = static_cast<double>(rows);
  const double small = std::min({8.0 * std::sqrt(count), count / 16.0, 4096.0});
  return static_cast<std::size_t>(std::clamp(1.6 * std::sqrt(count), small, 16384.0));
}

ItemId item_of(FaissId id) noexcept { return ItemId{static_cast<std::uint32_t>(id)}; }

}  // namespace

struct FaissIvf::Parts {
  std::shared_ptr<faiss::IndexFlatIP> coarse;
  std::unique_ptr<faiss::IndexIVFFlat> index;  // refers to coarse

  [[nodiscard]] std::size_t list_size(std::size_t list) const {
    return index->invlists->list_size(list);
  }
  [[nodiscard]] const float* rows_of(std::size_t list) const {
    return reinterpret_cast<const float*>(index->invlists->get_codes(list));
  }
  [[nodiscard]] const FaissId* ids_of(std::size_t list) const {
    return index->invlists->get_ids(list);
  }
};

FaissIvf::FaissIvf(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)),
      bytes_(static_cast<std::size_t>(parts_->index->d)),
      cells_(static_cast<std::size_t>(parts_->index->d)) {
  index_places();
}
FaissIvf::~FaissIvf() = default;

FaissIvf::FaissIvf(const VectorRows& rows, const VectorIndexOptions& options)
    : parts_(std::make_unique<Parts>()), bytes_(rows.dim), cells_(rows.dim) {
  const OmpThreads threads(options.build_threads);
  const auto dim = static_cast<FaissId>(rows.dim);
  const auto count = static_cast<FaissId>(rows.ids.size());
  parts_->coarse = std::make_shared<faiss::IndexFlatIP>(dim);
  parts_->index = std::make_unique<faiss::IndexIVFFlat>(parts_->coarse.get(), rows.dim,
                                                        chosen_lists(options, rows.ids.size()),
                                                        faiss::METRIC_INNER_PRODUCT);
  parts_->index->cp.spherical = true;
  parts_->index->cp.min_points_per_centroid = 1;   // small shops are no reason for a warning
  parts_->index->cp.max_points_per_centroid = 64;  // more cost time and change nothing
  parts_->index->cp.seed = static_cast<int>(options.seed & 0x7fffffffU);
  parts_->index->train(count, rows.values.data());
  std::vector<FaissId> ids(rows.ids.size());
  std::transform(rows.ids.begin(), rows.ids.end(), ids.begin(), value_of);
  parts_->index->add_with_ids(count, rows.values.data(), ids.data());
  index_places();
}

std::size_t FaissIvf::size() const noexcept {
  return static_cast<std::size_t>(parts_->index->ntotal);
}
std::size_t FaissIvf::lists() const noexcept { return parts_->index->nlist; }

void FaissIvf::index_places() {
  std::vector<ItemId> items;
  for (std::size_t list = 0; list < lists(); ++list) {
    const float* row = parts_->rows_of(list);
    items.clear();
    for (std::size_t i = 0; i < parts_->list_size(list); ++i) {
      items.push_back(item_of(parts_->ids_of(list)[i]));
    }
    bytes_.append_list(items, row);
    cells_.append({row, items.size() * static_cast<std::size_t>(parts_->index->d)});
    for (const ItemId item : items) {
      place(item, row);
      row += parts_->index->d;
    }
  }
  cells_.seal();
}

// The lists are ranked as candidates are, a list's number in the place of the item's.
std::span<const Candidate> FaissIvf::nearest_lists(std::span<const float> query, std::size_t count,
                                                   VectorWorkspace& work) const {
  if (work.scores.size() < lists()) work.scores.resize(lists());
  if (work.places.size() < lists()) work.places.resize(lists());
  const std::span<float> scores(work.scores.data(), lists());
  dot_rows(query, parts_->coarse->get_xb(), scores);
  work.lists.reset(count);
  for (std::size_t list = 0; list < lists(); ++list) {
    if (scores[list] < work.lists.threshold()) continue;
    work.lists.push({ItemId{static_cast<std::uint32_t>(list)}, scores[list]});
  }
  return work.lists.sorted();
}

void FaissIvf::search(const VectorQuery& query, VectorWorkspace& work) const {
  bytes_.prepare(query, kSpare, work);
  work.cells_visited = 0;
  if (effort().reach > 0.0) {
    cells_.bound(query, reach_for(query), work);
    for (auto band = VectorCells::next_band(work); !band.empty();
         band = VectorCells::next_band(work)) {
      visit(band, query, work);
    }
  } else {
    const auto nearest = nearest_lists(query.vector, effort_for(query), work);
    work.cells.resize(lists());
    std::transform(nearest.begin(), nearest.end(), work.cells.begin(),
                   [](const Candidate& list) { return value_of(list.item); });
    visit(std::span(work.cells).first(nearest.size()), query, work);
  }
  rescore(query, work);
}

// Lists without an allowed row are left out before any of their bytes is read.
void FaissIvf::visit(std::span<std::uint32_t> lists, const VectorQuery& query,
                     VectorWorkspace& work) const {
  if (query.allowed != nullptr) lists = lists.first(admit(lists, *query.allowed, work));
  work.cells_visited += lists.size();
  const std::uint16_t* lanes = query.allowed != nullptr ? work.lanes.data() : nullptr;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (i + 1 < lists.size()) bytes_.prefetch(lists[i + 1]);
    bytes_.scan(lists[i], query, lanes, work);
    if (lanes != nullptr) lanes += bytes_.block_count(lists[i]);
  }
}

// Moves the lists that have an allowed row to the front and their lanes to work.lanes; returns how
// many.
std::size_t FaissIvf::admit(std::span<std::uint32_t> lists, const Bitmap& allowed,
                            VectorWorkspace& work) const {
  constexpr std::size_t kAhead = 4;
  std::size_t kept = 0;
  std::size_t blocks = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (i + kAhead < lists.size()) bytes_.prefetch_ids(lists[i + kAhead]);
    const std::size_t more = bytes_.block_count(lists[i]);
    if (work.lanes.size() < blocks + more) work.lanes.resize(2 * (blocks + more));
    if (!bytes_.admit(lists[i], allowed, work.lanes.data() + blocks)) continue;
    blocks += more;
    lists[kept++] = lists[i];
  }
  return kept;
}

std::unique_ptr<VectorBackend> FaissIvf::folded(const VectorDelta& newer) const {
  const std::size_t added = newer.size();
  const auto dim = static_cast<std::size_t>(parts_->index->d);
  auto parts = std::make_unique<Parts>();
  parts->coarse = parts_->coarse;
  parts->index = std::make_unique<faiss::IndexIVFFlat>(parts->coarse.get(), dim, lists(),
                                                       faiss::METRIC_INNER_PRODUCT);
  auto& target = *parts->index->invlists;
  for (std::size_t list = 0; list < lists(); ++list) {
    const std::size_t count = parts_->list_size(list);
    const FaissId* ids = parts_->ids_of(list);
    const std::uint8_t* codes = parts_->index->invlists->get_codes(list);
    std::size_t run = 0;  // rows [run, i) stay
    for (std::size_t i = 0; i <= count; ++i) {
      if (i < count && newer.newest(item_of(ids[i]), added) == VectorDelta::kNone) continue;
      if (i > run) target.add_entries(list, i - run, ids + run, codes + run * dim * sizeof(float));
      run = i + 1;
    }
  }
  VectorWorkspace work;
  for (std::size_t r = 0; r < added; ++r) {
    const ItemId item = newer.item(r);
    if (newer.newest(item, added) != r) continue;
    const std::span<const float> row(newer.row(r), dim);
    const auto list = nearest_lists(row, 1, work).front().item;
    target.add_entry(value_of(list), value_of(item),
                     reinterpret_cast<const std::uint8_t*>(row.data()));
  }
  parts->index->ntotal = static_cast<FaissId>(target.compute_ntotal());
  auto result = std::unique_ptr<FaissIvf>(new FaissIvf(std::move(parts)));
  result->set_effort(effort());
  return result;
}

std::vector<std::uint8_t> FaissIvf::to_bytes() const { return write_faiss(*parts_->index); }

std::unique_ptr<VectorBackend> FaissIvf::from_file(const VectorFile& file) {
  const auto bytes = file.payload;
  const std::size_t dim = file.options.dim;
  auto read = read_faiss(bytes);
  auto* ivf = dynamic_cast<faiss::IndexIVFFlat*>(read.get());
  auto* coarse = ivf != nullptr ? dynamic_cast<faiss::IndexFlatIP*>(ivf->quantizer) : nullptr;
  auto* arrays = ivf != nullptr ? dynamic_cast<faiss::ArrayInvertedLists*>(ivf->invlists) : nullptr;
  const std::size_t row_bytes = dim * sizeof(float);
  const auto is_announced = [&](FaissId id) {
    return id >= 0 && static_cast<std::size_t>(id) < file.item_end;
  };
  bool is_sound = coarse != nullptr && arrays != nullptr && ivf->d == static_cast<int>(dim) &&
                  coarse->d == ivf->d && ivf->metric_type == faiss::METRIC_INNER_PRODUCT &&
                  ivf->nlist > 0 && arrays->nlist == ivf->nlist &&
                  arrays->codes.size() == ivf->nlist && arrays->ids.size() == ivf->nlist &&
                  coarse->ntotal == static_cast<FaissId>(ivf->nlist) &&
                  coarse->codes.size() == ivf->nlist * row_bytes && ivf->code_size == row_bytes &&
                  arrays->code_size == row_bytes &&
                  arrays->compute_ntotal() == static_cast<std::size_t>(ivf->ntotal);
  for (std::size_t list = 0; is_sound && list < ivf->nlist; ++list) {
    is_sound = arrays->codes[list].size() == arrays->ids[list].size() * row_bytes &&
               std::all_of(arrays->ids[list].begin(), arrays->ids[list].end(), is_announced);
  }
  if (!is_sound) throw BundleError("vector index: the FAISS IVF file does not fit its header");
  auto parts = std::make_unique<Parts>();
  parts->coarse.reset(coarse);
  parts->index.reset(ivf);
  ivf->own_fields = false;
  (void)read.release();
  return std::unique_ptr<FaissIvf>(new FaissIvf(std::move(parts)));
}

}  // namespace aisle::vectors
