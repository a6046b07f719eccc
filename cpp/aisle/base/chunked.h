#pragma once

/// An array that grows while others read it: cells never move.
///
/// Data path   tables of the catalogue and of what learns online
/// Threads     at() and find() may run together on any number of threads; T must be atomic, or its
///             users lock
/// Ownership   owns its chunks
/// Cost        two loads; a new chunk of 2^kBits cells now and then

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace aisle {

template <class T, std::size_t kBits = 12, std::size_t kMost = std::size_t{1} << 14U>
class Chunked {
 public:
  static constexpr std::size_t kChunk = std::size_t{1} << kBits;
  static constexpr std::size_t kMaxChunks = kMost;

  Chunked() : chunks_(std::make_unique<std::atomic<T*>[]>(kMaxChunks)) {}
  Chunked(const Chunked&) = delete;
  Chunked& operator=(const Chunked&) = delete;
  ~Chunked() {
    for (std::size_t i = 0; i < kMaxChunks; ++i) {
      const std::unique_ptr<T[]> chunk(chunks_[i].load(std::memory_order_relaxed));
    }
  }

  /// The cell, made (value-initialised) where it is not there yet.
  T& at(std::size_t i) {
    const std::size_t c = i >> kBits;
    if (c >= kMaxChunks) throw std::length_error("more items than the core can number");
    T* chunk = chunks_[c].load(std::memory_order_acquire);
    if (chunk == nullptr) {
      const std::scoped_lock lock(growing_);
      chunk = chunks_[c].load(std::memory_order_relaxed);
      if (chunk == nullptr) {
        chunk = std::make_unique<T[]>(kChunk).release();
        chunks_[c].store(chunk, std::memory_order_release);
        count_.fetch_add(1, std::memory_order_relaxed);
      }
    }
    return chunk[i & (kChunk - 1)];
  }

  /// The cell, or null where nothing near it was ever made.
  [[nodiscard]] const T* find(std::size_t i) const noexcept {
    const std::size_t c = i >> kBits;
    if (c >= kMaxChunks) return nullptr;
    const T* chunk = chunks_[c].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : chunk + (i & (kChunk - 1));
  }

  [[gnu::always_inline]] void prefetch(std::size_t i) const noexcept {
    if (const T* const cell = find(i)) __builtin_prefetch(cell);
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return kMaxChunks * sizeof(T*) + count_.load(std::memory_order_relaxed) * kChunk * sizeof(T);
  }

 private:
  std::unique_ptr<std::atomic<T*>[]> chunks_;
  std::atomic<std::size_t> count_{0};
  std::mutex growing_;
};

}  // namespace aisle
