#include "aisle/catalog/bundle.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"
#include "aisle/catalog/bundle_header.h"
#include "aisle/catalog/file.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

constexpr std::size_t kAlignment = 64;

/// Bytes of an array of that shape, or nothing where that overflows.
std::optional<std::uint64_t> bytes_of(DType dtype, std::span<const std::uint64_t> shape) {
  std::uint64_t bytes = size_of(dtype);
  if (std::ranges::find(shape, std::uint64_t{0}) != shape.end()) return 0;
  for (const std::uint64_t side : shape) {
    if (bytes > std::numeric_limits<std::uint64_t>::max() / side) return std::nullopt;
    bytes *= side;
  }
  return bytes;
}

std::string describe(DType dtype, std::span<const std::uint64_t> shape) {
  std::string text = std::string(name_of(dtype)) + " [";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

std::string hex(std::uint64_t value) {
  std::string text(BundleHeader::kChecksumDigits, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4U) {
    *digit = "0123456789abcdef"[value & 0xfU];
  }
  return text;
}

/// The length of the header, after the first checks of the file.
std::size_t header_size(std::span<const std::byte> file, const std::string& origin) {
  if (file.size() < 10) {
    throw BundleError(origin + ": no bundle of aisle: it is " + std::to_string(file.size()) +
                      " bytes long, too short for a header");
  }
  std::uint64_t size = 0;
  std::memcpy(&size, file.data(), sizeof size);
  if (file[8] != std::byte{'{'} || size < 2) {
    throw BundleError(origin + ": no bundle of aisle: it does not begin as a safetensors file");
  }
  if (size > BundleHeader::kMaxBytes) {
    throw BundleError(origin + ": the header is said to be " + std::to_string(size) +
                      " bytes long; at most " + std::to_string(BundleHeader::kMaxBytes) +
                      " are supported");
  }
  if (size > file.size() - 8) {
    throw BundleError(origin + ": the file is cut: its header ends at byte " +
                      std::to_string(size + 8) + ", the file at " + std::to_string(file.size()));
  }
  return static_cast<std::size_t>(size);
}

/// The checksum over 8 bytes of length, the header with '0' for its digits, and the data.
class FileChecksum {
 public:
  FileChecksum(std::string_view header, std::size_t digits_at) {
    const std::uint64_t size = header.size();
    const std::string zeros(BundleHeader::kChecksumDigits, '0');
    sum_.add(&size, sizeof size);
    sum_.add(header.data(), digits_at);
    sum_.add(zeros.data(), zeros.size());
    const std::string_view rest = header.substr(digits_at + zeros.size());
    sum_.add(rest.data(), rest.size());
  }
  void add(std::span<const std::byte> bytes) noexcept { sum_.add(bytes.data(), bytes.size()); }
  [[nodiscard]] std::string text() const { return hex(sum_.value()); }

 private:
  Checksum sum_;
};

void check_sum(std::string_view header, std::span<const std::byte> data, const std::string& said,
               const std::string& origin) {
  const std::size_t at = find_checksum(header);
  if (at == std::string_view::npos || header.substr(at, said.size()) != said) {
    throw BundleError(origin + ": the metadata has no checksum of 16 hexadecimal digits");
  }
  FileChecksum sum(header, at);
  sum.add(data);
  if (sum.text() != said) {
    throw BundleError(origin + ": the file is damaged: its checksum says " + said +
                      ", its bytes give " + sum.text() + "; copy or save it again");
  }
}

/// What is wrong with a tensor that must begin at `at`; nothing if all is well.
std::string fault_of(const TensorEntry& entry, std::uint64_t at, std::size_t data_begin,
                     std::size_t data_size) {
  const std::string range = std::to_string(entry.begin) + " to " + std::to_string(entry.end);
  if (entry.begin != at || entry.end < entry.begin || entry.end > data_size) {
    return "has bytes " + range + ", but it must begin at " + std::to_string(at) +
           " and the data has " + std::to_string(data_size);
  }
  if (bytes_of(entry.dtype, entry.shape) != entry.end - entry.begin) {
    return "is " + describe(entry.dtype, entry.shape) + ", which does not fit its bytes " + range;
  }
  if ((data_begin + entry.begin) % size_of(entry.dtype) != 0) {
    return "begins at byte " + std::to_string(data_begin + entry.begin) +
           ", which is not aligned for " + std::string(name_of(entry.dtype));
  }
  return {};
}

/// Tensors must tile the data: sorted by begin, each begins where the one before it ends.
void check_ranges(std::vector<TensorEntry>& entries, std::size_t data_begin, std::size_t data_size,
                  const std::string& origin) {
  std::ranges::sort(entries, {}, [](const TensorEntry& e) { return std::pair(e.begin, e.end); });
  std::uint64_t at = 0;
  for (const TensorEntry& entry : entries) {
    if (const std::string fault = fault_of(entry, at, data_begin, data_size); !fault.empty()) {
      throw BundleError(std::string(origin).append(": tensor \"").append(printable(entry.name)) +
                        "\" " + fault);
    }
    at = entry.end;
  }
  if (at != data_size) {
    throw BundleError(origin + ": the tensors end at byte " + std::to_string(at) + " of " +
                      std::to_string(data_size) + " bytes of data");
  }
}

bool is_padding(std::string_view name) { return name.starts_with(BundleHeader::kPadding); }

}  // namespace

