#include "aisle/journal/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "aisle/base/error.h"

namespace aisle::journal {

FileLock::FileLock(const std::string& path) {
  const std::string name = path + ".lock";
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) {
    throw StateError(path + ": " + std::strerror(errno) +
                     "; the file and its folder must be there and writable");
  }
  // One that is just closing lets go within moments.
  for (int tries = 0; ::flock(file_, LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (tries == 20) {
      ::close(file_);
      throw StateError(path +
                       ": another engine has this state open; close it, or give each its own");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

FileLock::~FileLock() { ::close(file_); }

}  // namespace aisle::journal
