#pragma once

/// A fast, well mixed 64-bit hash of bytes, and the checksum of bundles.
///
/// Data path   base
/// Threads     pure functions
/// Ownership   borrows for the call
/// Cost        a few ns for an id; about 10 bytes a cycle for a file

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aisle {

/// splitmix64's finaliser: spreads every bit of an integer over the word.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

/// Hash of an id. Not stable between versions: never store it.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0) noexcept;

/// For maps of texts that are asked with a view.
struct TextHash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
  std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text); }
};

/// Checksum of a block of memory, stable for ever: it is written into bundles.
///
/// Eight independent lanes of multiply-and-add, so it runs at memory speed; any single flipped bit
/// changes it (each step is a bijection of its lane), random damage passes with probability 2^-64.
[[nodiscard]] std::uint64_t checksum(const void* data, std::size_t size) noexcept;

/// The same checksum of bytes that come in pieces: however they are cut, the value is that of
/// checksum() over all of them.
class Checksum {
 public:
  static constexpr std::size_t kLanes = 8;

  Checksum() noexcept;
  void add(const void* data, std::size_t size) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

 private:
  std::array<std::uint64_t, kLanes> lane_;
  std::array<char, 8 * kLanes> rest_;  // the begin of a block
  std::size_t rest_size_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace aisle
