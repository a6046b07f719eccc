#pragma once

/// From a user's table of vectors to a tuned backend.
///
/// Data path   [retrieve] fit -> VectorIndex
/// Threads     pure functions; FAISS trains on options.build_threads
/// Ownership   results are the caller's
/// Cost        a copy of the rows, then k-means or the graph, then about 256 exact searches

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_file.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {

/// The factor that brings the vector to unit length (1 if that is not wanted); nothing for zeros
/// and for values that are not finite.
[[nodiscard]] std::optional<float> factor_of(std::span<const float> vector,
                                             bool normalize) noexcept;

/// The rows that have a direction, scaled. @throws ConfigError, DataError
[[nodiscard]] VectorRows checked_rows(const VectorIndexOptions& options,
                                      std::span<const ItemId> ids, std::span<const float> values);

/// What `automatic` means for so many rows.
[[nodiscard]] VectorKind chosen_kind(VectorKind wish, std::size_t rows) noexcept;

/// options.kind is not `automatic`.
[[nodiscard]] std::unique_ptr<VectorBackend> build_backend(const VectorIndexOptions& options,
                                                           VectorRows rows);

/// The backend inside a file. @throws BundleError
[[nodiscard]] std::unique_ptr<VectorBackend> read_backend(const VectorFile& file);

}  // namespace aisle::vectors
