#include "aisle/score/trees.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/score/tree_walk.h"

namespace aisle::score {
namespace {

constexpr std::size_t kMostThresholds = 255;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kFourTimes = 0x01010101U;

[[noreturn]] void fail(const std::string& array, std::size_t tree, const std::string& what) {
  throw ConfigError("the trees' " + array + ", tree " + std::to_string(tree) + ": " + what);
}

/// The largest float up to a threshold: a float goes left of the one if and only if of the other.
float as_float(double threshold) {
  const auto near = static_cast<float>(threshold);
  return static_cast<double>(near) <= threshold ? near : std::nextafterf(near, -kInfinity);
}

/// The splits of one tree.
struct Branches {
  const TreeArrays& trees;
  std::size_t first;
  std::size_t count;

  Branches(const TreeArrays& all, std::size_t tree)
      : trees(all),
        first(all.split_begin[tree]),
        count(all.split_begin[tree + 1] - all.split_begin[tree]) {}
  [[nodiscard]] bool is_twig(std::size_t s) const {
    return trees.left[first + s] < 0 && trees.right[first + s] < 0;
  }
};

void validate_tree(const TreeArrays& trees, std::size_t tree) {
  const Branches branches(trees, tree);
  std::vector<std::uint8_t> met(2 * branches.count + 1, 0);  // splits, then leaves
  const auto meet = [&](std::int32_t child, std::size_t parent, const char* array) {
    const bool is_leaf = child < 0;
    const auto number = static_cast<std::size_t>(is_leaf ? ~child : child);
    const std::size_t most = is_leaf ? branches.count + 1 : branches.count;
    // A child after its parent: no circle, and the order in which they are walked.
    if (number >= most || (!is_leaf && number <= parent))
      fail(array, tree, "child " + std::to_string(child) + " is out of range");
    std::uint8_t& mark = met[is_leaf ? branches.count + number : number];
    if (mark != 0) fail(array, tree, "child " + std::to_string(child) + " has two parents");
    mark = 1;
  };
  for (std::size_t s = 0; s < branches.count; ++s) {
    const std::size_t at = branches.first + s;
    meet(trees.left[at], s, "left");
    meet(trees.right[at], s, "right");
    if (std::isnan(trees.threshold[at])) fail("threshold", tree, "it is not a number");
    if (!std::isfinite(trees.value[at])) fail("value", tree, "it is not finite");
    if (trees.missing[at] > static_cast<std::uint8_t>(Missing::nan))
      fail("missing", tree, "there is no type " + std::to_string(trees.missing[at]));
  }
  for (std::size_t l = 0; l <= branches.count; ++l) {
    if (!std::isfinite(trees.leaf[branches.first + tree + l]))
      fail("leaf", tree, "leaf " + std::to_string(l) + " is not finite");
  }
}

/// The least and the largest leaf.
std::pair<double, double> range_of(const TreeArrays& trees, std::size_t tree) {
  const Branches branches(trees, tree);
  const auto leaves = trees.leaf.subspan(branches.first + tree, branches.count + 1);
  const auto [low, high] = std::ranges::minmax_element(leaves);
  return {*low, *high};
}

}  // namespace

void TreeArrays::validate() const {
  if (split_begin.empty() || split_begin.front() != 0 || !std::ranges::is_sorted(split_begin))
    throw ConfigError("the trees' split_begin must rise from 0");
  const std::size_t splits = split_begin.back();
  const auto expect = [](std::size_t size, std::size_t wanted, const std::string& array) {
    if (size == wanted) return;
    throw ConfigError("the trees' " + array + " has " + std::to_string(size) + " numbers, not " +
                      std::to_string(wanted));
  };
  expect(feature.size(), splits, "feature");
  expect(threshold.size(), splits, "threshold");
  expect(value.size(), splits, "value");
  expect(missing.size(), splits, "missing");
  expect(default_left.size(), splits, "default_left");
  expect(left.size(), splits, "left");
  expect(right.size(), splits, "right");
  expect(leaf.size(), splits + tree_count(), "leaf");
  for (std::size_t tree = 0; tree < tree_count(); ++tree) validate_tree(*this, tree);
}

TreeEnsemble::TreeEnsemble(const TreeArrays& trees) : tree_count_(trees.tree_count()) {
  trees.validate();
  keep(trees);
  std::size_t most_leaves = 2;
  double largest = 0.0;
  for (std::size_t tree = 0; tree < tree_count_; ++tree) {
    const Branches branches(trees, tree);
    most_leaves = std::max(most_leaves, branches.count + 1);
    if (branches.count + 1 > kMostLeaves) {
      fail("leaf", tree,
           "it has " + std::to_string(branches.count + 1) + " leaves, and at most " +
               std::to_string(kMostLeaves) + " can be served: train with fewer num_leaves");
    }
    const auto [low, high] = range_of(trees, tree);
    largest += (high - low) / 2.0;
  }
  while (width_ < most_leaves) width_ *= 2;
  // As fine as the largest sum allows, rounding and all: half of a tree's range on either side.
  int exponent = 0;
  std::frexp(std::max(largest * (1.0 + 1e-6), 1e-30), &exponent);
  unit_ = std::ldexp(1.0, exponent - 31);
  make_planes(trees);
  std::vector<std::size_t> order(tree_count_);
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Trees of one shape follow each other: the processor guesses right how long a loop is.
  const auto shape = [&](std::size_t tree) {
    const Branches branches(trees, tree);
    std::size_t twigs = 0;
    for (std::size_t s = 0; s < branches.count; ++s) twigs += branches.is_twig(s) ? 1U : 0U;
    return std::pair{branches.count, twigs};
  };
  std::ranges::stable_sort(order, {}, shape);
  for (const std::size_t tree : order) add_tree(trees, tree);
}

void TreeEnsemble::make_planes(const TreeArrays& trees) {
  struct Reading {
    std::uint32_t feature;
    std::uint8_t missing;
    bool default_left;
    float threshold;
    auto operator<=>(const Reading&) const = default;
  };
  std::vector<Reading> readings;
  for (std::size_t s = 0; s < trees.feature.size(); ++s) {
    const bool can_miss = trees.missing[s] != static_cast<std::uint8_t>(Missing::none);
    readings.push_back({trees.feature[s], trees.missing[s], can_miss && trees.default_left[s] != 0,
                        as_float(trees.threshold[s])});
    feature_count_ = std::max<std::size_t>(feature_count_, trees.feature[s] + 1);
  }
  std::ranges::sort(readings);
  readings.erase(std::unique(readings.begin(), readings.end()), readings.end());
  for (std::size_t from = 0; from < readings.size();) {
    const Reading& first = readings[from];
    std::vector<float> cuts(kCuts, kInfinity);
    std::size_t count = 0;
    for (; from + count < readings.size(); ++count) {
      const Reading& one = readings[from + count];
      if (one.feature != first.feature || one.missing != first.missing ||
          one.default_left != first.default_left)
        break;
      if (count == kMostThresholds) {
        throw ConfigError("feature " + std::to_string(first.feature) +
                          " has more than 255 thresholds: train with max_bin=255");
      }
      cuts[count] = one.threshold;
    }
    planes_.push_back({.feature = first.feature,
                       .missing = static_cast<Missing>(first.missing),
                       .default_left = first.default_left,
                       .thresholds = static_cast<std::uint16_t>(count),
                       .cuts = static_cast<std::uint32_t>(cuts_.size())});
    for (std::size_t pivot = 0; pivot < kPivots; ++pivot) cuts_.push_back(cuts[16 * pivot + 15]);
    cuts_.insert(cuts_.end(), cuts.begin(), cuts.end());
    from += count;
  }
}

std::uint16_t TreeEnsemble::plane_of(const TreeArrays& trees, std::size_t split, double threshold,
                                     std::uint32_t& code) const {
  const auto missing = static_cast<Missing>(trees.missing[split]);
  const bool default_left = missing != Missing::none && trees.default_left[split] != 0;
  const auto found = std::ranges::find_if(planes_, [&](const Plane& plane) {
    return plane.feature == trees.feature[split] && plane.missing == missing &&
           plane.default_left == default_left;
  });
  const float* const cuts = cuts_.data() + found->cuts + kPivots;
  code = static_cast<std::uint32_t>(
      std::lower_bound(cuts, cuts + found->thresholds, as_float(threshold)) - cuts);
  return static_cast<std::uint16_t>(found - planes_.begin());
}

void TreeEnsemble::add_tree(const TreeArrays& trees, std::size_t tree) {
  const Branches branches(trees, tree);
  const std::size_t first_leaf = branches.first + tree;
  if (branches.count == 0) {
    constant_ += trees.leaf[first_leaf];
    return;
  }
  // Twigs first; of the others, whose children come after them, the last first.
  std::vector<std::size_t> order;
  for (std::size_t s = 0; s < branches.count; ++s) {
    if (branches.is_twig(s)) order.push_back(s);
  }
  const std::size_t twigs = order.size();
  for (std::size_t s = branches.count; s-- > 0;) {
    if (!branches.is_twig(s)) order.push_back(s);
  }
  std::vector<std::uint8_t> slot(branches.count);
  for (std::size_t place = 0; place < order.size(); ++place)
    slot[order[place]] = static_cast<std::uint8_t>(width_ + place);
  const auto slot_of = [&](std::int32_t child) {
    return child < 0 ? static_cast<std::uint8_t>(~child) : slot[static_cast<std::size_t>(child)];
  };
  for (const std::size_t s : order) {
    const std::size_t at = branches.first + s;
    Split split{.left = slot_of(trees.left[at]), .right = slot_of(trees.right[at])};
    split.plane = plane_of(trees, at, trees.threshold[at], split.code);
    split.code *= kFourTimes;
    split.left_leaf = split.left * kFourTimes;
    split.right_leaf = split.right * kFourTimes;
    splits_.push_back(split);
  }
  trees_.push_back({.twigs = static_cast<std::uint8_t>(twigs),
                    .splits = static_cast<std::uint8_t>(branches.count)});
  const auto [low, high] = range_of(trees, tree);
  const double middle = low + (high - low) / 2.0;
  constant_ += middle;
  for (std::size_t l = 0; l < width_; ++l) {
    const double value = l <= branches.count ? trees.leaf[first_leaf + l] - middle : 0.0;
    leaves_.push_back(static_cast<std::int32_t>(std::lround(value / unit_)));
  }
}

}  // namespace aisle::score
