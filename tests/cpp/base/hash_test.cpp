#include "aisle/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace aisle {
namespace {

TEST(Checksum, SeesEverySingleFlippedBit) {
  std::string data(331, 'x');
  const std::uint64_t before = checksum(data.data(), data.size());
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
    data[bit / 8] = static_cast<char>(data[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(checksum(data.data(), data.size()), before) << "bit " << bit;
    data[bit / 8] = static_cast<char>(data[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(Checksum, DependsOnLength) {
  const std::string zeros(128, '\0');
  EXPECT_NE(checksum(zeros.data(), 64), checksum(zeros.data(), 128));
}

TEST(Checksum, IsTheOneThatBundlesWereWrittenWith) {
  const std::string text =
      "The quick brown fox jumps over the lazy dog, and over a bundle of 64 bytes more.";
  EXPECT_EQ(checksum(text.data(), text.size()), 0x18538d99d679c99cULL);
  EXPECT_EQ(checksum(nullptr, 0), 0x762fa199a924a227ULL);
}

TEST(Checksum, IsTheSameHoweverTheBytesAreCut) {
  std::string data;
  for (int i = 0; i < 300; ++i) data += static_cast<char>(i * 7);
  const std::uint64_t whole = checksum(data.data(), data.size());
  for (std::size_t a = 0; a <= data.size(); a += 13) {
    for (std::size_t b = a; b <= data.size(); b += 17) {
      Checksum sum;
      sum.add(data.data(), a);
      sum.add(data.data() + a, b - a);
      sum.add(data.data() + b, data.size() - b);
      EXPECT_EQ(sum.value(), whole) << a << " " << b;
    }
  }
}

TEST(HashBytes, TellsPrefixesApart) {
  EXPECT_NE(hash_bytes("a"), hash_bytes(std::string_view("a\0", 2)));
  EXPECT_NE(hash_bytes("12345678"), hash_bytes("123456789"));
}

}  // namespace
}  // namespace aisle
