#include "aisle/catalog/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows them
constexpr const char* kCannotWrite = "the bundle cannot be written";

[[noreturn]] void refuse(const std::string& origin, const std::string& what, int code) {
  throw BundleError(origin + ": " + what + ": " + std::generic_category().message(code));
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  void open(const char* path, int flags) noexcept {
    number_ = ::open(path, flags | O_CLOEXEC, 0666);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  /// Closes now; some file systems report a full disk only here.
  [[nodiscard]] bool close() noexcept {
    const int number = number_;
    number_ = -1;
    return ::close(number) == 0;
  }

 private:
  int number_ = -1;
};

/// Removes the file at its end unless it was kept.
class Aside {
 public:
  Aside() = default;
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  ~Aside() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void take(std::string path) noexcept { path_ = std::move(path); }
  void keep() noexcept { path_.clear(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

void write_all(int file, std::span<const std::byte> bytes, const std::string& origin) {
  constexpr std::size_t kMost = std::size_t{1} << 30U;  // what one write() may take
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), std::min(bytes.size(), kMost));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) refuse(origin, kCannotWrite, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

/// A new file in the folder, under a name that nobody has.
void create_aside(const std::filesystem::path& folder, const std::string& origin, Descriptor& file,
                  Aside& aside) {
  static std::atomic<unsigned> counter{0};
  do {
    const std::string name =
        ".aisle-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
    const std::string path = (folder / name).string();
    file.open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL);
    if (file.get() >= 0) return aside.take(path);
  } while (errno == EEXIST);
  refuse(origin, kCannotWrite, errno);
}

void check_path(const std::string& path, const std::string& origin) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    throw BundleError("\"" + origin + "\" is no path of a file");
  }
}

/// The file that a path means, behind every link; what is there already must be a regular file.
std::filesystem::path target_of(const std::string& path, const std::string& origin) {
  std::error_code failed;
  std::filesystem::path target = std::filesystem::weakly_canonical(path, failed);
  for (int links = 0; links < kMostLinks && std::filesystem::is_symlink(target); ++links)
    target =
        target.parent_path() / std::filesystem::read_symlink(target, failed);  // to nothing yet
  if (failed) refuse(origin, kCannotWrite, failed.value());
  const auto found = std::filesystem::status(target, failed);
  if (!std::filesystem::exists(found) || std::filesystem::is_regular_file(found)) return target;
  throw BundleError(origin + ": a bundle is one file, this is " +
                    (std::filesystem::is_directory(found) ? "a folder" : "no regular file") +
                    "; give another path");
}

}  // namespace

MappedFile::MappedFile(const std::string& path, const std::string& origin) {
  check_path(path, origin);
  Descriptor file;
  file.open(path.c_str(), O_RDONLY | O_NONBLOCK);  // a pipe must not hold us up
  if (file.get() < 0 && errno == ENOENT) {
    throw BundleError(origin + ": there is no such file; check the path, or make the bundle first");
  }
  if (file.get() < 0) refuse(origin, "the bundle cannot be opened", errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) refuse(origin, "the bundle cannot be opened", errno);
  if (!S_ISREG(status.st_mode)) {
    throw BundleError(origin + ": a bundle is one file, this is " +
                      (S_ISDIR(status.st_mode) ? "a folder" : "no regular file"));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) throw BundleError(origin + ": no bundle of aisle: the file is empty");
  int flags = MAP_PRIVATE;
#ifdef MAP_POPULATE
  flags |= MAP_POPULATE;  // the checksum reads every page anyway
#endif
  void* const at = ::mmap(nullptr, size, PROT_READ, flags, file.get(), 0);
  if (at == MAP_FAILED) refuse(origin, "the bundle cannot be mapped", errno);
  bytes_ = {static_cast<const std::byte*>(at), size};
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

void write_aside(const std::string& path, const std::string& origin,
                 std::span<const std::span<const std::byte>> parts) {
  check_path(path, origin);
  const std::filesystem::path target = target_of(path, origin);
  const std::filesystem::path folder = target.parent_path();
  Descriptor file;
  Aside aside;
  create_aside(folder, origin, file, aside);
  for (const auto part : parts) write_all(file.get(), part, origin);
  if (::fsync(file.get()) != 0 || !file.close()) refuse(origin, kCannotWrite, errno);
  if (::rename(aside.path().c_str(), target.c_str()) != 0) refuse(origin, kCannotWrite, errno);
  aside.keep();
  Descriptor parent;
  parent.open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (parent.get() >= 0) ::fsync(parent.get());  // some file systems cannot; the rename stands
}

}  // namespace aisle::catalog
