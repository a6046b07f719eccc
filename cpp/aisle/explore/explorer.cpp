#include "aisle/explore/explorer.h"

#include <atomic>
#include <cmath>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::explore {
namespace {

constexpr std::size_t kMostWaiting = 1'000'000;

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void refuse(const std::string& problem) { throw ConfigError("explore." + problem); }

}  // namespace

void ExploreOptions::validate() const {
  if (!is_on) return;
  if (slots == 0 && places.empty()) refuse("slots must be at least 1, got 0");
  for (const std::size_t place : places) {
    if (place == 0) refuse("slots count from 1, got 0");
  }
  if (pool == 0 || pool > 1000)
    refuse("pool must be within [1, 1000], got " + std::to_string(pool));
  if (fresh > 1000) refuse("fresh must be within [0, 1000], got " + std::to_string(fresh));
  if (!(max_age >= 0.0)) refuse("item_age must not be negative, got " + std::to_string(max_age));
  if (over == Over::strategies && among.empty())
    refuse("among must name the placements to choose from");
  if (horizon <= 0) refuse("horizon must be positive, got " + std::to_string(horizon));
  bool has_reward = false;
  for (const double reward : rewards) {
    if (!std::isfinite(reward)) refuse("rewards must be finite");
    if (bandit.policy == Policy::thompson_beta && !(reward >= 0.0 && reward <= 1.0))
      refuse("rewards must be within [0, 1] for thompson, got " + std::to_string(reward) +
             "; thompson_gaussian takes any");
    has_reward = has_reward || reward != 0.0;
  }
  if (!has_reward) refuse("rewards must have one that is not 0");
  bandit.validate();
}

bool ExploreOptions::has_arms_of(const ExploreOptions& other) const {
  return is_on && other.is_on && over == other.over && among == other.among &&
         context == other.context && bandit == other.bandit;
}

Explorer::Explorer(std::unique_ptr<Bandit> learned)
    : bandit_(std::move(learned)), number_(next_number()) {}

void Explorer::wait_for(std::uint64_t slate, Timestamp until) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= kMostWaiting) waiting_.pop_front();
  waiting_.emplace_back(until, slate);
}

std::optional<std::uint64_t> Explorer::due(Timestamp now) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty() || waiting_.front().first > now) return std::nullopt;
  const std::uint64_t slate = waiting_.front().second;
  waiting_.pop_front();
  return slate;
}

}  // namespace aisle::explore
