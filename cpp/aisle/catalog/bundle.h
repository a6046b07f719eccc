#pragma once

/// The artefact: one safetensors file of named arrays and a manifest, checked before it is used.
///
/// Data path   fit -> [bundle] -> engine
/// Threads     immutable once built or opened; everything may run together
/// Ownership   owns its arrays, or the memory map they lie in; spans live as long as the bundle
/// Cost        open() one pass of the checksum over the file (memory speed); find() a binary search

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aisle::catalog {

static_assert(std::endian::native == std::endian::little, "bundles are mapped as they lie");

enum class DType : std::uint8_t { i8, u8, u16, i32, u32, i64, u64, f32, f64 };

/// The name in the file: "U8", "F32", ...
[[nodiscard]] std::string_view name_of(DType dtype) noexcept;
[[nodiscard]] std::size_t size_of(DType dtype) noexcept;

template <class T>
[[nodiscard]] constexpr DType dtype_of() noexcept {
  constexpr std::size_t kSize = sizeof(T);
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
  if constexpr (std::is_floating_point_v<T>) {
    static_assert(kSize == 4 || kSize == 8);
    return kSize == 4 ? DType::f32 : DType::f64;
  } else if constexpr (std::is_signed_v<T>) {
    static_assert(kSize != 2, "a bundle has no 16-bit signed arrays");
    return kSize == 1 ? DType::i8 : kSize == 4 ? DType::i32 : DType::i64;
  } else {
    return kSize == 1 ? DType::u8 : kSize == 2 ? DType::u16 : kSize == 4 ? DType::u32 : DType::u64;
  }
}

struct Tensor {
  std::string name;
  DType dtype = DType::u8;
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> bytes;  ///< aligned for the dtype
};

class Bundle {
 public:
  static constexpr std::uint32_t kVersion = 1;     ///< The format this library writes.
  enum class Check : std::uint8_t { all, trust };  ///< `trust` skips the checksum (the fuzzer).

  /// Maps the file, read-only. Nobody may shorten it while it is open; save() never does.
  /// @throws BundleError naming the file and what is wrong with it.
  [[nodiscard]] static std::shared_ptr<const Bundle> open(const std::string& path);

  /// The same from memory, which is copied; `origin` stands for the path in messages.
  [[nodiscard]] static std::shared_ptr<const Bundle> parse(std::span<const std::byte> file,
                                                           const std::string& origin,
                                                           Check check = Check::all);

  /// Null where there is no such tensor.
  [[nodiscard]] const Tensor* find(std::string_view name) const noexcept;
  /// @throws BundleError that names the tensor and the bundle.
  [[nodiscard]] const Tensor& get(std::string_view name) const;

  /// The values of a tensor, in C order.
  /// @throws BundleError if it is not there or has another dtype.
  template <class T>
  [[nodiscard]] std::span<const T> array(std::string_view name) const {
    const Tensor& tensor = get(name);
    if (tensor.dtype != dtype_of<T>()) refuse_dtype(tensor, dtype_of<T>());
    return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
  }

  /// In order of their names.
  [[nodiscard]] std::span<const Tensor> tensors() const noexcept { return tensors_; }
  /// The caller's JSON text.
  [[nodiscard]] std::string_view manifest() const noexcept { return manifest_; }
  /// Where it was opened; empty for a bundle that was built.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Bytes of all arrays.
  [[nodiscard]] std::size_t nbytes() const noexcept;
  /// What to call it in a message: the path, made printable, or "the bundle in memory".
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }

 private:
  friend class BundleBuilder;
  Bundle() = default;
  void read(std::span<const std::byte> file, const std::string& origin, Check check);
  [[noreturn]] void refuse_dtype(const Tensor& tensor, DType wanted) const;

  std::vector<Tensor> tensors_;
  std::string manifest_ = "{}";
  std::string path_;
  std::string origin_ = "the bundle in memory";
  std::vector<std::shared_ptr<const void>> keep_;
};

/// Gathers arrays for a bundle in memory.
class BundleBuilder {
 public:
  /// @throws BundleError if it is not JSON, or nested deeper than anybody would.
  void set_manifest(std::string json);

  /// Takes the values over; an empty shape means one dimension.
  /// @throws BundleError for a name that is taken or reserved, or a shape that does not fit.
  template <class T>
  void add(std::string name, std::vector<T> values, std::vector<std::uint64_t> shape = {}) {
    if (shape.empty()) shape = {values.size()};
    auto owner = std::make_shared<const std::vector<T>>(std::move(values));
    const auto bytes = std::as_bytes(std::span<const T>(*owner));
    add({std::move(name), dtype_of<T>(), std::move(shape), bytes}, std::move(owner));
  }
  /// Copies the values.
  template <class T>
  void add(std::string name, std::span<const T> values, std::vector<std::uint64_t> shape = {}) {
    add(std::move(name), std::vector<T>(values.begin(), values.end()), std::move(shape));
  }
  /// Takes a tensor as it is; `owner` keeps its bytes alive.
  void add(Tensor tensor, std::shared_ptr<const void> owner);

  /// The bundle of all that was added; the builder is empty then.
  [[nodiscard]] std::shared_ptr<const Bundle> build();

 private:
  std::vector<Tensor> tensors_;
  std::string manifest_ = "{}";
  std::vector<std::shared_ptr<const void>> keep_;
};

/// Writes aside in the same folder, syncs, renames: `path` holds the old file or the whole new one.
/// @throws BundleError naming the path and what the system said.
void save(const Bundle& bundle, const std::string& path);

}  // namespace aisle::catalog
