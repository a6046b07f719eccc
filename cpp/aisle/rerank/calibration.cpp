#include "aisle/rerank/calibration.h"

#include <cmath>
#include <string>

#include "aisle/base/error.h"
#include "aisle/rerank/greedy.h"

namespace aisle::rerank {
namespace {

// One aspect's part of the divergence, where the slate has `share` of it.
double term(double target, double share, double smoothing) {
  return target * std::log(target / ((1.0 - smoothing) * share + smoothing * target));
}

/// The divergence of the slate with one more place, taken apart: a place changes only its own
/// aspects' terms, and those without a target have none.
class Divergence {
 public:
  Divergence(std::span<const float> target, double smoothing, CalibrationWorkspace& work)
      : work_(work), smoothing_(smoothing) {
    normalize(target, work.target);
    work.counts.assign(target.size(), 0.0);
    work.terms.assign(target.size(), 0.0);
    work.wants.clear();
    for (std::size_t code = 0; code < target.size(); ++code) {
      if (work.target[code] > 0.0) work.wants.push_back(static_cast<std::uint32_t>(code));
    }
    lengthen();
  }

  /// What it is once a place with these aspects is added.
  [[nodiscard]] double with(std::span<const std::uint32_t> codes) const {
    double sum = sum_;
    const double part = codes.empty() ? 0.0 : 1.0 / static_cast<double>(codes.size());
    for (const std::uint32_t code : codes) {
      if (code >= work_.target.size() || work_.target[code] <= 0.0) continue;
      sum += term(work_.target[code], (work_.counts[code] + part) / length_, smoothing_) -
             work_.terms[code];
    }
    return sum;
  }

  void add(std::span<const std::uint32_t> codes) {
    for (const std::uint32_t code : codes) {
      if (code < work_.counts.size()) work_.counts[code] += 1.0 / static_cast<double>(codes.size());
    }
    lengthen();
  }

 private:
  void lengthen() {
    length_ += 1.0;
    sum_ = 0.0;
    for (const std::uint32_t code : work_.wants) {
      work_.terms[code] = term(work_.target[code], work_.counts[code] / length_, smoothing_);
      sum_ += work_.terms[code];
    }
  }

  CalibrationWorkspace& work_;
  double smoothing_;
  double length_ = 0.0;
  double sum_ = 0.0;
};

}  // namespace

void CalibrationOptions::validate() const {
  check_strength(strength);
  if (smoothing > 0.0F && smoothing < 1.0F) return;
  throw ConfigError("smoothing must be within (0, 1), got " + std::to_string(smoothing));
}

std::size_t calibrate(std::span<const float> relevance, const Aspects& aspects,
                      std::span<const float> target, const CalibrationOptions& options,
                      CalibrationWorkspace& work, std::span<std::uint32_t> picked) {
  const double strength = static_cast<double>(options.strength);
  work.relevance.resize(relevance.size());
  scale_relevance(relevance, work.relevance);
  Divergence divergence(target, static_cast<double>(options.smoothing), work);
  const auto mark = [&](std::size_t place, double /*to_beat*/) {
    const double own = static_cast<double>(work.relevance[place]);
    return (1.0 - strength) * own - strength * divergence.with(aspects.of(place));
  };
  const auto taken = [&](std::size_t place) { divergence.add(aspects.of(place)); };
  return pick_greedily(relevance.size(), work.is_picked, picked, mark, taken);
}

}  // namespace aisle::rerank
