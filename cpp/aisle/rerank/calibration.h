#pragma once

/// Calibrated slates: the mix of categories that the visitor is used to.
///
/// H. Steck: Calibrated recommendations (RecSys 2018).
///
/// Data path   score -> [rerank] -> slate
/// Threads     pure functions with the caller's workspace, one a thread
/// Ownership   borrows for the call
/// Cost        a logarithm for each place's aspects that the visitor has, each pick; no allocation
///             with a warm workspace

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/rerank/aspects.h"

namespace aisle::rerank {

struct CalibrationOptions {
  float strength = 0.5F;    ///< lambda of the paper. 0: relevance alone; 1: calibration alone.
  float smoothing = 0.01F;  ///< alpha: how much of the target is mixed into the slate's.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

struct CalibrationWorkspace {
  std::vector<float> relevance;      ///< scaled to [0, 1] within the pool
  std::vector<double> target;        ///< p(aspect | visitor)
  std::vector<std::uint32_t> wants;  ///< aspects with a positive target
  std::vector<double> counts;        ///< of the slate so far, a place counts 1 in all
  std::vector<double> terms;         ///< of the divergence, if the next place adds nothing to it
  std::vector<std::uint8_t> is_picked;
};

/// Fills `picked` with places of the pool, in the order of the slate: each time the place that,
/// with those picked before, has the largest
///   (1 - strength) * relevance - strength * KL(p || (1 - smoothing) * q + smoothing * p),
/// on equal marks the earlier place; q is the slate's distribution, to which each place gives
/// 1 / length, shared evenly among its aspects. Returns how many: min(picked.size(),
/// relevance.size()).
///
/// `target` weighs the aspects by code, on any scale (the visitor's history, decayed as the caller
/// likes). Without a positive weight relevance alone decides.
std::size_t calibrate(std::span<const float> relevance, const Aspects& aspects,
                      std::span<const float> target, const CalibrationOptions& options,
                      CalibrationWorkspace& work, std::span<std::uint32_t> picked);

}  // namespace aisle::rerank