std::string_view name_of(DType dtype) noexcept {
  constexpr std::string_view kNames[] = {"I8",  "U8",  "U16", "I32", "U32",
                                         "I64", "U64", "F32", "F64"};
  return kNames[static_cast<std::size_t>(dtype)];
}

std::size_t size_of(DType dtype) noexcept {
  constexpr std::size_t kSizes[] = {1, 1, 2, 4, 4, 8, 8, 4, 8};
  return kSizes[static_cast<std::size_t>(dtype)];
}

std::shared_ptr<const Bundle> Bundle::open(const std::string& path) {
  const std::string origin = printable(path, std::string::npos);
  auto file = std::make_shared<const MappedFile>(path, origin);
  const std::shared_ptr<Bundle> bundle(new Bundle);
  bundle->path_ = path;
  bundle->read(file->bytes(), origin, Check::all);
  bundle->keep_.push_back(std::move(file));
  return bundle;
}

std::shared_ptr<const Bundle> Bundle::parse(std::span<const std::byte> file,
                                            const std::string& origin, Check check) {
  struct alignas(kAlignment) Block {
    std::byte bytes[kAlignment];
  };
  auto copy = std::make_shared<std::vector<Block>>(file.size() / kAlignment + 1);
  if (!file.empty()) std::memcpy(copy->data(), file.data(), file.size());
  const std::shared_ptr<Bundle> bundle(new Bundle);
  bundle->read({copy->data()->bytes, file.size()}, origin, check);
  bundle->keep_.push_back(std::move(copy));
  return bundle;
}

void Bundle::read(std::span<const std::byte> file, const std::string& origin, Check check) {
  const std::size_t size = header_size(file, origin);
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, size);
  BundleHeader header = read_header(text, origin);
  const auto data = file.subspan(8 + size);
  check_ranges(header.tensors, 8 + size, data.size(), origin);
  if (check == Check::all) check_sum(text, data, header.checksum, origin);
  for (TensorEntry& entry : header.tensors) {
    if (is_padding(entry.name)) continue;
    const auto bytes = data.subspan(static_cast<std::size_t>(entry.begin),
                                    static_cast<std::size_t>(entry.end - entry.begin));
    tensors_.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape), bytes});
  }
  std::ranges::sort(tensors_, {}, &Tensor::name);
  const auto twice = std::ranges::adjacent_find(tensors_, {}, &Tensor::name);
  if (twice != tensors_.end()) {
    throw BundleError(origin + ": tensor \"" + printable(twice->name) + "\" is there twice");
  }
  manifest_ = std::move(header.manifest);
  origin_ = origin;
}

