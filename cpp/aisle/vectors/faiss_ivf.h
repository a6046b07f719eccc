#pragma once

/// Vectors in k-means cells: FAISS trains and keeps them, our dot products walk as many as can hold
/// a better one, first in bytes, then the best few in floats.
///
/// FAISS's own search allocates on every call, takes filters one virtual call a row, and in
/// Debian's build has SSE only; the inverted lists themselves are plain arrays, so the walk is
/// ours.
///
/// Data path   [retrieve] behind VectorIndex, for large catalogues
/// Threads     immutable
/// Ownership   owns the FAISS index; folded() shares the centroids
/// Cost        lists + visited * size() / lists dot products in bytes, 2k and some in floats

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_bytes.h"
#include "aisle/vectors/vector_cells.h"
#include "aisle/vectors/vector_file.h"

namespace aisle::vectors {

class FaissIvf final : public VectorBackend {
 public:
  FaissIvf(const VectorRows& rows, const VectorIndexOptions& options);
  ~FaissIvf() override;

  void search(const VectorQuery& query, VectorWorkspace& work) const override;
  [[nodiscard]] std::unique_ptr<VectorBackend> folded(const VectorDelta& newer) const override;
  [[nodiscard]] std::vector<std::uint8_t> to_bytes() const override;
  [[nodiscard]] std::size_t size() const noexcept override;

  [[nodiscard]] std::size_t max_effort() const noexcept override { return lists(); }

  /// @throws BundleError
  [[nodiscard]] static std::unique_ptr<VectorBackend> from_file(const VectorFile& file);

 private:
  struct Parts;
  explicit FaissIvf(std::unique_ptr<Parts> parts);
  void index_places();
  void visit(std::span<std::uint32_t> lists, const VectorQuery& query, VectorWorkspace& work) const;
  std::size_t admit(std::span<std::uint32_t> lists, const Bitmap& allowed,
                    VectorWorkspace& work) const;
  [[nodiscard]] std::size_t lists() const noexcept;
  std::span<const Candidate> nearest_lists(std::span<const float> query, std::size_t count,
                                           VectorWorkspace& work) const;

  std::unique_ptr<Parts> parts_;
  VectorBytes bytes_;  // list by list, as FAISS has them
  VectorCells cells_;
};

}  // namespace aisle::vectors
