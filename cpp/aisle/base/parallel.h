#pragma once

/// The same work for many rows, on a few threads.
///
/// Data path   models
/// Threads     starts the threads it is given and joins them; one state each
/// Ownership   borrows the work; each thread owns its state
/// Cost        one atomic addition for each run of rows

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace aisle {

/// Runs work(i, state) for every i below n, `state` being the thread's own. Threads take small runs
/// of i from a counter, so one slow row does not leave the others waiting; the first exception
/// comes back to the caller.
template <class State, class Work>
void for_each_row(std::size_t n, std::size_t threads, const Work& work) {
  constexpr std::size_t kRun = 64;
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto loop = [&] {
    try {
      State state;
      for (std::size_t from = next.fetch_add(kRun); from < n; from = next.fetch_add(kRun)) {
        for (std::size_t i = from; i < std::min(n, from + kRun); ++i) work(i, state);
      }
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < threads; ++t) others.emplace_back(loop);
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace aisle
