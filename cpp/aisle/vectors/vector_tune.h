#pragma once

/// How much a search must visit to find what an exact one finds, measured.
///
/// Data path   [retrieve] build of a VectorIndex
/// Threads     pure function
/// Ownership   borrows for the call
/// Cost        about a hundred exact searches

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {

/// Asks for the neighbours of vectors and of mixtures of two or three of them, as taste vectors of
/// sessions are, and sets the smallest effort that reaches options.target_recall at 20 results
/// (and its growth from what 200 need), unless options.probes or ef_search say what it shall be.
void tune(VectorBackend& backend, const VectorRows& rows, const VectorIndexOptions& options);

}  // namespace aisle::vectors
