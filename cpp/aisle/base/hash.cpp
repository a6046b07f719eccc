#include "aisle/base/hash.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace aisle {
namespace {

constexpr std::uint64_t kOdd1 = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t kOdd2 = 0xc2b2ae3d27d4eb4fULL;

std::uint64_t read8(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

std::uint64_t read_tail(const char* at, std::size_t size) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, size);
  return word;
}

std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

using Lanes = std::array<std::uint64_t, Checksum::kLanes>;

// The lanes of a local copy stay in registers.
void take_blocks(Lanes& lanes, const char* at, std::size_t size) noexcept {
  Lanes lane = lanes;
  for (; size >= 8 * lane.size(); at += 8 * lane.size(), size -= 8 * lane.size()) {
    for (std::size_t i = 0; i < lane.size(); ++i) {
      lane[i] = (lane[i] ^ read8(at + 8 * i)) * kOdd1;
      lane[i] ^= lane[i] >> 32U;
    }
  }
  lanes = lane;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = seed ^ (kOdd1 * (left + 1));
  for (; left > 8; at += 8, left -= 8) state = fold(state ^ read8(at), kOdd2);
  // No memcpy from a null view: an empty id is a valid key.
  const std::uint64_t tail = left == 0 ? 0 : read_tail(at, left);
  return mix(fold(state ^ tail, kOdd1) ^ state);
}

Checksum::Checksum() noexcept {
  for (std::size_t i = 0; i < kLanes; ++i) lane_[i] = mix(i + 1);
}

void Checksum::add(const void* data, std::size_t size) noexcept {
  constexpr std::size_t kBlock = 8 * kLanes;
  const char* at = static_cast<const char*>(data);
  std::size_t left = size;
  size_ += size;
  if (rest_size_ != 0 || left < kBlock) {
    const std::size_t part = std::min(kBlock - rest_size_, left);
    if (part != 0) std::memcpy(rest_.data() + rest_size_, at, part);
    rest_size_ += part;
    at += part;
    left -= part;
    if (rest_size_ < kBlock) return;
    take_blocks(lane_, rest_.data(), kBlock);
  }
  take_blocks(lane_, at, left);
  rest_size_ = left % kBlock;
  if (rest_size_ != 0) std::memcpy(rest_.data(), at + left - rest_size_, rest_size_);
}

std::uint64_t Checksum::value() const noexcept {
  std::uint64_t state = mix(size_);
  const char* at = rest_.data();
  std::size_t left = rest_size_;
  for (; left >= 8; at += 8, left -= 8) state = mix(state ^ read8(at));
  if (left != 0) state = mix(state ^ read_tail(at, left));
  for (const std::uint64_t one : lane_) state = mix(state ^ one) + kOdd2;
  return state;
}

std::uint64_t checksum(const void* data, std::size_t size) noexcept {
  Checksum sum;
  sum.add(data, size);
  return sum.value();
}

}  // namespace aisle