const Tensor* Bundle::find(std::string_view name) const noexcept {
  const auto found = std::ranges::lower_bound(tensors_, name, {}, &Tensor::name);
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

const Tensor& Bundle::get(std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  throw BundleError(origin() + ": there is no tensor \"" + printable(name) + "\" among its " +
                    std::to_string(tensors_.size()));
}

std::size_t Bundle::nbytes() const noexcept {
  return std::accumulate(tensors_.begin(), tensors_.end(), std::size_t{0},
                         [](std::size_t sum, const Tensor& t) { return sum + t.bytes.size(); });
}

void Bundle::refuse_dtype(const Tensor& tensor, DType wanted) const {
  throw BundleError(origin() + ": tensor \"" + printable(tensor.name) + "\" is " +
                    describe(tensor.dtype, tensor.shape) + ", wanted is " +
                    std::string(name_of(wanted)));
}

void BundleBuilder::set_manifest(std::string json) {
  check_manifest(json, "the new bundle");
  manifest_ = std::move(json);
}

void BundleBuilder::add(Tensor tensor, std::shared_ptr<const void> owner) {
  const std::string where = "the new bundle: tensor \"" + printable(tensor.name) + "\" ";
  if (tensor.name.empty() || tensor.name == "__metadata__" || is_padding(tensor.name)) {
    throw BundleError(where + "has a name that the format keeps for itself");
  }
  if (!is_utf8(tensor.name)) throw BundleError(where + "has a name that is not UTF-8");
  if (std::ranges::find(tensors_, tensor.name, &Tensor::name) != tensors_.end()) {
    throw BundleError(where + "is there twice");
  }
  if (tensor.shape.size() > BundleHeader::kMaxDimensions ||
      bytes_of(tensor.dtype, tensor.shape) != tensor.bytes.size()) {
    throw BundleError(where + "is " + describe(tensor.dtype, tensor.shape) +
                      ", which does not fit its " + std::to_string(tensor.bytes.size()) + " bytes");
  }
  tensors_.push_back(std::move(tensor));
  keep_.push_back(std::move(owner));
}

std::shared_ptr<const Bundle> BundleBuilder::build() {
  const std::shared_ptr<Bundle> bundle(new Bundle);
  bundle->tensors_ = std::exchange(tensors_, {});
  bundle->keep_ = std::exchange(keep_, {});
  bundle->manifest_ = std::exchange(manifest_, "{}");
  std::ranges::sort(bundle->tensors_, {}, &Tensor::name);
  return bundle;
}

void save(const Bundle& bundle, const std::string& path) {
  static constexpr std::byte kZeros[kAlignment] = {};
  BundleHeader header;
  header.manifest = bundle.manifest();
  std::vector<std::span<const std::byte>> parts;
  std::uint64_t at = 0;
  const auto put = [&](std::string name, DType dtype, std::vector<std::uint64_t> shape,
                       std::span<const std::byte> bytes) {
    header.tensors.push_back({std::move(name), dtype, std::move(shape), at, at + bytes.size()});
    at += bytes.size();
    parts.push_back(bytes);
  };
  for (const Tensor& tensor : bundle.tensors()) {
    if (const std::size_t gap = (kAlignment - at % kAlignment) % kAlignment; gap != 0) {
      put(std::string(BundleHeader::kPadding) + std::to_string(header.tensors.size()), DType::u8,
          {gap}, std::span(kZeros).first(gap));
    }
    put(tensor.name, tensor.dtype, tensor.shape, tensor.bytes);
  }
  std::string text = write_header(header);
  const std::size_t digits_at = find_checksum(text);
  FileChecksum sum(text, digits_at);
  for (const auto part : parts) sum.add(part);
  text.replace(digits_at, BundleHeader::kChecksumDigits, sum.text());
  const std::uint64_t size = text.size();
  parts.insert(parts.begin(), {std::as_bytes(std::span(&size, 1)), std::as_bytes(std::span(text))});
  write_aside(path, printable(path, std::string::npos), parts);
}

}  // namespace aisle::catalog
