#pragma once

/// One engine a state: an advisory lock on a file beside it.
///
/// Data path   none
/// Threads     any
/// Ownership   owns the lock; the system takes it back with the process
/// Cost        waits up to a second for one that is just closing

#include <string>

namespace aisle::journal {

/// Nobody else opens the state while this lives: an advisory lock, gone with the process.
class FileLock {
 public:
  /// @throws StateError where another process holds it.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace aisle::journal
