#include "aisle/vectors/vector_index.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <string>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_build.h"
#include "aisle/vectors/vector_file.h"

namespace aisle::vectors {
namespace {

constexpr std::size_t kListedLimit = 4'096;  // allowed items that are scored one by one

}  // namespace

// What one search works on. The delta is the only part that changes, and it only grows.
struct VectorIndex::State {
  State(std::unique_ptr<const VectorBackend> backend, const VectorIndexOptions& options)
      : main(std::move(backend)), delta(options.dim, options.side_rows), size(main->size()) {}

  [[nodiscard]] const float* find(ItemId item, std::size_t visible) const noexcept {
    const std::uint32_t row = visible == 0 ? VectorDelta::kNone : delta.newest(item, visible);
    return row == VectorDelta::kNone ? main->find(item) : delta.row(row);
  }
  void scan_delta(const VectorQuery& query, VectorWorkspace& work) const;
  void scan_listed(const VectorQuery& query, VectorWorkspace& work) const;

  std::unique_ptr<const VectorBackend> main;
  mutable VectorDelta delta;
  mutable std::atomic<std::size_t> size;
};

void VectorIndex::State::scan_delta(const VectorQuery& query, VectorWorkspace& work) const {
  scan_rows(query.vector, delta.rows(), query.newer_rows, work, [&](std::size_t row, float score) {
    const ItemId item = delta.item(row);
    if (delta.newest(item, query.newer_rows) != row) return;
    if (query.allowed != nullptr && !query.allowed->test(value_of(item))) return;
    work.best.push({item, score});
  });
}

// The allowed items one by one: exact, and cheaper than a search that refuses nearly everything.
void VectorIndex::State::scan_listed(const VectorQuery& query, VectorWorkspace& work) const {
  std::size_t listed = 0;
  const auto score_listed = [&] {
    for (std::size_t i = 0; i < listed; ++i) {
      const ItemId item{work.places[i]};
      work.best.push(
          {item, dot(query.vector, {find(item, query.newer_rows), query.vector.size()})});
    }
    listed = 0;
  };
  const auto list = [&](std::size_t number) {
    const auto item = static_cast<std::uint32_t>(number);
    const float* row = find(ItemId{item}, query.newer_rows);
    if (row == nullptr) return;
    for (std::size_t i = 0; i < query.vector.size(); i += 16) __builtin_prefetch(row + i);
    work.places[listed++] = item;
    if (listed == 32) score_listed();
  };
  if (query.allowed == nullptr) {
    for (std::size_t item = 0; item < main->item_end(); ++item) {
      if (query.admits(ItemId{static_cast<std::uint32_t>(item)})) list(item);
    }
  } else {
    const std::size_t words = query.allowed->words().size();
    for (std::size_t w = 0; w < words; ++w) {
      for (std::uint64_t word = query.allowed->word(w); word != 0; word &= word - 1) {
        list(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }
  score_listed();
  if (query.allowed == nullptr) scan_delta(query, work);
}

VectorIndex::VectorIndex(const VectorIndexOptions& options, std::unique_ptr<const State> state)
    : options_(options), state_(std::move(state)) {}
VectorIndex::~VectorIndex() = default;

VectorIndex::VectorIndex(const VectorIndexOptions& options, std::span<const ItemId> ids,
                         std::span<const float> rows)
    : options_(options) {
  VectorRows checked = checked_rows(options, ids, rows);
  options_.kind = chosen_kind(options.kind, checked.ids.size());
  state_ = std::make_shared<const State>(build_backend(options_, std::move(checked)), options_);
}

std::shared_ptr<const VectorIndex::State> VectorIndex::snapshot() const {
  const std::shared_lock lock(swap_);
  return state_;
}

std::size_t VectorIndex::search(std::span<const float> query, std::size_t k, const Bitmap* allowed,
                                VectorWorkspace& work, std::span<Candidate> out) const {
  const auto factor = query.size() == dim() ? factor_of(query, options_.normalize) : std::nullopt;
  const auto state = snapshot();
  k = std::min({k, out.size(), state->size.load(std::memory_order_relaxed)});
  if (!factor || k == 0) return 0;
  work.query.resize(dim());
  std::transform(query.begin(), query.end(), work.query.begin(),
                 [&](float value) { return value * *factor; });
  if (work.scores.size() < kTile) work.scores.resize(kTile);
  if (work.places.size() < kTile) work.places.resize(kTile);

  if (allowed != nullptr) {
    work.allowed.copy(*allowed);  // others may write to it meanwhile: the search sees one state
    allowed = &work.allowed;
  }
  const std::size_t listed = allowed != nullptr ? allowed->count() : 0;
  const double items = static_cast<double>(std::max<std::size_t>(state->main->item_end(), 1));
  const VectorQuery request{
      .vector = work.query,
      .k = k,
      .allowed = allowed,
      .allowed_share =
          allowed == nullptr ? 1.0 : std::min(1.0, static_cast<double>(listed) / items),
      .newer = &state->delta,
      .newer_rows = state->delta.size()};
  work.best.reset(k);
  const bool is_listed = allowed != nullptr && listed <= kListedLimit;
  if (!is_listed) {
    if (request.newer_rows != 0) state->scan_delta(request, work);
    state->main->search(request, work);
  }
  if (is_listed || !work.best.is_full()) {
    work.best.reset(k);
    state->scan_listed(request, work);
  }
  const auto found = work.best.sorted();
  std::copy(found.begin(), found.end(), out.begin());
  return found.size();
}

// The row is on its way before the size says so; a reader of the old size does not look for it.
void VectorIndex::add(ItemId item, std::span<const float> vector) {
  if (vector.size() != dim()) {
    throw DataError("vector of item " + std::to_string(value_of(item)) + " has " +
                    std::to_string(vector.size()) + " values, the index has " +
                    std::to_string(dim()));
  }
  if (value_of(item) >= kItemLimit) {
    throw DataError("item number " + std::to_string(value_of(item)) + " is beyond the limit of " +
                    std::to_string(kItemLimit));
  }
  const auto factor = factor_of(vector, options_.normalize);
  if (!factor) {
    throw DataError("vector of item " + std::to_string(value_of(item)) + " is zero or not finite");
  }
  std::vector<float> scaled(vector.begin(), vector.end());
  for (float& value : scaled) value *= *factor;

  const std::lock_guard lock(writer_);
  auto state = snapshot();
  if (state->delta.size() == options_.side_rows) {
    state = std::make_shared<const State>(state->main->folded(state->delta), options_);
    const std::unique_lock swap(swap_);
    state_ = state;
  }
  const bool is_new = state->find(item, state->delta.size()) == nullptr;
  state->delta.append(item, scaled);
  if (is_new) state->size.fetch_add(1, std::memory_order_relaxed);
}

std::size_t VectorIndex::copy_vectors(std::span<const ItemId> items, std::span<float> out) const {
  const auto state = snapshot();
  const std::size_t visible = state->delta.size();
  std::size_t found = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const float* row = state->find(items[i], visible);
    float* to = out.data() + i * dim();
    if (row == nullptr) {
      std::fill_n(to, dim(), 0.0F);
    } else {
      std::copy_n(row, dim(), to);
      ++found;
    }
  }
  return found;
}

float VectorIndex::similarity(ItemId a, ItemId b) const {
  const auto state = snapshot();
  const std::size_t visible = state->delta.size();
  const float* x = state->find(a, visible);
  const float* y = state->find(b, visible);
  return x == nullptr || y == nullptr ? 0.0F : dot({x, dim()}, {y, dim()});
}

double VectorIndex::recall() const { return snapshot()->main->effort().recall; }
std::size_t VectorIndex::effort() const { return snapshot()->main->effort().base; }
std::size_t VectorIndex::size() const { return snapshot()->size.load(std::memory_order_relaxed); }

std::vector<std::uint8_t> VectorIndex::serialize() const {
  const auto state = snapshot();
  const bool is_folded = state->delta.size() == 0;
  const auto whole = is_folded ? nullptr : state->main->folded(state->delta);
  const VectorBackend& main = is_folded ? *state->main : *whole;
  const auto payload = main.to_bytes();
  return write_vector_file({.options = options_,
                            .effort = main.effort(),
                            .size = main.size(),
                            .item_end = main.item_end(),
                            .payload = payload});
}

std::unique_ptr<VectorIndex> VectorIndex::deserialize(std::span<const std::uint8_t> bytes) {
  const VectorFile file = read_vector_file(bytes);
  auto backend = read_backend(file);
  if (backend->size() != file.size) {
    throw BundleError("vector index: the header announces " + std::to_string(file.size) +
                      " vectors, the file has " + std::to_string(backend->size()));
  }
  backend->set_effort(file.effort);
  auto state = std::make_unique<const State>(std::move(backend), file.options);
  return std::unique_ptr<VectorIndex>(new VectorIndex(file.options, std::move(state)));
}

}  // namespace aisle::vectors
