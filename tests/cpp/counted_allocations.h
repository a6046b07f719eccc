#pragma once

/// Counts what this thread allocates. It replaces operator new, so that one file of a test binary
/// includes it, and not under a sanitizer, which brings its own.
///
/// Data path   tests of what a warm workspace allocates
/// Threads     a count each
/// Ownership   none
/// Cost        one addition for each allocation

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

// Not inlined: GCC would see malloc() meet delete and free() meet new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
