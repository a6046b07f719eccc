#include "aisle/slate/scoring.h"

#include "aisle/score/linear_scorer.h"

namespace aisle::slate {

void score_pool(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  const auto pool = work.pool.entries();
  score::LinearScorer(asked.strategy().weights).score(pool, work.matrix);
  if (!asked.strategy().uses_trees) return;
  std::vector<double>& scores = work.trees.scores;
  scores.resize(pool.size());
  asked.model.trees()->score(work.matrix, score::kFeatures, scores, work.trees);
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i].score += static_cast<float>(scores[i]);
}

void explain_score(const Asked& asked, std::span<const float> features,
                   std::array<float, score::kFeatures>& parts) {
  const score::Weights& weights = asked.strategy().weights;
  for (std::size_t f = 0; f < score::kFeatures; ++f) parts[f] = features[f] * weights[f];
  if (!asked.strategy().uses_trees) return;
  std::array<double, score::kFeatures> steps{};
  const double rest = asked.model.trees()->explain(features, steps);
  steps[static_cast<std::size_t>(score::Feature::bias)] += rest;
  for (std::size_t f = 0; f < score::kFeatures; ++f) parts[f] += static_cast<float>(steps[f]);
}

}  // namespace aisle::slate
