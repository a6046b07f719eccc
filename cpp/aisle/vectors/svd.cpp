#include "aisle/vectors/svd.h"

#define EIGEN_DONT_PARALLELIZE  // the slices below are the threads
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::vectors {
namespace {

using Tall = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Small = Eigen::MatrixXd;

constexpr std::size_t kSlice = 4096;  // rows summed as one: sums do not depend on the threads

void refuse_unless(bool holds, const char* field, double value, const char* domain) {
  if (holds) return;
  throw ConfigError(std::string(field) + " must be " + domain + ", got " + std::to_string(value));
}

Eigen::Index index(std::size_t value) noexcept { return static_cast<Eigen::Index>(value); }

struct Sparse {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint32_t> columns;
  std::vector<float> values;

  [[nodiscard]] std::size_t rows() const noexcept { return offsets.size() - 1; }
};

/// Work in slices of rows, dealt out in turn; `work(slice, begin, end)`.
template <typename Work>
void each_slice(std::size_t rows, int threads, const Work& work) {
  const std::size_t slices = (rows + kSlice - 1) / kSlice;
  const auto team = static_cast<std::size_t>(threads);
  const auto run = [&](std::size_t first) {
    for (std::size_t s = first; s < slices; s += team) {
      work(s, s * kSlice, std::min(rows, (s + 1) * kSlice));
    }
  };
  std::vector<std::jthread> helpers;
  for (std::size_t t = 1; t < std::min(team, slices); ++t) helpers.emplace_back(run, t);
  run(0);
}

void check(const CsrView& counts) {
  const auto refuse = [](const std::string& what) { throw DataError("svd: " + what); };
  if (counts.offsets.empty() || counts.offsets.front() != 0 ||
      counts.offsets.back() != counts.columns.size() ||
      counts.columns.size() != counts.values.size()) {
    refuse("offsets, columns and values do not fit together");
  }
  for (std::size_t row = 0; row < counts.rows(); ++row) {
    if (counts.offsets[row] > counts.offsets[row + 1]) {
      refuse("offsets fall at row " + std::to_string(row));
    }
    for (std::uint64_t at = counts.offsets[row]; at < counts.offsets[row + 1]; ++at) {
      if (at >= counts.columns.size()) refuse("offsets end beyond the columns");
      if (counts.columns[at] >= counts.rows()) {
        refuse("row " + std::to_string(row) + " has column " + std::to_string(counts.columns[at]) +
               " of " + std::to_string(counts.rows()));
      }
      if (!std::isfinite(counts.values[at]) || counts.values[at] < 0.0F) {
        refuse("row " + std::to_string(row) + " has value " + std::to_string(counts.values[at]));
      }
    }
  }
}

/// The weight of each count; sums over rows and (smoothed) columns are taken once.
class Weight {
 public:
  Weight(const CsrView& counts, const SvdOptions& options) : options_(options) {
    if (options.weighting != SvdWeighting::ppmi) return;
    row_.resize(counts.rows());
    column_.resize(counts.rows());
    for (std::size_t row = 0; row < counts.rows(); ++row) {
      for (std::uint64_t at = counts.offsets[row]; at < counts.offsets[row + 1]; ++at) {
        row_[row] += static_cast<double>(counts.values[at]);
        column_[counts.columns[at]] += static_cast<double>(counts.values[at]);
      }
    }
    double total = 0.0;
    for (double& sum : column_) total += sum = std::pow(sum, options.smoothing);
    for (double& sum : column_) sum /= total;  // now the smoothed share of the column
  }

  [[nodiscard]] float operator()(std::size_t row, std::size_t column, float value) const {
    const auto count = static_cast<double>(value);
    if (options_.weighting == SvdWeighting::none) return value;
    if (options_.weighting == SvdWeighting::log1p) return static_cast<float>(std::log1p(count));
    if (count <= 0.0) return 0.0F;
    const double surprise = std::log(count / (row_[row] * column_[column] * options_.shift));
    return static_cast<float>(std::max(0.0, surprise));
  }

 private:
  const SvdOptions& options_;
  std::vector<double> row_;
  std::vector<double> column_;
};

Sparse weighted(const CsrView& counts, const SvdOptions& options) {
  const Weight weight(counts, options);
  Sparse result;
  result.offsets.reserve(counts.offsets.size());
  result.offsets.push_back(0);
  result.columns.reserve(counts.columns.size());
  result.values.reserve(counts.columns.size());
  for (std::size_t row = 0; row < counts.rows(); ++row) {
    for (std::uint64_t at = counts.offsets[row]; at < counts.offsets[row + 1]; ++at) {
      const float value = weight(row, counts.columns[at], counts.values[at]);
      if (value <= 0.0F) continue;
      result.columns.push_back(counts.columns[at]);
      result.values.push_back(value);
    }
    result.offsets.push_back(result.columns.size());
  }
  return result;
}

Sparse transposed(const Sparse& a) {
  Sparse result{.offsets = std::vector<std::uint64_t>(a.offsets.size(), 0),
                .columns = std::vector<std::uint32_t>(a.columns.size()),
                .values = std::vector<float>(a.columns.size())};
  for (const std::uint32_t column : a.columns) ++result.offsets[column + std::size_t{1}];
  for (std::size_t row = 0; row < a.rows(); ++row) result.offsets[row + 1] += result.offsets[row];
  std::vector<std::uint64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t row = 0; row < a.rows(); ++row) {
    for (std::uint64_t at = a.offsets[row]; at < a.offsets[row + 1]; ++at) {
      const std::uint64_t to = next[a.columns[at]]++;
      result.columns[to] = static_cast<std::uint32_t>(row);
      result.values[to] = a.values[at];
    }
  }
  return result;
}

Tall product(const Sparse& a, const Tall& x, int threads) {
  Tall y(x.rows(), x.cols());
  each_slice(a.rows(), threads, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      auto sum = y.row(index(row));
      sum.setZero();
      for (std::uint64_t at = a.offsets[row]; at < a.offsets[row + 1]; ++at) {
        sum += a.values[at] * x.row(index(a.columns[at]));
      }
    }
  });
  return y;
}

