#include "aisle/vectors/vector_build.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/vectors/faiss_hnsw.h"
#include "aisle/vectors/faiss_ivf.h"
#include "aisle/vectors/vector_exact.h"
#include "aisle/vectors/vector_tune.h"

namespace aisle::vectors {
namespace {

constexpr std::size_t kExactLimit = 20'000;  // rows up to which the byte scan beats the cells

void refuse_unless(bool holds, const char* field, const std::string& value, const char* domain) {
  if (!holds) throw ConfigError(std::string(field) + " must be " + domain + ", got " + value);
}

std::string row_name(std::size_t row) { return "vectors: row " + std::to_string(row); }

void check_ids(std::span<const ItemId> ids) {
  std::vector<bool> seen;
  for (std::size_t r = 0; r < ids.size(); ++r) {
    const std::size_t item = value_of(ids[r]);
    if (item >= VectorIndex::kItemLimit) {
      throw DataError(row_name(r) + " has item number " + std::to_string(item) + ", the limit is " +
                      std::to_string(VectorIndex::kItemLimit));
    }
    if (item >= seen.size()) seen.resize(std::max(item + 1, 2 * seen.size()), false);
    if (seen[item]) throw DataError(row_name(r) + " repeats item " + std::to_string(item));
    seen[item] = true;
  }
}

}  // namespace

void VectorIndexOptions::validate() const {
  refuse_unless(dim >= 1 && dim <= 8192, "dim", std::to_string(dim), "within [1, 8192]");
  refuse_unless(target_recall > 0.0 && target_recall <= 1.0, "target_recall",
                std::to_string(target_recall), "within (0, 1]");
  refuse_unless(m >= 2 && m <= 256, "m", std::to_string(m), "within [2, 256]");
  refuse_unless(ef_construction >= 1 && ef_construction <= 10'000, "ef_construction",
                std::to_string(ef_construction), "within [1, 10000]");
  refuse_unless(side_rows >= 1 && side_rows <= 1U << 20U, "side_rows", std::to_string(side_rows),
                "within [1, 1048576]");
  refuse_unless(build_threads >= 1 && build_threads <= 1024, "build_threads",
                std::to_string(build_threads), "within [1, 1024]");
}

std::optional<float> factor_of(std::span<const float> vector, bool normalize) noexcept {
  const float square = dot(vector, vector);
  if (!std::isfinite(square) || square < 1e-30F) return std::nullopt;
  return normalize ? 1.0F / std::sqrt(square) : 1.0F;
}

VectorRows checked_rows(const VectorIndexOptions& options, std::span<const ItemId> ids,
                        std::span<const float> values) {
  options.validate();
  if (values.size() != ids.size() * options.dim) {
    throw DataError("vectors: " + std::to_string(ids.size()) + " items of dim " +
                    std::to_string(options.dim) + " need " +
                    std::to_string(ids.size() * options.dim) + " values, got " +
                    std::to_string(values.size()));
  }
  check_ids(ids);
  VectorRows rows{.dim = options.dim, .ids = {}, .values = {}};
  rows.ids.reserve(ids.size());
  rows.values.reserve(values.size());
  for (std::size_t r = 0; r < ids.size(); ++r) {
    const auto row = values.subspan(r * options.dim, options.dim);
    const auto factor = factor_of(row, options.normalize);
    if (!factor && !std::isfinite(dot(row, row))) {
      throw DataError(row_name(r) + " has a value that is not finite, or too large to square");
    }
    if (!factor) continue;
    rows.ids.push_back(ids[r]);
    for (const float value : row) rows.values.push_back(value * *factor);
  }
  return rows;
}

VectorKind chosen_kind(VectorKind wish, std::size_t rows) noexcept {
  if (rows == 0) return VectorKind::exact;
  if (wish != VectorKind::automatic) return wish;
  return rows <= kExactLimit ? VectorKind::exact : VectorKind::ivf;
}

std::unique_ptr<VectorBackend> build_backend(const VectorIndexOptions& options, VectorRows rows) {
  std::unique_ptr<VectorBackend> backend;
  switch (options.kind) {
    case VectorKind::ivf:
      backend = std::make_unique<FaissIvf>(rows, options);
      break;
    case VectorKind::hnsw:
      backend = std::make_unique<FaissHnsw>(rows, options);
      break;
    case VectorKind::automatic:
    case VectorKind::exact:
      backend = std::make_unique<VectorExact>(rows);
      break;
  }
  tune(*backend, rows, options);
  return backend;
}

std::unique_ptr<VectorBackend> read_backend(const VectorFile& file) {
  if (file.options.kind == VectorKind::ivf) return FaissIvf::from_file(file);
  if (file.options.kind == VectorKind::hnsw) return FaissHnsw::from_file(file);
  return VectorExact::from_file(file);
}

}  // namespace aisle::vectors
