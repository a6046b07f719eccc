#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/arrow_columns.h"

namespace aisle::catalog {
namespace {

/// A column of lists that borrows its buffers.
struct ListSource {
  std::string format = "+l";
  std::string items_format = "u";
  std::vector<const void*> buffers;
  std::vector<const void*> items_buffers;
  std::int64_t length = 0;
  std::int64_t offset = 0;
  std::int64_t items_offset = 0;

  ArrowColumns columns() {
    schema_child = &items_schema;
    child = &items;
    items_schema.format = items_format.c_str();
    ArrowSchema schema{};
    schema.format = format.c_str();
    schema.name = "tags";
    schema.n_children = 1;
    schema.children = &schema_child;
    items.null_count = -1;
    items.offset = items_offset;
    items.n_buffers = static_cast<std::int64_t>(items_buffers.size());
    items.buffers = items_buffers.data();
    ArrowArray array{};
    array.length = length;
    array.null_count = -1;
    array.offset = offset;
    array.n_buffers = static_cast<std::int64_t>(buffers.size());
    array.buffers = buffers.data();
    array.n_children = 1;
    array.children = &child;
    array.release = [](ArrowArray* held) { held->release = nullptr; };
    return ArrowColumns::of(schema, array);
  }

  ArrowSchema items_schema{};
  ArrowSchema* schema_child = nullptr;
  ArrowArray items{};
  ArrowArray* child = nullptr;
};

struct Encoded {
  Dictionary labels;
  LabelSets sets;
  std::vector<std::uint32_t> codes;

  explicit Encoded(const ArrowColumns& table, std::vector<BadCell>* bad = nullptr)
      : codes(table.rows()) {
    table.encode_sets(0, labels, sets, codes, bad);
  }
  /// The labels of a row, joined by commas; "null" for a null.
  [[nodiscard]] std::string row(std::size_t at) const {
    if (codes[at] == ArrowColumns::kNone) return "null";
    std::string text;
    for (const std::uint32_t label : sets.labels(codes[at])) {
      text.append(text.empty() ? "" : ",").append(labels.name(label));
    }
    return text;
  }
};

std::string refusal(ListSource source) {
  try {
    const Encoded encoded(source.columns());
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ArrowLists, BecomeSetsOfTexts) {
  // [b, a] null [] [a, "", b] [c]
  const std::uint8_t valid = 0b11101;
  const std::array<std::int32_t, 6> offsets{0, 2, 2, 2, 5, 6};
  const std::array<std::int32_t, 7> texts{0, 1, 2, 3, 3, 4, 5};
  ListSource source;
  source.buffers = {&valid, offsets.data()};
  source.items_buffers = {nullptr, texts.data(), "baabc"};
  source.length = 5;
  const Encoded all(source.columns());
  EXPECT_EQ(all.row(0), "b,a");
  EXPECT_EQ(all.row(1), "null");
  EXPECT_EQ(all.row(2), "");
  EXPECT_EQ(all.codes[3], all.codes[0]);
  EXPECT_EQ(all.row(4), "c");
  EXPECT_EQ(all.sets.size(), 3U);

  source.offset = 3;
  source.length = 2;
  const Encoded some(source.columns());
  EXPECT_EQ(some.row(0), "a,b");
  EXPECT_EQ(some.row(1), "c");
}

TEST(ArrowLists, HoldNumbersToo) {
  const std::array<std::int64_t, 4> offsets{0, 0, 2, 3};
  const std::array<std::int16_t, 4> sizes{99, 40, -7, 40};
  ListSource source{"+L", "s", {nullptr, offsets.data()}, {nullptr, sizes.data()}, 3};
  source.items_offset = 1;
  const Encoded integers(source.columns());
  EXPECT_EQ(integers.row(0), "");
  EXPECT_EQ(integers.row(1), "40,-7");
  EXPECT_EQ(integers.row(2), "40");

  const std::array<double, 4> halves{0.0, 38.5, 39.0, 38.5};
  ListSource other{"+L", "g", {nullptr, offsets.data()}, {nullptr, halves.data()}, 3};
  other.items_offset = 1;
  const Encoded reals(other.columns());
  EXPECT_EQ(reals.row(1), "38.5,39");
}

TEST(ArrowLists, NameTheRowOfWhatIsNoLabel) {
  const std::array<std::int32_t, 3> offsets{0, 1, 2};
  const std::array<double, 2> numbers{1.0, std::nan("")};
  const ListSource nan{"+l", "g", {nullptr, offsets.data()}, {nullptr, numbers.data()}, 2};
  EXPECT_EQ(refusal(nan), "row 2, column \"tags\": a label is missing (NaN)");
  ListSource collected = nan;
  std::vector<BadCell> bad;
  const Encoded rest(collected.columns(), &bad);
  EXPECT_EQ(rest.row(0), "1");
  EXPECT_EQ(rest.row(1), "null");
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].row, 1U);

  const std::uint8_t valid = 0b01;
  const ListSource null{"+l", "g", {nullptr, offsets.data()}, {&valid, numbers.data()}, 2};
  EXPECT_EQ(refusal(null),
            "row 2, column \"tags\": a label is null, or neither a text nor a number");

  const std::array<std::int32_t, 3> texts{0, 1, 2};
  const ListSource bytes{"+l", "u", {nullptr, offsets.data()}, {nullptr, texts.data(), "a\xff"}, 2};
  EXPECT_EQ(refusal(bytes),
            "row 2, column \"tags\": an id is not valid UTF-8; decode it before it comes in (label "
            "\"\\xff\")");

  const std::array<std::int32_t, 2> many{0, 2'000};
  std::vector<std::int32_t> different(2'000);
  for (std::int32_t i = 0; i < 2'000; ++i) different[static_cast<std::size_t>(i)] = i;
  const ListSource long_one{"+l", "i", {nullptr, many.data()}, {nullptr, different.data()}, 1};
  EXPECT_EQ(refusal(long_one),
            "row 1, column \"tags\": an item has 2000 labels; at most 1024 are allowed");
}

TEST(ArrowLists, NameTheColumnOfAnotherType) {
  const std::array<std::int32_t, 2> offsets{0, 1};
  const std::uint8_t bits = 1;
  const auto of = [&](const char* format, const char* items) {
    return refusal({format, items, {nullptr, offsets.data()}, {nullptr, &bits}, 1});
  };
  EXPECT_EQ(of("+l", "+l"),
            "column \"tags\" holds lists of lists; labels are lists of texts or numbers: cast it "
            "first");
  EXPECT_EQ(of("+l", "tsu:UTC"),
            "column \"tags\" holds lists of dates or times; labels are lists of texts or numbers: "
            "cast it first");
  EXPECT_EQ(of("l", "u"),
            "column \"tags\" holds integers; labels are lists of texts or numbers: cast it first");
  EXPECT_EQ(of("+l", "b"), "row 1, column \"tags\": a label is a text or a number, not a boolean");
  EXPECT_EQ(of("+l", "n"),
            "row 1, column \"tags\": a label is null, or neither a text nor a number");
  std::vector<double> reals(1);
  ListSource lists{"+l", "g", {nullptr, offsets.data()}, {nullptr, reals.data()}, 1};
  EXPECT_THROW(lists.columns().reals(0, reals), DataError) << "a list is no number";
  EXPECT_EQ(lists.columns().kind(0), ColumnKind::list);
}

}  // namespace
}  // namespace aisle::catalog
