#pragma once

/// The header around a serialised vector index.
///
/// Data path   [retrieve] VectorIndex <-> bundle
/// Threads     pure functions
/// Ownership   the payload is borrowed from the bytes
/// Cost        one checksum over the bytes

#include <cstdint>
#include <span>
#include <vector>

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {

struct VectorFile {
  VectorIndexOptions options;  ///< dim, kind, normalize, target_recall and side_rows are kept
  VectorEffort effort;
  std::size_t size = 0;
  std::size_t item_end = 0;  ///< one past the largest item number: bounds the tables made for it
  std::span<const std::uint8_t> payload;
};

[[nodiscard]] std::vector<std::uint8_t> write_vector_file(const VectorFile& file);

/// @throws BundleError that says what is wrong with the bytes.
[[nodiscard]] VectorFile read_vector_file(std::span<const std::uint8_t> bytes);

}  // namespace aisle::vectors
