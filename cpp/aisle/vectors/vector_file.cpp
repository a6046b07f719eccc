#include "aisle/vectors/vector_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::vectors {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

constexpr std::array<char, 8> kMagic{'a', 'i', 's', 'l', 'e', 'v', 'e', 'c'};
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kReachVersion = 2;  // the first that has a Reach behind the header

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t kind;
  std::uint64_t dim;
  std::uint64_t size;
  std::uint64_t item_end;
  std::uint64_t normalize;
  std::uint64_t side_rows;
  std::uint64_t base;
  double growth;
  double recall;
  double target_recall;
  std::uint64_t payload_bytes;
  std::uint64_t checksum;  // of the header up to here and of the payload
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 104);

// The first bytes of the payload.
struct Reach {
  double reach;
  double far_reach;
};
static_assert(std::is_trivially_copyable_v<Reach> && sizeof(Reach) == 16);

std::uint64_t checksum_of(const Header& header, std::span<const std::uint8_t> payload) noexcept {
  return mix(checksum(&header, offsetof(Header, checksum))) ^
         checksum(payload.data(), payload.size());
}

void refuse_unless(bool holds, const std::string& what) {
  if (!holds) throw BundleError("vector index: " + what);
}

bool is_share(double value) noexcept { return value >= 0.0 && value <= 1.0; }
bool is_reach(double value) noexcept { return value >= 0.0 && value <= 1e6; }

Reach take_reach(std::span<const std::uint8_t>& payload) {
  Reach reach{};
  refuse_unless(payload.size() >= sizeof reach, "the payload is cut short");
  std::memcpy(&reach, payload.data(), sizeof reach);
  refuse_unless(is_reach(reach.reach) && is_reach(reach.far_reach), "a reach is out of range");
  payload = payload.subspan(sizeof reach);
  return reach;
}

}  // namespace

std::vector<std::uint8_t> write_vector_file(const VectorFile& file) {
  const Reach reach{.reach = file.effort.reach, .far_reach = file.effort.far_reach};
  std::vector<std::uint8_t> bytes(sizeof(Header) + sizeof reach + file.payload.size());
  const auto payload = std::span(bytes).subspan(sizeof(Header));
  std::memcpy(payload.data(), &reach, sizeof reach);
  std::copy(file.payload.begin(), file.payload.end(), payload.begin() + sizeof reach);
  Header header{.magic = kMagic,
                .version = kVersion,
                .kind = static_cast<std::uint32_t>(file.options.kind),
                .dim = file.options.dim,
                .size = file.size,
                .item_end = file.item_end,
                .normalize = file.options.normalize ? 1U : 0U,
                .side_rows = file.options.side_rows,
                .base = file.effort.base,
                .growth = file.effort.growth,
                .recall = file.effort.recall,
                .target_recall = file.options.target_recall,
                .payload_bytes = payload.size(),
                .checksum = 0};
  header.checksum = checksum_of(header, payload);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

VectorFile read_vector_file(std::span<const std::uint8_t> bytes) {
  Header header{};
  refuse_unless(bytes.size() >= sizeof header,
                "cut short, " + std::to_string(bytes.size()) + " bytes are no header");
  std::memcpy(&header, bytes.data(), sizeof header);
  auto payload = bytes.subspan(sizeof header);
  refuse_unless(header.magic == kMagic, "these bytes are none");
  refuse_unless(header.version <= kVersion, "version " + std::to_string(header.version) +
                                                " is newer than this aisle reads (" +
                                                std::to_string(kVersion) + "); upgrade aisle");
  refuse_unless(header.payload_bytes == payload.size(),
                "the header announces " + std::to_string(header.payload_bytes) +
                    " bytes, the file has " + std::to_string(payload.size()));
  refuse_unless(header.checksum == checksum_of(header, payload), "checksum does not match");
  refuse_unless(header.kind >= 1 && header.kind <= 3, "kind " + std::to_string(header.kind));
  refuse_unless(std::isfinite(header.growth) && header.growth >= 0.0 && header.growth <= 4.0 &&
                    is_share(header.recall) && header.normalize <= 1 &&
                    header.item_end <= VectorIndex::kItemLimit,
                "a field of the header is out of range");
  const Reach reach = header.version >= kReachVersion ? take_reach(payload) : Reach{};
  VectorFile file{
      .options = {},
      .effort = {header.base, header.growth, header.recall, reach.reach, reach.far_reach},
      .size = header.size,
      .item_end = header.item_end,
      .payload = payload};
  file.options.dim = header.dim;
  file.options.kind = static_cast<VectorKind>(header.kind);
  file.options.normalize = header.normalize == 1;
  file.options.side_rows = header.side_rows;
  file.options.target_recall = header.target_recall;
  try {
    file.options.validate();
  } catch (const ConfigError& error) {
    throw BundleError(std::string("vector index: ") + error.what());
  }
  return file;
}

}  // namespace aisle::vectors