Small gram(const Tall& y, int threads) {
  const auto rows = static_cast<std::size_t>(y.rows());
  std::vector<Small> parts((rows + kSlice - 1) / kSlice);
  each_slice(rows, threads, [&](std::size_t slice, std::size_t begin, std::size_t end) {
    const Small block = y.middleRows(index(begin), index(end - begin)).cast<double>();
    parts[slice].setZero(y.cols(), y.cols());
    parts[slice].selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  });
  Small sum = Small::Zero(y.cols(), y.cols());
  for (const Small& part : parts) sum += part;
  return sum;
}

void multiply_right(Tall& y, const Small& by, int threads) {
  const Eigen::MatrixXf right = by.cast<float>();
  Tall result(y.rows(), right.cols());
  each_slice(static_cast<std::size_t>(y.rows()), threads,
             [&](std::size_t, std::size_t begin, std::size_t end) {
               result.middleRows(index(begin), index(end - begin)).noalias() =
                   y.middleRows(index(begin), index(end - begin)) * right;
             });
  y = std::move(result);
}

// Columns of length 1, at right angles: Y V / sqrt(lambda) with Y'Y = V lambda V'. Directions that
// Y does not have become zeros. The second pass repairs what the first one's rounding left.
void orthonormalize(Tall& y, int threads) {
  for (int pass = 0; pass < 2; ++pass) {
    const Eigen::SelfAdjointEigenSolver<Small> eigen(gram(y, threads));
    const double floor = 1e-10 * std::max(eigen.eigenvalues().maxCoeff(), 1e-30);
    const Eigen::VectorXd scale = eigen.eigenvalues().unaryExpr(
        [&](double value) { return value > floor ? 1.0 / std::sqrt(value) : 0.0; });
    multiply_right(y, eigen.eigenvectors() * scale.asDiagonal(), threads);
  }
}

