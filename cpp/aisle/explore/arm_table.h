#pragma once

/// What was learned of each arm: bounded, the arms used least forgotten first.
///
/// Data path   update -> [arms] -> choose
/// Threads     every method may run beside every other; each holds the lock of one shard, save
///             copy(), which holds all
/// Ownership   owns the arms; a visitor's reference does not outlive its call
/// Cost        one lookup under one lock; once in a while an eighth of a shard is dropped

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aisle/base/hash.h"

namespace aisle::explore {

/// An arm (an item, a source, a strategy) by the caller's key.
enum class ArmId : std::uint64_t {};

struct Arm {
  double weight = 0.0;        ///< Rewards, decayed up to `updated`.
  double reward = 0.0;        ///< Their sum, decayed alike.
  std::uint64_t updated = 0;  ///< The bandit's number of updates when this arm had its last.
  std::vector<double> state;  ///< LinearModel's, where there is one.
};

class ArmTable {
 public:
  /// `half_life` as in BanditOptions: an arm's use decays as its rewards do.
  ArmTable(std::size_t max_arms, double half_life);

  /// What is left at `now` of something last touched at `then`.
  [[nodiscard]] double keep(std::uint64_t then, std::uint64_t now) const noexcept;

  /// Calls visit(const Arm&) under the lock; false where there is no such arm.
  template <class Visit>
  bool read(ArmId id, const Visit& visit) const {
    const Shard& shard = shard_of(id);
    const std::scoped_lock lock(shard.mutex);
    const auto found = shard.arms.find(id);
    if (found == shard.arms.end()) return false;
    visit(found->second);
    return true;
  }

  /// Calls visit(Arm&) under the lock; false where there is no such arm.
  template <class Visit>
  bool change(ArmId id, const Visit& visit) {
    Shard& shard = shard_of(id);
    const std::scoped_lock lock(shard.mutex);
    const auto found = shard.arms.find(id);
    if (found == shard.arms.end()) return false;
    visit(found->second);
    return true;
  }

  /// The same, with a new arm where there is none; others may go for it. `now` counts updates.
  template <class Visit>
  void change_or_make(ArmId id, std::uint64_t now, const Visit& visit) {
    Shard& shard = shard_of(id);
    const std::scoped_lock lock(shard.mutex);
    auto found = shard.arms.find(id);
    if (found == shard.arms.end()) {
      if (shard.arms.size() >= arms_per_shard_) make_room(shard, now);
      found = shard.arms.try_emplace(id).first;
    }
    visit(found->second);
  }

  /// All arms as they are at one moment, by rising id.
  [[nodiscard]] std::vector<std::pair<ArmId, Arm>> copy() const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(ArmId id) const noexcept { return mix(static_cast<std::uint64_t>(id)); }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<ArmId, Arm, Hash> arms;
  };
  [[nodiscard]] Shard& shard_of(ArmId id) const noexcept {
    return shards_[(Hash()(id) >> 32U) % shard_count_];
  }
  void make_room(Shard& shard, std::uint64_t now) const;

  std::size_t shard_count_;
  std::size_t arms_per_shard_;
  double half_life_;
  std::unique_ptr<Shard[]> shards_;  // never resized: a Shard holds a mutex
};

}  // namespace aisle::explore
