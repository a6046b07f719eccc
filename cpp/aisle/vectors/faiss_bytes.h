#pragma once

/// FAISS's files to memory and back, and its thread count: shared by the faiss_* files.
///
/// Data path   [retrieve] bundle <-> faiss_ivf, faiss_hnsw
/// Threads     pure functions; OmpThreads changes the calling thread's setting only
/// Ownership   results are the caller's
/// Cost        one copy of the index

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aisle::vectors {

/// FAISS uses up to this many OpenMP threads on the calling thread while this object lives.
class OmpThreads {
 public:
  explicit OmpThreads(int count);
  ~OmpThreads();
  OmpThreads(const OmpThreads&) = delete;
  OmpThreads& operator=(const OmpThreads&) = delete;

 private:
  int before_;
};

[[nodiscard]] std::vector<std::uint8_t> write_faiss(const faiss::Index& index);

/// Reads what write_faiss() wrote. FAISS trusts the sizes in its files; this refuses those that
/// announce more than the bytes that are left, before FAISS allocates for them.
/// @throws BundleError
[[nodiscard]] std::unique_ptr<faiss::Index> read_faiss(std::span<const std::uint8_t> bytes);

}  // namespace aisle::vectors
