#include "aisle/person/keepsakes.h"

#include <algorithm>
#include <tuple>

namespace aisle::person {
namespace {

constexpr std::uint64_t kSeed = 0x9e9;

auto place_of(const Keepsake& one) { return std::tie(one.time, one.item); }

}  // namespace

Keepsakes::Shard& Keepsakes::shard_of(std::string_view visitor) const noexcept {
  return shards_[hash_bytes(visitor, kSeed) % kShards];
}

std::uint64_t Keepsakes::ticket(std::string_view visitor) const noexcept {
  return shard_of(visitor).erasures.load(std::memory_order_acquire);
}

void Keepsakes::keep(std::string_view visitor, std::string_view item, const Event& event,
                     std::uint64_t ticket) {
  Shard& shard = shard_of(visitor);
  const std::scoped_lock lock(shard.mutex);
  if (shard.erasures.load(std::memory_order_relaxed) != ticket) return;
  auto found = shard.said.find(visitor);
  if (found == shard.said.end()) {
    if (shard.said.size() >= kMostVisitors / kShards) {
      while (!shard.order.empty() && shard.said.erase(shard.order.front()) == 0)
        shard.order.pop_front();  // forgotten before
      if (!shard.order.empty()) shard.order.pop_front();
      visitors_.fetch_sub(1, std::memory_order_relaxed);
    }
    found = shard.said.emplace(visitor, std::vector<Keepsake>()).first;
    shard.order.emplace_back(visitor);
    visitors_.fetch_add(1, std::memory_order_relaxed);
  }
  auto& said = found->second;
  const auto before = std::ranges::find(said, item, &Keepsake::item);
  if (before != said.end()) {
    // At one time the greater type number holds, in whatever order they come.
    if (std::tie(before->time, before->type) >= std::tie(event.time, event.type)) return;
    said.erase(before);
  }
  Keepsake one{std::string(item), event.time, event.value, event.type};
  const auto at = std::ranges::upper_bound(said, place_of(one), {}, place_of);
  said.insert(at, std::move(one));
  if (said.size() > kMostOfVisitor) said.erase(said.begin());
}

void Keepsakes::of(std::string_view visitor, std::vector<Keepsake>& said) const {
  said.clear();
  const Shard& shard = shard_of(visitor);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.said.find(visitor);
  if (found != shard.said.end()) said.assign(found->second.begin(), found->second.end());
}

void Keepsakes::forget(std::string_view visitor) {
  Shard& shard = shard_of(visitor);
  const std::scoped_lock lock(shard.mutex);
  shard.erasures.fetch_add(1, std::memory_order_release);
  const auto found = shard.said.find(visitor);
  if (found == shard.said.end()) return;
  shard.said.erase(found);
  std::erase(shard.order, visitor);
  visitors_.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t Keepsakes::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (const auto& [visitor, said] : shard.said)
      bytes += 128 + visitor.capacity() + said.capacity() * sizeof(Keepsake);
  }
  return bytes;
}

}  // namespace aisle::person
