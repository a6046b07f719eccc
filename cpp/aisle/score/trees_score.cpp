// What an ensemble that was built does: scores, and their parts.

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"
#include "aisle/score/tree_walk.h"
#include "aisle/score/trees.h"

namespace aisle::score {
namespace {

/// LightGBM's kZeroThreshold; NaN too.
bool is_zero(float value) { return !(std::abs(value) > 1e-35F); }

constexpr std::size_t kLine = 64;

/// Room for `size` bytes that begin with a cache line: a wide register that spans two costs twice.
void make_room(std::vector<std::uint8_t>& bytes, std::size_t size) {
  if (bytes.size() < size + kLine) bytes.resize(size + kLine);
}
std::uint8_t* lines_of(std::vector<std::uint8_t>& bytes) {
  const auto past = reinterpret_cast<std::uintptr_t>(bytes.data()) % kLine;
  return bytes.data() + (past == 0 ? 0 : kLine - past);
}

}  // namespace

struct TreeEnsemble::Kept {
  explicit Kept(const TreeArrays& from)
      : split_begin(from.split_begin.begin(), from.split_begin.end()),
        feature(from.feature.begin(), from.feature.end()),
        threshold(from.threshold.begin(), from.threshold.end()),
        value(from.value.begin(), from.value.end()),
        missing(from.missing.begin(), from.missing.end()),
        default_left(from.default_left.begin(), from.default_left.end()),
        left(from.left.begin(), from.left.end()),
        right(from.right.begin(), from.right.end()),
        leaf(from.leaf.begin(), from.leaf.end()) {}
  [[nodiscard]] bool goes_left(std::size_t split, float at) const {
    const auto kind = static_cast<Missing>(missing[split]);
    if ((kind == Missing::nan && std::isnan(at)) || (kind == Missing::zero && is_zero(at)))
      return default_left[split] != 0;
    return (std::isnan(at) ? 0.0 : double{at}) <= threshold[split];
  }

  std::vector<std::uint32_t> split_begin, feature;
  std::vector<double> threshold, value;
  std::vector<std::uint8_t> missing, default_left;
  std::vector<std::int32_t> left, right;
  std::vector<double> leaf;
};

void TreeEnsemble::keep(const TreeArrays& trees) { kept_ = std::make_shared<const Kept>(trees); }

void TreeEnsemble::encode(std::span<const float> matrix, std::size_t columns, std::size_t rows,
                          std::vector<std::uint8_t>& codes) const {
  const WalkTable& table = walk_table();
  make_room(codes, planes_.size() * kBlock);
  unsigned nans = 0;  // counted, not searched: that takes wide registers
  for (const float value : matrix.first(rows * columns)) nans += std::isnan(value) ? 1U : 0U;
  for (std::size_t p = 0; p < planes_.size(); ++p) {
    const Plane& plane = planes_[p];
    const float* const values = matrix.data() + plane.feature;
    const float* const cuts = cuts_.data() + plane.cuts;
    std::uint8_t* const out = lines_of(codes) + p * kBlock;
    table.code(cuts, values, columns, rows, out);
    if (nans == 0 && plane.missing != Missing::zero) continue;
    const std::uint8_t missing = plane.default_left ? 0 : 0xff;
    std::uint8_t zero = 0;
    constexpr float kZero = 0.0F;
    code_plain(cuts, &kZero, 1, 1, &zero);
    for (std::size_t i = 0; i < rows; ++i) {
      const float value = values[i * columns];
      if (plane.missing == Missing::zero && is_zero(value)) {
        out[i] = missing;
      } else if (std::isnan(value)) {
        out[i] = plane.missing == Missing::nan ? missing : zero;
      }
    }
  }
}

void TreeEnsemble::score(std::span<const float> matrix, std::size_t columns, std::span<double> out,
                         TreeWorkspace& work) const {
  if (columns < feature_count_) {
    throw ConfigError("the trees ask feature " + std::to_string(feature_count_ - 1) +
                      ", the matrix has " + std::to_string(columns) + " columns");
  }
  work.sums.resize(kBlock);
  if (work.width != width_) {
    work.width = width_;
    make_room(work.slots, 2 * width_ * kBlock);
    for (std::size_t i = 0; i < width_ * kBlock; ++i)
      lines_of(work.slots)[i] = static_cast<std::uint8_t>(i / kBlock);
  }
  const View view{planes_, cuts_.data(), trees_, splits_.data(), leaves_.data(), width_};
  for (std::size_t from = 0; from < out.size(); from += kBlock) {
    const std::size_t rows = std::min(kBlock, out.size() - from);
    encode(matrix.subspan(from * columns), columns, rows, work.codes);
    std::ranges::fill(work.sums, 0);
    walk_table().walk(view, lines_of(work.codes), lines_of(work.slots), rows, work.sums.data());
    for (std::size_t i = 0; i < rows; ++i) out[from + i] = constant_ + work.sums[i] * unit_;
  }
}

double TreeEnsemble::explain(std::span<const float> row, std::span<double> parts) const {
  std::ranges::fill(parts, 0.0);
  double rest = 0.0;
  for (std::size_t tree = 0; tree < tree_count_; ++tree) {
    const std::size_t first = kept_->split_begin[tree];
    if (first == kept_->split_begin[tree + 1]) {
      rest += kept_->leaf[first + tree];
      continue;
    }
    rest += kept_->value[first];
    for (std::int32_t at = 0; at >= 0;) {
      const std::size_t split = first + static_cast<std::size_t>(at);
      const std::uint32_t feature = kept_->feature[split];
      at = kept_->goes_left(split, row[feature]) ? kept_->left[split] : kept_->right[split];
      const double then = at < 0 ? kept_->leaf[first + tree + static_cast<std::size_t>(~at)]
                                 : kept_->value[first + static_cast<std::size_t>(at)];
      parts[feature] += then - kept_->value[split];
    }
  }
  return rest;
}

}  // namespace aisle::score
