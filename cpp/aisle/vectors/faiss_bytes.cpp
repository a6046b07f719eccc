#include "aisle/vectors/faiss_bytes.h"

#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <omp.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::vectors {
namespace {

// A FAISS file is tags (four letters), single 64-bit words, and arrays behind their 64-bit length.
// This reader lets through the tags that write_faiss() writes, no index inside an index inside an
// index, and no length beyond the bytes that are left (or beyond FAISS's own dummy, 2^20).
class BoundedReader final : public faiss::IOReader {
 public:
  explicit BoundedReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t operator()(void* to, std::size_t size, std::size_t count) override {
    if (size == 0 || count == 0 || count > bytes_.size() / size || !is_sound(size, count)) return 0;
    std::memcpy(to, bytes_.data(), size * count);
    bytes_ = bytes_.subspan(size * count);
    return count;
  }

 private:
  bool is_sound(std::size_t size, std::size_t count) noexcept {
    if (size == 4 && count == 1) return is_known_tag();
    if (size == 8 && count == 1) return is_bounded_word();
    const bool is_sound = size != 8 || !lists_follow_ || are_bounded_lists(count);
    lists_follow_ = false;
    return is_sound;
  }

  // Numbers of 32 bits pass too: none of ours is large enough to spell a word.
  bool is_known_tag() noexcept {
    const std::string_view tag(reinterpret_cast<const char*>(bytes_.data()), 4);
    const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0; };
    if (!std::all_of(tag.begin(), tag.end(), is_letter)) return true;
    lists_follow_ = tag == "full" || tag == "sprs";
    is_sparse_ = tag == "sprs";
    if (lists_follow_) row_bytes_ = word_;  // read just before
    if (tag == "IwFl" || tag == "IHNf" || tag == "IxFI") return ++indexes_ <= 2;
    return lists_follow_ || tag == "ilar";
  }

  bool is_bounded_word() noexcept {
    word_ = word_at(0);
    return word_ <= std::max<std::uint64_t>(bytes_.size(), 1U << 20U);
  }

  // One size a list, or (list, size) pairs.
  [[nodiscard]] bool are_bounded_lists(std::size_t count) const noexcept {
    if (is_sparse_ && count % 2 != 0) return false;
    std::uint64_t total = 0;
    for (std::size_t i = is_sparse_ ? 1 : 0; i < count; i += is_sparse_ ? 2 : 1) {
      if (word_at(i) > bytes_.size()) return false;
      total += word_at(i);
    }
    return total <= bytes_.size() / (row_bytes_ + 8);
  }

  [[nodiscard]] std::uint64_t word_at(std::size_t place) const noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + 8 * place, sizeof value);
    return value;
  }

  std::span<const std::uint8_t> bytes_;
  std::uint64_t word_ = 0;
  std::uint64_t row_bytes_ = 0;
  int indexes_ = 0;
  bool lists_follow_ = false;
  bool is_sparse_ = false;
};

}  // namespace

OmpThreads::OmpThreads(int count) : before_(omp_get_max_threads()) { omp_set_num_threads(count); }
OmpThreads::~OmpThreads() { omp_set_num_threads(before_); }

std::vector<std::uint8_t> write_faiss(const faiss::Index& index) {
  faiss::VectorIOWriter writer;
  faiss::write_index(&index, &writer);
  return std::move(writer.data);
}

std::unique_ptr<faiss::Index> read_faiss(std::span<const std::uint8_t> bytes) {
  BoundedReader reader(bytes);
  try {
    return std::unique_ptr<faiss::Index>(faiss::read_index(&reader));
  } catch (const std::exception&) {  // FAISS's own text names its source lines, not our file
    throw BundleError("vector index: the FAISS file inside is damaged");
  }
}

}  // namespace aisle::vectors
