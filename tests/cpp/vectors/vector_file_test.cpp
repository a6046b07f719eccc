#include "aisle/vectors/vector_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

// FAISS's reader forgets what it has made when it throws; it throws for forged files only.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:faiss::read_\n"; }

namespace aisle::vectors {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kHeaderBytes = 104;
constexpr std::size_t kReachBytes = 16;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kPayloadSizeAt = 88;
constexpr std::size_t kChecksumAt = 96;

Bytes saved(VectorKind kind) {
  std::mt19937_64 rng(2);
  std::normal_distribution<float> normal;
  std::vector<ItemId> ids;
  std::vector<float> rows;
  for (std::uint32_t i = 0; i < 120; ++i) {
    ids.push_back(ItemId{i});
    for (int j = 0; j < 4; ++j) rows.push_back(normal(rng));
  }
  return VectorIndex({.dim = 4, .kind = kind, .build_threads = 1}, ids, rows).serialize();
}

/// The header of `bytes` around another payload, with a checksum that fits.
Bytes rewrapped(const Bytes& bytes, const Bytes& payload) {
  VectorFile file = read_vector_file(bytes);
  file.payload = payload;
  return write_vector_file(file);
}

/// The header's sizes and checksum for whatever now follows it.
void seal(Bytes& bytes) {
  const std::uint64_t payload = bytes.size() - kHeaderBytes;
  std::memcpy(bytes.data() + kPayloadSizeAt, &payload, sizeof payload);
  const std::uint64_t sum =
      mix(checksum(bytes.data(), kChecksumAt)) ^ checksum(bytes.data() + kHeaderBytes, payload);
  std::memcpy(bytes.data() + kChecksumAt, &sum, sizeof sum);
}

/// As version 1 wrote it: nothing between the header and the backend's bytes.
Bytes as_version_1(Bytes bytes) {
  bytes[kVersionAt] = 1;
  bytes.erase(bytes.begin() + kHeaderBytes, bytes.begin() + kHeaderBytes + kReachBytes);
  seal(bytes);
  return bytes;
}

class EveryFile : public ::testing::TestWithParam<VectorKind> {
 protected:
  const Bytes bytes_ = saved(GetParam());
};

TEST_P(EveryFile, EveryFlippedByteIsFound) {
  for (std::size_t at = 0; at < bytes_.size(); ++at) {
    Bytes damaged = bytes_;
    damaged[at] ^= static_cast<std::uint8_t>(1U << at % 8);
    EXPECT_THROW((void)VectorIndex::deserialize(damaged), BundleError) << at;
  }
}

TEST_P(EveryFile, EveryCutIsFound) {
  for (std::size_t size = 0; size < bytes_.size(); size += 1 + size / 50) {
    EXPECT_THROW((void)VectorIndex::deserialize(std::span(bytes_).first(size)), BundleError);
  }
}

TEST_P(EveryFile, ForgedPayloadsWithARightChecksumNeverCrash) {
  const Bytes payload(bytes_.begin() + kHeaderBytes + kReachBytes, bytes_.end());
  std::mt19937_64 rng(4);
  std::vector<Candidate> out(20);
  VectorWorkspace work;
  const std::vector<float> query{1, 2, 3, 4};
  for (int trial = 0; trial < 4000; ++trial) {
    Bytes forged = payload;
    const std::size_t at = rng() % forged.size();
    if (trial % 3 == 0) {
      forged[at] = static_cast<std::uint8_t>(rng());
    } else if (trial % 3 == 1) {
      const std::uint64_t word = rng() >> rng() % 64;
      std::memcpy(forged.data() + at, &word, std::min(sizeof word, forged.size() - at));
    } else {
      forged.resize(at);
    }
    try {
      const auto index = VectorIndex::deserialize(rewrapped(bytes_, forged));
      EXPECT_LE(index->search(query, 20, nullptr, work, out), 20U);
    } catch (const BundleError&) {  // as it should be, where the damage shows
    }
  }
}

TEST_P(EveryFile, Version1OpensAndVisitsTheCellsItWasTunedFor) {
  const auto old = VectorIndex::deserialize(as_version_1(bytes_));
  const auto now = VectorIndex::deserialize(bytes_);
  EXPECT_EQ(old->effort(), now->effort());
  EXPECT_EQ(old->size(), 120U);
  VectorWorkspace work;
  std::vector<Candidate> out(120);
  EXPECT_EQ(old->search(std::vector<float>{1, 2, 3, 4}, 120, nullptr, work, out), 120U);
  const Bytes again = old->serialize();
  EXPECT_EQ(read_vector_file(again).effort.reach, 0.0);
  EXPECT_EQ(again.size(), bytes_.size());
}

TEST_P(EveryFile, ForgedReachIsRefused) {
  for (const double forged : {-1.0, 1e9, static_cast<double>(NAN)}) {
    for (const std::size_t at : {std::size_t{0}, sizeof forged}) {
      Bytes bytes = bytes_;
      std::memcpy(bytes.data() + kHeaderBytes + at, &forged, sizeof forged);
      seal(bytes);
      EXPECT_THROW((void)VectorIndex::deserialize(bytes), BundleError) << forged;
    }
  }
  Bytes cut(bytes_.begin(), bytes_.begin() + kHeaderBytes + kReachBytes - 1);
  seal(cut);
  EXPECT_THROW((void)VectorIndex::deserialize(cut), BundleError);
}

INSTANTIATE_TEST_SUITE_P(Vectors, EveryFile,
                         ::testing::Values(VectorKind::exact, VectorKind::ivf, VectorKind::hnsw),
                         [](const auto& kind) {
                           return std::string(kind.param == VectorKind::exact ? "exact"
                                              : kind.param == VectorKind::ivf ? "ivf"
                                                                              : "hnsw");
                         });

TEST(VectorFile, NewerVersionSaysSo) {
  Bytes bytes = saved(VectorKind::exact);
  bytes[8] = 9;
  try {
    (void)VectorIndex::deserialize(bytes);
    FAIL();
  } catch (const BundleError& error) {
    EXPECT_NE(std::string(error.what()).find("version 9 is newer"), std::string::npos);
  }
}

}  // namespace
}  // namespace aisle::vectors
