#pragma once

/// Boosted regression trees, as LightGBM grows them: the scorer that learns more than a sum.
///
/// Data path   features -> [trees] -> rerank
/// Threads     immutable, any number of threads, one TreeWorkspace each
/// Ownership   owns its nodes
/// Cost        500 trees of 15 leaves over 200 candidates and 30 features: 24 µs with AVX-512 at
///             2.3 GHz, plus 7 µs for the codes; no allocation after warm-up
///
/// A feature becomes a byte, the number of the plane's thresholds below it, so that a split is one
/// comparison of 64 candidates at once. Leaves are whole numbers of a common power of two: their
/// sum is the same on every machine, whatever the width of its registers. Sorted trees and bytes
/// for places follow RapidScorer (Ye et al., KDD 2018) and QuickScorer (Lucchese et al., SIGIR 2015).

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aisle::score {

/// What a split does with a value that is missing; LightGBM's missing_type.
enum class Missing : std::uint8_t {
  none,  ///< NaN counts as 0.
  zero,  ///< 0 and NaN go the default way.
  nan,   ///< NaN goes the default way.
};

/// Trees laid end to end. Tree t has the splits [split_begin[t] .. split_begin[t + 1]) and one leaf
/// more than splits, from leaf_begin(t) = split_begin[t] + t on. A child below 0 is the leaf
/// ~child; children and leaves count within their tree. The first split is the root.
struct TreeArrays {
  std::span<const std::uint32_t> split_begin;  ///< One more than there are trees.
  std::span<const std::uint32_t> feature;
  std::span<const double> threshold;  ///< Values up to it go left.
  std::span<const double> value;      ///< The mean of the leaves below, for explanations.
  std::span<const std::uint8_t> missing;
  std::span<const std::uint8_t> default_left;
  std::span<const std::int32_t> left;
  std::span<const std::int32_t> right;
  std::span<const double> leaf;

  [[nodiscard]] std::size_t tree_count() const noexcept {
    return split_begin.empty() ? 0 : split_begin.size() - 1;
  }
  /// @throws ConfigError naming the array, the tree and the number that is out of range.
  void validate() const;
};

/// One thread's scratch memory.
struct TreeWorkspace {
  std::vector<std::uint8_t> codes;  ///< Of a block of candidates: a run for each plane.
  std::vector<std::uint8_t>
      slots;  ///< Of a tree: which leaf each candidate reaches from each node.
  std::vector<std::int32_t> sums;
  std::vector<double> scores;  ///< For the caller, who may let them stand here.
  std::size_t width = 0;       ///< Slots of leaves that hold their numbers.
};

class TreeEnsemble {
 public:
  static constexpr std::size_t kMostLeaves = 128;  ///< Of one tree.
  static constexpr std::size_t kBlock = 256;       ///< Candidates that are walked together.

  /// @throws ConfigError as TreeArrays::validate(), and for what no byte can hold: more leaves than
  /// kMostLeaves, or more than 255 thresholds of one feature.
  explicit TreeEnsemble(const TreeArrays& trees);

  /// Scores of the rows of a row-major matrix with `columns` columns.
  void score(std::span<const float> matrix, std::size_t columns, std::span<double> out,
             TreeWorkspace& work) const;

  /// What each feature adds to one row's score, into a number for each of the row's columns:
  /// the steps from a node's mean to its child's along the path (Saabas 2014). Returns the rest,
  /// which is the same for every row. Slow: for explanations.
  double explain(std::span<const float> row, std::span<double> parts) const;

  [[nodiscard]] std::size_t tree_count() const noexcept { return tree_count_; }
  /// Columns a matrix must have: one more than the largest feature that is asked.
  [[nodiscard]] std::size_t feature_count() const noexcept { return feature_count_; }

  /// One way to read a feature: its thresholds, and what its missing values become.
  struct Plane {
    std::uint32_t feature = 0;
    Missing missing = Missing::none;
    bool default_left = false;
    std::uint16_t thresholds = 0;
    std::uint32_t cuts = 0;  ///< Where in cuts() its 256 + 16 numbers begin.
  };
  /// A split as the walk needs it: its code and, where both children are leaves, theirs, four times
  /// over. `left` and `right` are slots: leaves first, then the tree's splits.
  struct Split {
    std::uint32_t code = 0;
    std::uint32_t left_leaf = 0;
    std::uint32_t right_leaf = 0;
    std::uint16_t plane = 0;
    std::uint8_t left = 0;
    std::uint8_t right = 0;
  };
  /// Splits between two leaves come first, then the others, children before parents.
  struct Tree {
    std::uint8_t twigs = 0;
    std::uint8_t splits = 0;
  };
  /// What the kernels read.
  struct View {
    std::span<const Plane> planes;
    const float* cuts;
    std::span<const Tree> trees;
    const Split* splits;
    const std::int32_t* leaves;
    std::size_t width;  ///< Slots of leaves: 16, 32, 64 or 128.
  };

 private:
  void encode(std::span<const float> matrix, std::size_t columns, std::size_t rows,
              std::vector<std::uint8_t>& codes) const;
  std::uint16_t plane_of(const TreeArrays& trees, std::size_t split, double threshold,
                         std::uint32_t& code) const;
  void keep(const TreeArrays& trees);
  void make_planes(const TreeArrays& trees);
  void add_tree(const TreeArrays& trees, std::size_t tree);

  std::size_t tree_count_ = 0;
  std::size_t feature_count_ = 0;
  std::size_t width_ = 16;
  double unit_ = 1.0;      ///< Of the leaves.
  double constant_ = 0.0;  ///< Trees of one leaf, and the middles of the others.
  std::vector<Plane> planes_;
  std::vector<float> cuts_;
  std::vector<Tree> trees_;
  std::vector<Split> splits_;
  std::vector<std::int32_t> leaves_;
  struct Kept;  ///< The arrays as they came, for explanations.
  std::shared_ptr<const Kept> kept_;
};

}  // namespace aisle::score
