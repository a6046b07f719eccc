#pragma once

/// Which lists of vectors can hold something better than what was found.
///
/// The score of a list's rows scatters around the score of their mean. A list is worth a look while
/// its mean and `reach` of its standard deviations come up to the worst score on the shortlist:
/// easy queries look at a few lists, and those that a filter sends far afield at as many as they
/// need. The same idea decides when to stop in C. Li et al.: Improving approximate nearest neighbor
/// search through learned adaptive early termination (SIGMOD 2020).
///
/// Data path   [retrieve] behind the IVF backend, before VectorBytes::scan
/// Threads     const methods may run together
/// Ownership   owns means and spreads
/// Cost        a byte dot product a list, one comparison a list for each band

#include <cstddef>
#include <span>
#include <vector>

#include "aisle/vectors/vector_backend.h"
#include "aisle/vectors/vector_bytes.h"

namespace aisle::vectors {

class VectorCells {
 public:
  explicit VectorCells(std::size_t dim) : dim_(dim), bytes_(dim) {}

  /// The next list: whole rows of dim floats, none for an empty list.
  void append(std::span<const float> rows);
  /// After the last list.
  void seal();

  /// What each list may reach, into work.bounds; VectorBytes::prepare() was called.
  void bound(const VectorQuery& query, float reach, VectorWorkspace& work) const;

  /// The lists of the next lower band of bounds that come up to work.shortlist's threshold, each
  /// once, by their numbers; none when no list is left that does.
  [[nodiscard]] static std::span<std::uint32_t> next_band(VectorWorkspace& work);

 private:
  std::size_t dim_;
  VectorBytes bytes_;          // the means, one list of them
  std::vector<float> means_;   // until seal()
  std::vector<float> spread_;  // standard deviation along a direction; minus infinity: empty
};

}  // namespace aisle::vectors
