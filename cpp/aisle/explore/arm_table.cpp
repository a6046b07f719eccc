#include "aisle/explore/arm_table.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace aisle::explore {
namespace {

// Few arms need one lock, and then exactly the least used of all go.
constexpr std::size_t kShards = 16;
constexpr std::size_t kFewArms = 1024;

struct Use {
  double weight;
  std::uint64_t updated;
  ArmId id;
};

}  // namespace

ArmTable::ArmTable(std::size_t max_arms, double half_life)
    : shard_count_(max_arms < kFewArms ? 1 : kShards),
      arms_per_shard_(max_arms / shard_count_),
      half_life_(half_life),
      shards_(std::make_unique<Shard[]>(shard_count_)) {}

double ArmTable::keep(std::uint64_t then, std::uint64_t now) const noexcept {
  if (half_life_ == 0.0 || now <= then) return 1.0;
  return std::exp2(-static_cast<double>(now - then) / half_life_);
}

void ArmTable::make_room(Shard& shard, std::uint64_t now) const {
  std::vector<Use> uses;
  uses.reserve(shard.arms.size());
  for (const auto& [id, arm] : shard.arms) {
    uses.push_back(
        {.weight = arm.weight * keep(arm.updated, now), .updated = arm.updated, .id = id});
  }
  const std::size_t goes = std::max<std::size_t>(uses.size() / 8, 1);
  const auto less_used = [](const Use& a, const Use& b) {
    return std::tie(a.weight, a.updated, a.id) < std::tie(b.weight, b.updated, b.id);
  };
  std::nth_element(uses.begin(), uses.begin() + static_cast<std::ptrdiff_t>(goes - 1), uses.end(),
                   less_used);
  for (std::size_t i = 0; i < goes; ++i) shard.arms.erase(uses[i].id);
}

std::vector<std::pair<ArmId, Arm>> ArmTable::copy() const {
  std::vector<std::pair<ArmId, Arm>> all;
  std::vector<std::unique_lock<std::mutex>> locks;
  locks.reserve(shard_count_);
  for (std::size_t s = 0; s < shard_count_; ++s) locks.emplace_back(shards_[s].mutex);
  for (std::size_t s = 0; s < shard_count_; ++s) {
    all.insert(all.end(), shards_[s].arms.begin(), shards_[s].arms.end());
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return all;
}

std::size_t ArmTable::size() const {
  std::size_t count = 0;
  for (std::size_t s = 0; s < shard_count_; ++s) {
    const std::scoped_lock lock(shards_[s].mutex);
    count += shards_[s].arms.size();
  }
  return count;
}

}  // namespace aisle::explore
