#pragma once

/// Memory for all shards of a store, in pieces of 16 KB cut from huge pages.
///
/// Data path   session, inside the store only
/// Threads     take() and give_back() may be called by any number of threads; one lock
/// Ownership   owns every piece; they live as long as the pool
/// Cost        a few ns; one call in 128 asks the system for 2 MB, which is all that can lie unused
///
/// With pages of 4 KB most events would wait twice: for the page table's entry and for the data.

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace aisle::session {

class PiecePool {
 public:
  static constexpr std::size_t kPiece = std::size_t{1} << 14U;
  static constexpr std::size_t kBlock = std::size_t{1} << 21U;

  /// Aligned to its size. What it holds is of no use, but nothing of a visitor.
  [[nodiscard]] void* take();
  /// The caller has wiped it.
  void give_back(void* piece);

 private:
  struct Free {
    void operator()(void* block) const noexcept { std::free(block); }  // NOLINT: of aligned_alloc
  };
  void cut();

  std::mutex mutex_;
  std::vector<std::unique_ptr<void, Free>> blocks_;
  std::vector<void*> free_;
};

}  // namespace aisle::session
