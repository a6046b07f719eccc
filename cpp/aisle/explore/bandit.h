#pragma once

/// A bandit: which arms to show, how probable that was, and what came of it.
///
/// Data path   candidates -> [choose] -> slots; outcomes -> [update]
/// Threads     every method may run beside every other; update() and choose() hold the lock of one
///             sixteenth of the arms (of all, where max_arms is below 1,024), for one arm at a
///             time; save() holds them all
/// Ownership   owns its arms; borrows arguments for the call
/// Cost        choose() one lookup an arm, then see Chooser; no allocation with a warm workspace.
///             update() one lookup, for linear policies see LinearModel

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aisle/explore/arm_table.h"
#include "aisle/explore/bandit_options.h"
#include "aisle/explore/chooser.h"
#include "aisle/explore/linear_model.h"

namespace aisle::explore {

/// One slot of a decision.
struct Choice {
  ArmId arm{};
  std::uint32_t place = 0;  ///< Of the arm in what choose() was given.
  /// The probability that the policy puts this arm into this slot, given the slots before. The
  /// product over the slots is that of the whole list.
  double propensity = 0.0;
};

class Bandit {
 public:
  explicit Bandit(const BanditOptions& options);

  /// Fills `out` with distinct arms of `arms`, in order; returns how many: min(out.size(),
  /// arms.size()). The slots are drawn one after the other, each anew among the arms not chosen yet,
  /// which makes every propensity exact (for Thompson policies to about 1e-7). The same arms, state
  /// and seed give the same answer. `arms` has no arm twice; `context` has options().dim values.
  /// @throws DataError for a context of another length or with a value that is not finite.
  std::size_t choose(std::span<const ArmId> arms, std::span<const double> context,
                     std::uint64_t seed, ChooserWorkspace& work, std::span<Choice> out) const;

  /// out[i] = the propensity of arms[i] for the first slot; `out` has arms.size() numbers.
  void probabilities(std::span<const ArmId> arms, std::span<const double> context,
                     ChooserWorkspace& work, std::span<double> out) const;

  /// out[i] = what the policy expects of arms[i]: the (posterior) mean of its reward, for ucb1 and
  /// lin_ucb its upper bound, infinite without rewards.
  void expectations(std::span<const ArmId> arms, std::span<const double> context,
                    std::span<double> out) const;

  /// Counts one reward, in whatever order and however late it comes: the context is that of the
  /// decision. For thompson_beta it is within [0, 1].
  /// @throws DataError naming what is wrong with the reward or the context.
  void update(ArmId arm, double reward, std::span<const double> context = {});

  /// Adds `more` (or, below 0, takes it back) to a reward that update() has counted: so an arm can
  /// be updated with 0 when it is shown and corrected when the click comes. `more` counts in full, so that the half-life, where
  /// there is one, should be much longer than the delay. False where the arm is not known (any
  /// more).
  bool correct(ArmId arm, double more, std::span<const double> context = {});

  /// Everything, so that restore() makes a bandit that chooses the same from then on.
  [[nodiscard]] std::vector<std::uint8_t> save() const;
  /// @throws BundleError where the bytes are none of save()'s, damaged or of a newer version.
  [[nodiscard]] static std::unique_ptr<Bandit> restore(std::span<const std::uint8_t> bytes);

  [[nodiscard]] std::size_t size() const { return arms_.size(); }
  [[nodiscard]] std::uint64_t updates() const noexcept {
    return updates_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const BanditOptions& options() const noexcept { return options_; }

 private:
  struct Belief;
  [[nodiscard]] Belief believe(ArmId id, std::span<const double> context) const;
  [[nodiscard]] Posterior posterior_of(const Belief& belief) const;
  [[nodiscard]] double score_of(const Belief& belief, double weight_of_all) const;
  [[nodiscard]] double weight_of(std::span<const ArmId> arms) const;
  void believe_all(std::span<const ArmId> arms, std::span<const double> context,
                   ChooserWorkspace& work) const;
  void check_context(std::span<const double> context) const;

  BanditOptions options_;
  LinearModel linear_;
  ArmTable arms_;
  std::atomic<std::uint64_t> updates_{0};
};

}  // namespace aisle::explore
