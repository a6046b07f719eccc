#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"
#include "aisle/explore/bandit.h"

namespace aisle::explore {
namespace {

static_assert(std::endian::native == std::endian::little, "saved bandits are little-endian");

constexpr std::array<char, 8> kMagic{'a', 'i', 's', 'l', 'e', 'b', 'n', 'd'};
constexpr std::uint32_t kVersion = 1;
constexpr double kMostWeight = 1e15;  // a reward each nanosecond for eleven days

/// Then `arms` times: an ArmRecord and state_size() doubles; arms by rising id.
struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t policy;
  double epsilon;
  double temperature;
  double alpha;
  double prior_successes;
  double prior_failures;
  double prior_mean;
  double prior_deviation;
  double noise;
  double ridge;
  double half_life;
  std::uint64_t dim;
  std::uint64_t max_arms;
  std::uint64_t updates;
  std::uint64_t arms;
  std::uint64_t checksum;  // of the header up to here and of all that follows
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 136);

struct ArmRecord {
  std::uint64_t id;
  std::uint64_t updated;
  double weight;
  double reward;
};
static_assert(std::is_trivially_copyable_v<ArmRecord> && sizeof(ArmRecord) == 32);

using Bytes = std::span<const std::uint8_t>;

std::uint64_t checksum_of(const Header& header, Bytes payload) noexcept {
  return mix(checksum(&header, offsetof(Header, checksum))) ^
         checksum(payload.data(), payload.size());
}

void refuse_unless(bool holds, const std::string& what) {
  if (!holds) throw BundleError("saved bandit: " + what);
}

std::size_t record_size(const BanditOptions& options) {
  if (!takes_context(options.policy)) return sizeof(ArmRecord);
  const LinearModel linear(options.dim, options.ridge, options.half_life > 0.0);
  return sizeof(ArmRecord) + linear.state_size() * sizeof(double);
}

BanditOptions options_of(const Header& header) {
  const BanditOptions options{.policy = static_cast<Policy>(header.policy),
                              .epsilon = header.epsilon,
                              .temperature = header.temperature,
                              .alpha = header.alpha,
                              .prior_successes = header.prior_successes,
                              .prior_failures = header.prior_failures,
                              .prior_mean = header.prior_mean,
                              .prior_deviation = header.prior_deviation,
                              .noise = header.noise,
                              .ridge = header.ridge,
                              .dim = header.dim,
                              .half_life = header.half_life,
                              .max_arms = header.max_arms};
  try {
    options.validate();
  } catch (const ConfigError& error) {
    refuse_unless(false, error.what());
  }
  return options;
}

Header read_header(Bytes bytes) {
  Header header{};
  refuse_unless(bytes.size() >= sizeof header,
                "cut short, " + std::to_string(bytes.size()) + " bytes are no header");
  std::memcpy(&header, bytes.data(), sizeof header);
  refuse_unless(header.magic == kMagic, "these bytes are none");
  refuse_unless(header.version <= kVersion, "version " + std::to_string(header.version) +
                                                " is newer than this aisle reads (" +
                                                std::to_string(kVersion) + "); upgrade aisle");
  refuse_unless(header.policy < kPolicies, "policy " + std::to_string(header.policy));
  refuse_unless(header.checksum == checksum_of(header, bytes.subspan(sizeof header)),
                "checksum does not match");
  return header;
}

Arm read_arm(const ArmRecord& record, Bytes state) {
  Arm arm{.weight = record.weight, .reward = record.reward, .updated = record.updated, .state = {}};
  arm.state.resize(state.size() / sizeof(double));
  if (!state.empty()) std::memcpy(arm.state.data(), state.data(), state.size());
  bool is_sane = arm.weight >= 0.0 && arm.weight <= kMostWeight && std::isfinite(arm.reward);
  for (const double value : arm.state) is_sane = is_sane && std::isfinite(value);
  refuse_unless(is_sane, "arm " + std::to_string(record.id) + " has a number out of range");
  return arm;
}

}  // namespace

std::vector<std::uint8_t> Bandit::save() const {
  const auto arms = arms_.copy();
  Header header{.magic = kMagic,
                .version = kVersion,
                .policy = static_cast<std::uint32_t>(options_.policy),
                .epsilon = options_.epsilon,
                .temperature = options_.temperature,
                .alpha = options_.alpha,
                .prior_successes = options_.prior_successes,
                .prior_failures = options_.prior_failures,
                .prior_mean = options_.prior_mean,
                .prior_deviation = options_.prior_deviation,
                .noise = options_.noise,
                .ridge = options_.ridge,
                .half_life = options_.half_life,
                .dim = options_.dim,
                .max_arms = options_.max_arms,
                .updates = updates(),
                .arms = arms.size(),
                .checksum = 0};
  const std::size_t size = record_size(options_);
  std::vector<std::uint8_t> bytes(sizeof header + arms.size() * size);
  std::uint8_t* at = bytes.data() + sizeof header;
  for (const auto& [id, arm] : arms) {
    const ArmRecord record{.id = static_cast<std::uint64_t>(id),
                           .updated = arm.updated,
                           .weight = arm.weight,
                           .reward = arm.reward};
    std::memcpy(at, &record, sizeof record);
    const std::size_t state = arm.state.size() * sizeof(double);
    if (state > 0) std::memcpy(at + sizeof record, arm.state.data(), state);
    at += size;
  }
  header.checksum = checksum_of(header, Bytes(bytes).subspan(sizeof header));
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::unique_ptr<Bandit> Bandit::restore(std::span<const std::uint8_t> bytes) {
  const Header header = read_header(bytes);
  const BanditOptions options = options_of(header);
  const std::size_t size = record_size(options);
  const Bytes payload = bytes.subspan(sizeof header);
  refuse_unless(header.arms <= options.max_arms && payload.size() % size == 0 &&
                    payload.size() / size == header.arms,
                "the header announces " + std::to_string(header.arms) + " arms, the bytes have " +
                    std::to_string(payload.size() / size));
  auto bandit = std::make_unique<Bandit>(options);
  for (std::size_t i = 0; i < header.arms; ++i) {
    ArmRecord record{};
    std::memcpy(&record, payload.data() + i * size, sizeof record);
    const Bytes state = payload.subspan(i * size + sizeof record, size - sizeof record);
    Arm arm = read_arm(record, state);
    bandit->arms_.change_or_make(ArmId{record.id}, header.updates,
                                 [&](Arm& known) { known = std::move(arm); });
  }
  bandit->updates_.store(header.updates, std::memory_order_relaxed);
  return bandit;
}

}  // namespace aisle::explore
