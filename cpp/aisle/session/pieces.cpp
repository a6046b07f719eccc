#include "aisle/session/pieces.h"

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <utility>

namespace aisle::session {

void* PiecePool::take() {
  const std::scoped_lock lock(mutex_);
  if (free_.empty()) cut();
  void* const piece = free_.back();
  free_.pop_back();
  return piece;
}

void PiecePool::give_back(void* piece) {
  const std::scoped_lock lock(mutex_);
  free_.push_back(piece);
}

void PiecePool::cut() {
  std::unique_ptr<void, Free> block(std::aligned_alloc(kBlock, kBlock));
  if (!block) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  // Only advice: where the system has no huge pages to give, it is ordinary memory.
  static_cast<void>(::madvise(block.get(), kBlock, MADV_HUGEPAGE));
#endif
  auto* const first = static_cast<std::byte*>(block.get());
  blocks_.push_back(std::move(block));
  for (std::size_t at = kBlock; at > 0; at -= kPiece) free_.push_back(first + at - kPiece);
}

}  // namespace aisle::session
