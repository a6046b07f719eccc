#pragma once

/// Every vector, scored: first in bytes, then the best few in floats.
///
/// Data path   [retrieve] behind VectorIndex, for small catalogues
/// Threads     immutable
/// Ownership   owns its rows
/// Cost        size() * dim bytes read in order; then about 2k rows of floats

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_bytes.h"
#include "aisle/vectors/vector_file.h"

namespace aisle::vectors {

class VectorExact final : public VectorBackend {
 public:
  explicit VectorExact(VectorRows rows);

  void search(const VectorQuery& query, VectorWorkspace& work) const override;
  [[nodiscard]] std::unique_ptr<VectorBackend> folded(const VectorDelta& newer) const override;
  [[nodiscard]] std::vector<std::uint8_t> to_bytes() const override;
  [[nodiscard]] std::size_t size() const noexcept override { return rows_.ids.size(); }
  [[nodiscard]] std::size_t max_effort() const noexcept override { return 0; }

  /// @throws BundleError
  [[nodiscard]] static std::unique_ptr<VectorBackend> from_file(const VectorFile& file);

 private:
  VectorRows rows_;
  VectorBytes bytes_;
};

}  // namespace aisle::vectors
