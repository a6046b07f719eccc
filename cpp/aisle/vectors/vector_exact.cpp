#include "aisle/vectors/vector_exact.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::vectors {
namespace {

constexpr std::size_t kSpare = 40;  // loses one of two thousand where neighbours are closest

}  // namespace

VectorExact::VectorExact(VectorRows rows) : rows_(std::move(rows)), bytes_(rows_.dim) {
  bytes_.append_list(rows_.ids, rows_.values.data());
  for (std::size_t r = 0; r < size(); ++r) place(rows_.ids[r], rows_.row(r).data());
}

void VectorExact::search(const VectorQuery& query, VectorWorkspace& work) const {
  bytes_.prepare(query, kSpare, work);
  const std::uint16_t* lanes = nullptr;
  if (query.allowed != nullptr) {
    work.lanes.resize(bytes_.block_count(0));
    if (!bytes_.admit(0, *query.allowed, work.lanes.data())) return;
    lanes = work.lanes.data();
  }
  bytes_.scan(0, query, lanes, work);
  rescore(query, work);
}

std::unique_ptr<VectorBackend> VectorExact::folded(const VectorDelta& newer) const {
  const std::size_t added = newer.size();
  VectorRows rows{.dim = rows_.dim, .ids = {}, .values = {}};
  rows.ids.reserve(size() + added);
  rows.values.reserve((size() + added) * rows.dim);
  const auto keep = [&](ItemId item, std::span<const float> row) {
    rows.ids.push_back(item);
    rows.values.insert(rows.values.end(), row.begin(), row.end());
  };
  for (std::size_t r = 0; r < size(); ++r) {
    if (newer.newest(rows_.ids[r], added) == VectorDelta::kNone) keep(rows_.ids[r], rows_.row(r));
  }
  for (std::size_t r = 0; r < added; ++r) {
    const ItemId item = newer.item(r);
    if (newer.newest(item, added) == r) keep(item, {newer.row(r), rows.dim});
  }
  auto result = std::make_unique<VectorExact>(std::move(rows));
  result->set_effort(effort());
  return result;
}

std::vector<std::uint8_t> VectorExact::to_bytes() const {
  const std::size_t ids = size() * sizeof(ItemId);
  const std::size_t values = rows_.values.size() * sizeof(float);
  std::vector<std::uint8_t> bytes(ids + values);
  if (size() == 0) return bytes;
  std::memcpy(bytes.data(), rows_.ids.data(), ids);
  std::memcpy(bytes.data() + ids, rows_.values.data(), values);
  return bytes;
}

std::unique_ptr<VectorBackend> VectorExact::from_file(const VectorFile& file) {
  const auto bytes = file.payload;
  const std::size_t dim = file.options.dim;
  const std::size_t row_bytes = sizeof(ItemId) + dim * sizeof(float);
  if (bytes.size() % row_bytes != 0) {
    throw BundleError("vector index: the payload is not a whole number of rows");
  }
  const std::size_t count = bytes.size() / row_bytes;
  VectorRows rows{.dim = dim, .ids = {}, .values = {}};
  rows.ids.resize(count);
  rows.values.resize(count * dim);
  if (count == 0) return std::make_unique<VectorExact>(std::move(rows));
  std::memcpy(rows.ids.data(), bytes.data(), count * sizeof(ItemId));
  std::memcpy(rows.values.data(), bytes.data() + count * sizeof(ItemId),
              count * dim * sizeof(float));
  if (!std::all_of(rows.ids.begin(), rows.ids.end(),
                   [&](ItemId item) { return value_of(item) < file.item_end; })) {
    throw BundleError("vector index: an item number is beyond what the header announces");
  }
  return std::make_unique<VectorExact>(std::move(rows));
}

}  // namespace aisle::vectors