// Uniform in [-1, 1): any bounded distribution with mean 0 does. Same seed, same matrix, anywhere.
Tall noise(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  Tall result(index(rows), index(columns));
  std::uint64_t at = mix(seed);
  for (float& value : result.reshaped()) {
    value = static_cast<float>(static_cast<double>(mix(++at) >> 11U) * 0x1p-52 - 1.0);
  }
  return result;
}

// U sqrt(S) from Q and A'Q: with (A'Q)'(A'Q) = V S^2 V', U = Q V. Each column's largest entry is
// positive, so that the signs are no accident; rows get length 1.
std::vector<float> scaled_rows(Tall q, const Tall& b, std::size_t dim, int threads) {
  const Eigen::SelfAdjointEigenSolver<Small> eigen(gram(b, threads));
  const Eigen::Index found = std::min(index(dim), q.cols());  // eigenvalues come smallest first
  const Eigen::VectorXd root =
      eigen.eigenvalues().tail(found).reverse().cwiseMax(0.0).array().pow(0.25);
  multiply_right(q, eigen.eigenvectors().rightCols(found).rowwise().reverse() * root.asDiagonal(),
                 threads);
  for (Eigen::Index column = 0; column < found; ++column) {
    Eigen::Index row = 0;
    q.col(column).cwiseAbs().maxCoeff(&row);
    if (q(row, column) < 0.0F) q.col(column) *= -1.0F;
  }
  std::vector<float> vectors(static_cast<std::size_t>(q.rows()) * dim, 0.0F);
  for (Eigen::Index row = 0; row < q.rows(); ++row) {
    const float length = q.row(row).norm();
    if (length <= 1e-12F) continue;
    float* to = vectors.data() + static_cast<std::size_t>(row) * dim;
    for (Eigen::Index column = 0; column < found; ++column) to[column] = q(row, column) / length;
  }
  return vectors;
}

}  // namespace

void SvdOptions::validate() const {
  refuse_unless(dim >= 1 && dim <= 4096, "dim", static_cast<double>(dim), "within [1, 4096]");
  refuse_unless(shift >= 1.0 && std::isfinite(shift), "shift", shift, "at least 1");
  refuse_unless(smoothing > 0.0 && smoothing <= 1.0, "smoothing", smoothing, "within (0, 1]");
  refuse_unless(power_iterations <= 20, "power_iterations", static_cast<double>(power_iterations),
                "at most 20");
  refuse_unless(oversampling <= 1024, "oversampling", static_cast<double>(oversampling),
                "at most 1024");
  refuse_unless(threads >= 1 && threads <= 1024, "threads", threads, "within [1, 1024]");
}

std::vector<float> item_vectors(const CsrView& counts, const SvdOptions& options,
                                const SvdProgress& progress) {
  options.validate();
  check(counts);
  const double steps = 2.0 * static_cast<double>(options.power_iterations) + 3.0;
  double done = 0.0;
  const auto step = [&] {
    if (progress) progress(std::min(1.0, ++done / steps));
  };
  const Sparse a = weighted(counts, options);
  if (a.columns.empty()) return std::vector<float>(counts.rows() * options.dim, 0.0F);
  const Sparse at = transposed(a);
  step();
  const std::size_t width = std::min(counts.rows(), options.dim + options.oversampling);
  Tall q = product(a, noise(counts.rows(), width, options.seed), options.threads);
  orthonormalize(q, options.threads);
  step();
  for (std::size_t i = 0; i < options.power_iterations; ++i) {
    q = product(at, q, options.threads);
    orthonormalize(q, options.threads);
    step();
    q = product(a, q, options.threads);
    orthonormalize(q, options.threads);
    step();
  }
  const Tall b = product(at, q, options.threads);
  step();
  return scaled_rows(std::move(q), b, options.dim, options.threads);
}

}  // namespace aisle::vectors
