#pragma once

/// The items whose vectors have the largest inner product with a query's.
///
/// Data path   the visitor's taste as a vector -> [retrieve] -> score; rerank borrows the vectors
/// Threads     search() and the other const methods may run together and beside add(); add() calls
///             exclude each other by a mutex. A search sees each vector as it was before or after
///             an add(), never half of it: it works on a snapshot, taken by copying one shared
///             pointer, and reads `allowed` once, beside its shared writers if it has any.
/// Ownership   owns its vectors; copy_vectors() copies out
/// Cost        exact: n bytes * dim, then 2k and some floats rescored; IVF: lists + visited * n /
///             lists dot products in bytes, as many visited as the query needs; HNSW: about
///             20 * ef_search. No allocation with a warm workspace. add() is O(dim), and every
///             `side_rows` calls one copy of the index.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/base/candidate.h"
#include "aisle/vectors/vector_workspace.h"

namespace aisle::vectors {

enum class VectorKind : std::uint8_t { automatic, exact, ivf, hnsw };

struct VectorIndexOptions {
  std::size_t dim = 0;                      ///< Length of every vector.
  VectorKind kind = VectorKind::automatic;  ///< exact up to 20,000 items, IVF above.
  bool normalize = true;                    ///< Scale vectors to length 1: cosine similarity.
  std::size_t lists = 0;                    ///< IVF: k-means cells; 0: 8 sqrt(items).
  std::size_t probes = 0;                   ///< IVF: cells visited; 0: as target_recall needs.
  std::size_t m = 16;                       ///< HNSW: links of a node.
  std::size_t ef_construction = 100;        ///< HNSW: beam while building.
  std::size_t ef_search = 0;                ///< HNSW: beam; 0: measured for target_recall.
  double target_recall = 0.975;             ///< recall@20 that 0 above aims at, in (0, 1].
  std::size_t side_rows = 2048;             ///< Vectors added before they are folded in.
  int build_threads = 2;                    ///< For the build only; a search is one thread.
  std::uint64_t seed = 1;                   ///< Of k-means and of the measurement.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

class VectorIndex {
 public:
  static constexpr std::uint32_t kItemLimit = 1U << 26U;  ///< Item numbers address tables.

  /// Row r of `rows` (ids.size() * dim floats) belongs to ids[r]; rows of zeros are left out, items
  /// that do not occur have no vector.
  /// @throws ConfigError for the options, DataError for a repeated item or a value not finite.
  VectorIndex(const VectorIndexOptions& options, std::span<const ItemId> ids,
              std::span<const float> rows);
  ~VectorIndex();
  VectorIndex(const VectorIndex&) = delete;
  VectorIndex& operator=(const VectorIndex&) = delete;

  /// Fills `out` with up to min(k, out.size()) items that `allowed` contains (null: all), best
  /// first, equal scores by the smaller item number; returns how many. Fewer than k only when
  /// fewer allowed items have vectors. A query of zeros (or not finite) finds nothing.
  std::size_t search(std::span<const float> query, std::size_t k, const Bitmap* allowed,
                     VectorWorkspace& work, std::span<Candidate> out) const;

  /// Adds the vector of a new item, or replaces an old one; the next search sees it.
  /// @throws DataError if it is zero, not finite, or not dim() long.
  void add(ItemId item, std::span<const float> vector);

  /// Copies the vectors of `items` into rows of `out` (items.size() * dim() floats); rows of items
  /// without one are zeros. Returns how many were found.
  std::size_t copy_vectors(std::span<const ItemId> items, std::span<float> out) const;

  /// Inner product of two items' vectors; 0 if one has none.
  [[nodiscard]] float similarity(ItemId a, ItemId b) const;

  /// recall@20 against the exact answer, measured at build on vectors and mixtures of them.
  [[nodiscard]] double recall() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t dim() const noexcept { return options_.dim; }
  [[nodiscard]] bool is_normalized() const noexcept { return options_.normalize; }
  /// What was chosen: never `automatic`.
  [[nodiscard]] VectorKind kind() const noexcept { return options_.kind; }
  /// Cells visited (IVF; the mean, where `probes` is 0) or beam (HNSW) for twenty results; 0 for
  /// exact.
  [[nodiscard]] std::size_t effort() const;

  /// All vectors, added ones included, and the index over them; with a checksum.
  [[nodiscard]] std::vector<std::uint8_t> serialize() const;
  /// @throws BundleError that says what is wrong with the bytes.
  [[nodiscard]] static std::unique_ptr<VectorIndex> deserialize(
      std::span<const std::uint8_t> bytes);

 private:
  struct State;
  VectorIndex(const VectorIndexOptions& options, std::unique_ptr<const State> state);
  [[nodiscard]] std::shared_ptr<const State> snapshot() const;

  VectorIndexOptions options_;
  std::mutex writer_;
  mutable std::shared_mutex swap_;  // held only while the pointer is copied or replaced
  std::shared_ptr<const State> state_;
};

}  // namespace aisle::vectors
