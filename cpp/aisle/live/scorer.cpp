// What a bundle says of the scorer: weights, trees.

#include <algorithm>
#include <cmath>
#include <string>

#include "aisle/base/error.h"
#include "aisle/live/model.h"

namespace aisle::live {
namespace {

std::unique_ptr<const score::TreeEnsemble> open_trees(const catalog::Bundle& bundle) {
  const auto doubles = [&](const char* name) {
    return bundle.array<double>(std::string("scorer.trees.") + name);
  };
  const auto bytes = [&](const char* name) {
    return bundle.array<std::uint8_t>(std::string("scorer.trees.") + name);
  };
  const auto children = [&](const char* name) {
    return bundle.array<std::int32_t>(std::string("scorer.trees.") + name);
  };
  try {
    auto trees = std::make_unique<const score::TreeEnsemble>(
        score::TreeArrays{.split_begin = bundle.array<std::uint32_t>("scorer.trees.split_begin"),
                          .feature = bundle.array<std::uint32_t>("scorer.trees.feature"),
                          .threshold = doubles("threshold"),
                          .value = doubles("value"),
                          .missing = bytes("missing"),
                          .default_left = bytes("default_left"),
                          .left = children("left"),
                          .right = children("right"),
                          .leaf = doubles("leaf")});
    if (trees->feature_count() > score::kFeatures) {
      throw ConfigError("they ask feature " + std::to_string(trees->feature_count() - 1) +
                        ", the scorer has " + std::to_string(score::kFeatures));
    }
    return trees;
  } catch (const ConfigError& error) {
    throw BundleError(bundle.origin() + ": scorer.trees: " + error.what());
  }
}

}  // namespace

void Model::open_scorer() {
  if (bundle_->find("scorer.trees.split_begin") != nullptr) trees_ = open_trees(*bundle_);
  if (bundle_->find("scorer.weights") == nullptr) return;
  const auto weights = bundle_->array<float>("scorer.weights");
  if (weights.size() != score::kFeatures && weights.size() != score::kFirstFeatures) {
    throw BundleError(bundle_->origin() + ": scorer.weights must hold " +
                      std::to_string(score::kFeatures) + " numbers");
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i])) {
      throw BundleError(bundle_->origin() + ": scorer.weights[" + std::to_string(i) +
                        "] is not a finite number");
    }
  }
  weights_.emplace().fill(0.0F);
  std::ranges::copy(weights, weights_->begin());
}

}  // namespace aisle::live
