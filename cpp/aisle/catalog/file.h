#pragma once

/// Files as the house treats them: read by memory map, written aside and renamed.
///
/// Data path   catalog/bundle
/// Threads     a map is immutable; two writers of one path: the last to rename wins, both whole
/// Ownership   a MappedFile owns its map
/// Cost        pages come as they are touched; writing syncs the file and its folder

#include <cstddef>
#include <span>
#include <string>

namespace aisle::catalog {

class MappedFile {
 public:
  /// @throws BundleError naming `origin` and what the system said.
  MappedFile(const std::string& path, const std::string& origin);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// Writes the parts, one behind the other, to a new file beside `path`, then renames it to `path`.
/// Whatever goes wrong, `path` is as it was and the new file is gone.
/// @throws BundleError naming `origin` and what the system said.
void write_aside(const std::string& path, const std::string& origin,
                 std::span<const std::span<const std::byte>> parts);

}  // namespace aisle::catalog
