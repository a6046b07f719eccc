#pragma once

/// The JSON header of a bundle's file; the only place that knows a JSON library.
///
/// Data path   catalog/bundle
/// Threads     pure functions
/// Ownership   values
/// Cost        one pass over the header; refuses at the first thing that does not belong there

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/catalog/bundle.h"

namespace aisle::catalog {

/// What the header says of one tensor; begin and end count from the begin of the data.
struct TensorEntry {
  std::string name;
  DType dtype = DType::u8;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct BundleHeader {
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;
  static constexpr std::size_t kMaxDimensions = 8;
  static constexpr std::size_t kChecksumDigits = 16;
  static constexpr std::string_view kPadding = "__pad";  ///< Tensors named so only align others.

  std::string manifest = "{}";
  std::string checksum = std::string(kChecksumDigits, '0');
  std::vector<TensorEntry> tensors;
};

/// @throws BundleError that begins with `origin`. Shapes and ranges are well-formed numbers; how
/// they fit together and to the file is for the caller to check.
[[nodiscard]] BundleHeader read_header(std::string_view json, const std::string& origin);

/// The header, filled up with spaces so that data behind 8 bytes and it begins at 64.
/// @throws BundleError if a name is not UTF-8 or the header becomes too long.
[[nodiscard]] std::string write_header(const BundleHeader& header);

/// Where the digits of the checksum lie, or npos unless they lie at exactly one place.
[[nodiscard]] std::size_t find_checksum(std::string_view json) noexcept;

/// @throws BundleError unless the text is JSON of a sane depth.
void check_manifest(std::string_view json, const std::string& origin);

}  // namespace aisle::catalog
