#include "aisle/score/linear_scorer.h"

#include <Eigen/Core>

namespace aisle::score {

Weights default_weights() {
  Weights weights{};
  const auto place = [&](Source source) -> float& {
    return weights[kSourceFeatures * static_cast<std::size_t>(source)];
  };
  const auto of = [&](Feature feature) -> float& {
    return weights[static_cast<std::size_t>(feature)];
  };
  place(Source::knn) = 1.0F;
  place(Source::co_visitation) = 1.0F;
  place(Source::rules) = 1.0F;
  place(Source::cart) = 0.3F;
  place(Source::purchase) = 0.3F;
  place(Source::vectors) = 0.3F;
  place(Source::trending) = 0.1F;
  place(Source::trending_alike) = 0.1F;
  of(Feature::return_rate) = 4.5F;
  of(Feature::in_session) = -0.5F;
  of(Feature::is_last) = -0.4F;
  return weights;
}

void LinearScorer::score(std::span<PoolEntry> pool, std::span<const float> matrix) const {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, static_cast<int>(kFeatures), Eigen::RowMajor>;
  using Vector = Eigen::Matrix<float, static_cast<int>(kFeatures), 1>;
  const Eigen::Map<const Matrix> features(matrix.data(), static_cast<Eigen::Index>(pool.size()),
                                          static_cast<int>(kFeatures));
  const Eigen::Map<const Vector> weights(weights_.data());
  for (std::size_t i = 0; i < pool.size(); ++i) {
    pool[i].score = features.row(static_cast<Eigen::Index>(i)).dot(weights);
  }
}

}  // namespace aisle::score
