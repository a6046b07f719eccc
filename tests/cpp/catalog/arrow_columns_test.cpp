#include "aisle/catalog/arrow_columns.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

/// A column that owns its buffers; counts how often it is released.
struct Source {
  std::string format;
  std::vector<const void*> buffers;
  std::int64_t length = 0;
  std::int64_t nulls = 0;
  std::int64_t offset = 0;
  int released = 0;

  ArrowColumns columns() {
    ArrowSchema schema{};
    schema.format = format.c_str();
    schema.name = "item";
    ArrowArray array{};
    array.length = length;
    array.null_count = nulls;
    array.offset = offset;
    array.n_buffers = static_cast<std::int64_t>(buffers.size());
    array.buffers = buffers.data();
    array.private_data = this;
    array.release = [](ArrowArray* held) {
      ++static_cast<Source*>(held->private_data)->released;
      held->release = nullptr;
    };
    return ArrowColumns::of(schema, array);
  }
};

std::vector<std::uint32_t> encoded(const ArrowColumns& table, Dictionary& dictionary) {
  std::vector<std::uint32_t> numbers(table.rows());
  table.encode(0, dictionary, numbers);
  return numbers;
}

TEST(ArrowColumns, EncodesTextsByFirstOccurrence) {
  const std::array<std::int32_t, 5> offsets{0, 1, 2, 3, 4};
  Source source{"u", {nullptr, offsets.data(), "baba"}, 4};
  Dictionary dictionary;
  EXPECT_EQ(encoded(source.columns(), dictionary), (std::vector<std::uint32_t>{0, 1, 0, 1}));
  EXPECT_EQ(dictionary.name(0), "b");
  EXPECT_FALSE(dictionary.integer_ids());
}

TEST(ArrowColumns, ReadsViewsInlineAndOutOfLine) {
  const std::string far = "twenty characters id";
  std::array<char, 32> views{};
  views[0] = 2;
  views[4] = 'h';
  views[5] = 'i';
  views[16] = 20;
  Source source{"vu", {nullptr, views.data(), far.data()}, 2};
  Dictionary dictionary;
  encoded(source.columns(), dictionary);
  EXPECT_EQ(dictionary.name(0), "hi");
  EXPECT_EQ(dictionary.name(1), far);
}

TEST(ArrowColumns, EncodesIntegersAsTheirDecimalsAndNullsAsNone) {
  const std::array<std::int16_t, 4> values{99, -7, 0, -7};
  const std::uint8_t valid = 0b1010;
  Source source{"s", {&valid, values.data()}, 3, 1, 1};  // rows -7, 0 (null), -7
  Dictionary dictionary;
  EXPECT_EQ(encoded(source.columns(), dictionary),
            (std::vector<std::uint32_t>{0, ArrowColumns::kNone, 0}));
  EXPECT_EQ(dictionary.find("-7"), 0U);
  EXPECT_TRUE(dictionary.integer_ids());
}

TEST(ArrowColumns, NamesColumnRowAndValueOfABadId) {
  const std::array<std::int32_t, 3> offsets{0, 1, 3};
  Source source{"u", {nullptr, offsets.data(), "a\xff\xfe"}, 2};
  const ArrowColumns table = source.columns();
  Dictionary dictionary;
  try {
    encoded(table, dictionary);
    FAIL() << "no error";
  } catch (const DataError& error) {
    const std::string said = error.what();
    EXPECT_NE(said.find("row 2, column \"item\""), std::string::npos) << said;
    EXPECT_NE(said.find("\\xff\\xfe"), std::string::npos) << said;
  }
  std::vector<std::uint32_t> numbers(2);
  std::vector<BadCell> bad;
  table.encode(0, dictionary, numbers, &bad);
  EXPECT_EQ(numbers[1], ArrowColumns::kNone);
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].row, 1U);
}

TEST(ArrowColumns, GivesTimesInMicrosecondsAndSaturates) {
  const std::array<std::int64_t, 3> values{1, -1, std::numeric_limits<std::int64_t>::max()};
  const std::array<std::pair<const char*, std::array<std::int64_t, 3>>, 3> cases{
      {{"tss:UTC", {1'000'000, -1'000'000, std::numeric_limits<std::int64_t>::max()}},
       {"tsu:", {1, -1, std::numeric_limits<std::int64_t>::max()}},
       {"tsn:", {0, -1, std::numeric_limits<std::int64_t>::max() / 1000}}}};
  for (const auto& [format, wanted] : cases) {
    Source source{format, {nullptr, values.data()}, 3};
    std::array<std::int64_t, 3> micros{};
    source.columns().integers(0, micros);
    EXPECT_EQ(micros, wanted) << format;
  }
}

TEST(ArrowColumns, ShowsItsOwnMemoryOnlyWhereNothingMustChange) {
  const std::array<std::int64_t, 3> values{4, 5, 6};
  Source source{"l", {nullptr, values.data()}, 2, 0, 1};
  EXPECT_EQ(source.columns().contiguous(0), values.data() + 1);
  source.format = "tss:";
  EXPECT_EQ(source.columns().contiguous(0), nullptr);
}

TEST(ArrowColumns, RefusesTypesItDoesNotRead) {
  Source source{"+m", {nullptr, nullptr}, 1};
  const ArrowColumns table = source.columns();
  Dictionary dictionary;
  std::vector<double> reals(1);
  EXPECT_EQ(table.kind(0), ColumnKind::other);
  EXPECT_THROW(encoded(table, dictionary), DataError);
  EXPECT_THROW(table.reals(0, reals), DataError);
  EXPECT_THROW((void)table.kind(1), DataError);
}

TEST(ArrowColumns, ReleasesEachBatchOnce) {
  const std::array<std::int64_t, 1> values{4};
  Source source{"l", {nullptr, values.data()}, 1};
  {
    ArrowColumns table = source.columns();
    const ArrowColumns moved = std::move(table);
    EXPECT_EQ(source.released, 0);
  }
  EXPECT_EQ(source.released, 1);
}

TEST(ArrowColumns, PassesOnWhatAFailingStreamSays) {
  ArrowArrayStream stream{};
  stream.get_schema = [](ArrowArrayStream*, ArrowSchema*) { return 5; };
  stream.get_last_error = [](ArrowArrayStream*) { return "the disk is full"; };
  stream.release = [](ArrowArrayStream* held) { held->release = nullptr; };
  try {
    const ArrowColumns table = ArrowColumns::read(stream);
    FAIL() << "no error from " << table.rows() << " rows";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("the disk is full"), std::string::npos);
  }
  EXPECT_EQ(stream.release, nullptr);
}

}  // namespace
}  // namespace aisle::catalog
