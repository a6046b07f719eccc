#pragma once

/// How much a search must visit to find what an exact one finds, measured.
///
/// Data path   [retrieve] build of a VectorIndex
/// Threads     pure function
/// Ownership   borrows for the call
/// Cost        about two hundred exact searches

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_index.h"

namespace aisle::vectors {

/// Asks for the neighbours of vectors and of mixtures of two or three of them, as taste vectors of
/// sessions are, and sets the smallest effort that reaches options.target_recall at 20 results.
/// IVF: how far a cell is trusted, from 20 results, from 200, and from 20 among a fifth of the
/// items that is elsewhere; probes and beam: their growth from what 200 need. options.probes and
/// ef_search say what it shall be instead.
void tune(VectorBackend& backend, const VectorRows& rows, const VectorIndexOptions& options);

}  // namespace aisle::vectors
