#pragma once

/// Vectors as a navigable graph: FAISS links it with our dot products, our walk searches it.
///
/// FAISS 1.7.3's walk allocates on every call and knows no filter; the graph is two plain arrays.
/// Y. Malkov, D. Yashunin: Efficient and robust approximate nearest neighbor search using
/// hierarchical navigable small world graphs (2016), algorithms 2 and 5.
///
/// Data path   [retrieve] behind VectorIndex, where the user asks for it
/// Threads     immutable
/// Ownership   owns the FAISS index
/// Cost        about beam * 2m / 3 dot products at random places

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_file.h"

namespace aisle::vectors {

class FaissHnsw final : public VectorBackend {
 public:
  FaissHnsw(const VectorRows& rows, const VectorIndexOptions& options);
  ~FaissHnsw() override;

  void search(const VectorQuery& query, VectorWorkspace& work) const override;
  [[nodiscard]] std::unique_ptr<VectorBackend> folded(const VectorDelta& newer) const override;
  [[nodiscard]] std::vector<std::uint8_t> to_bytes() const override;
  [[nodiscard]] std::size_t size() const noexcept override;
  [[nodiscard]] std::size_t max_effort() const noexcept override;

  /// @throws BundleError
  [[nodiscard]] static std::unique_ptr<VectorBackend> from_file(const VectorFile& file);

 private:
  struct Parts;
  explicit FaissHnsw(std::unique_ptr<Parts> parts);
  void index_places();
  [[nodiscard]] std::uint32_t descend(std::span<const float> query) const;
  void walk(const VectorQuery& query, std::size_t beam, VectorWorkspace& work) const;

  std::unique_ptr<Parts> parts_;
};

}  // namespace aisle::vectors
