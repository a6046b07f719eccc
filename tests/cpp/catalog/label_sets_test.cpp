#include "aisle/catalog/label_sets.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/column.h"
#include "aisle/catalog/tensors.h"

namespace aisle::catalog {
namespace {

using Labels = std::vector<std::uint32_t>;

constexpr ItemId item(std::uint32_t number) { return ItemId{number}; }

Labels labels_of(const LabelSets& sets, std::uint32_t set) {
  const auto labels = sets.labels(set);
  return {labels.begin(), labels.end()};
}

/// Some labels below 40, other ones for each number; now and then the empty set.
Labels some_labels(std::uint32_t number) {
  Labels labels;
  for (std::uint32_t i = 0; i < number % 7; ++i) labels.push_back((number * 31 + i * 17) % 40);
  return labels;
}

TEST(LabelSets, KeepEachDistinctSetOnce) {
  LabelSets sets;
  const std::uint32_t first = sets.insert(Labels{5, 1, 5, 3});
  EXPECT_EQ(labels_of(sets, first), (Labels{1, 3, 5}));
  EXPECT_EQ(sets.insert(Labels{3, 5, 1}), first);
  const std::uint32_t none = sets.insert({});
  EXPECT_NE(none, first);
  EXPECT_EQ(sets.insert({}), none);
  EXPECT_EQ(labels_of(sets, none), Labels{});
  EXPECT_EQ(sets.size(), 2U);
  EXPECT_TRUE(sets.contains(first, 3));
  EXPECT_FALSE(sets.contains(first, 4));
  EXPECT_FALSE(sets.contains(none, 1));
  for (const std::uint32_t unknown : {2U, 5'000U, kNullCode}) {
    EXPECT_TRUE(sets.labels(unknown).empty());
  }
}

TEST(LabelSets, AgreeWithASetOfSets) {
  LabelSets sets;
  std::map<std::set<std::uint32_t>, std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    Labels labels = some_labels(i);
    labels.push_back(i % 9'000);
    const std::set<std::uint32_t> distinct(labels.begin(), labels.end());
    const auto number = static_cast<std::uint32_t>(wanted.size());
    EXPECT_EQ(sets.insert(labels), wanted.emplace(distinct, number).first->second);
  }
  ASSERT_EQ(sets.size(), wanted.size());
  for (const auto& [labels, number] : wanted) {
    EXPECT_EQ(labels_of(sets, number), Labels(labels.begin(), labels.end()));
  }
}

TEST(LabelSets, RefuseMoreLabelsThanAnItemHas) {
  LabelSets sets;
  Labels labels(LabelSets::kMaxLabels);
  std::iota(labels.begin(), labels.end(), 0U);
  labels.push_back(7);
  EXPECT_EQ(labels_of(sets, sets.insert(labels)).size(), LabelSets::kMaxLabels)
      << "7 is there twice";
  labels.push_back(LabelSets::kMaxLabels);
  EXPECT_THROW(sets.insert(labels), DataError);
  EXPECT_EQ(sets.size(), 1U);
}

TEST(LabelSets, GrowOnFromABlock) {
  const Labels labels{0, 2, 1};
  const std::vector<std::uint64_t> offsets{0, 2, 2, 3};
  const auto sets = LabelSets::from_blob(labels, offsets, 3, nullptr);
  EXPECT_EQ(sets->size(), 3U);
  EXPECT_EQ(sets->insert(Labels{2, 0}), 0U);
  EXPECT_EQ(sets->insert({}), 1U);
  EXPECT_EQ(sets->insert(Labels{1}), 2U);
  EXPECT_EQ(sets->insert(Labels{0, 1}), 3U);
  EXPECT_EQ(sets->labels(0).data(), labels.data()) << "used where it lies";
}

TEST(LabelSets, CheckABlockBeforeTheyUseIt) {
  const auto refusal = [](const Labels& labels, const std::vector<std::uint64_t>& offsets) {
    try {
      (void)LabelSets::from_blob(labels, offsets, 3, nullptr);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal({}, {}), "the offsets of sets do not fit their labels");
  EXPECT_EQ(refusal({1}, {0}), "the offsets of sets do not fit their labels");
  EXPECT_EQ(refusal({1}, {1, 1}), "the offsets of sets do not fit their labels");
  EXPECT_EQ(refusal({1}, {0, 9, 1}), "set number 0 ends before it begins, or behind all labels");
  EXPECT_EQ(refusal({1, 2}, {0, 2, 1, 2}),
            "set number 1 ends before it begins, or behind all labels");
  EXPECT_EQ(refusal({1, 1}, {0, 2}), "set number 0 is not in ascending order");
  EXPECT_EQ(refusal({3}, {0, 1}), "set number 0 has label number 3 of 3");
  EXPECT_EQ(refusal({9, 1}, {0, 2}), "set number 0 is not in ascending order");
  EXPECT_EQ(refusal(Labels(2'000, 1), {0, 2'000}),
            "set number 0 has 2000 labels, at most 1024 are allowed");
}

std::set<std::string> texts_of(const Column& column, ItemId each) {
  std::set<std::string> texts;
  for (const std::uint32_t label : column.sets()->labels(column.code(each))) {
    texts.emplace(column.values()->name(label));
  }
  return texts;
}

void set_labels(Column& column, ItemId each, const std::vector<std::string>& texts) {
  Labels labels;
  for (const std::string& text : texts) labels.push_back(column.encode(text));
  column.set_code(each, column.sets()->insert(labels));
}

TEST(LabelsColumn, HasASetForEachItem) {
  Column tags("tags", AttributeKind::labels);
  set_labels(tags, item(1), {"red", "new"});
  set_labels(tags, item(2), {});
  set_labels(tags, item(3), {"new", "red", "red"});
  EXPECT_EQ(texts_of(tags, item(1)), (std::set<std::string>{"new", "red"}));
  EXPECT_EQ(tags.code(item(3)), tags.code(item(1)));
  EXPECT_TRUE(tags.is_null(item(0)));
  EXPECT_EQ(tags.code(item(0)), kNullCode);
  EXPECT_FALSE(tags.is_null(item(2))) << "the empty set is not null";
  EXPECT_TRUE(texts_of(tags, item(2)).empty());
  EXPECT_EQ(tags.values()->size(), 2U);
  EXPECT_EQ(tags.sets()->size(), 2U);
  EXPECT_FALSE(tags.has_codes()) << "a code is no single value";
  EXPECT_EQ(tags.text(item(1)), "");
}

std::shared_ptr<Catalog> tagged(std::size_t count) {
  auto catalog = std::make_shared<Catalog>(std::make_shared<Dictionary>());
  for (std::size_t i = 0; i < count; ++i) catalog->items()->insert(std::to_string(i));
  Column& tags = catalog->add_column("tags", AttributeKind::labels);
  for (std::uint32_t i = 0; i < count; i += 3) {
    std::vector<std::string> texts;
    for (const std::uint32_t label : some_labels(i))
      texts.push_back("tag " + std::to_string(label));
    set_labels(tags, item(i), texts);
  }
  return catalog;
}

std::shared_ptr<const Bundle> bundle_of(const Catalog& catalog) {
  BundleBuilder builder;
  write_catalog(builder, catalog);
  return builder.build();
}

TEST(LabelsColumn, LastsInABundle) {
  const auto before = tagged(4'000);
  Column& tags = before->column("tags");
  set_labels(tags, item(3), {"gone"});
  set_labels(tags, item(3), {"kept", "tag 1"});
  const auto bundle = bundle_of(*before);
  const auto after = read_catalog(bundle);
  Column& read = after->column("tags");
  EXPECT_EQ(read.sets()->size(), tags.sets()->size() - 1) << "without the one that no item has";
  for (std::uint32_t i = 0; i < 4'000; ++i) {
    ASSERT_EQ(read.is_null(item(i)), tags.is_null(item(i))) << i;
    ASSERT_EQ(texts_of(read, item(i)), texts_of(tags, item(i))) << i;
  }
  EXPECT_EQ(read.changes(), 0U);
  const auto lies = bundle->array<std::uint32_t>("catalog.sets.tags.labels");
  EXPECT_EQ(read.sets()->labels(0).data(), lies.data()) << "used where it lies";
  set_labels(read, item(0), {"tag 1", "kept"});
  EXPECT_EQ(read.code(item(0)), read.code(item(3)));
  set_labels(read, item(1), {"new"});
  EXPECT_EQ(texts_of(read, item(1)), std::set<std::string>{"new"});
}

template <class T>
std::string refusal(const std::string& name, std::vector<T> values) {
  const auto good = bundle_of(*tagged(30));
  BundleBuilder builder;
  for (const Tensor& tensor : good->tensors()) {
    if (tensor.name != name) builder.add(tensor, good);
  }
  builder.add(name, std::move(values));
  try {
    (void)read_catalog(builder.build());
  } catch (const BundleError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(LabelsColumn, IsCheckedBeforeItIsUsed) {
  const auto expect = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(refusal("catalog.sets.tags.offsets", std::vector<std::uint64_t>{0, 1}),
         "tensor \"catalog.sets.tags.offsets\": the offsets of sets do not fit");
  expect(refusal("catalog.sets.tags.labels", std::vector<std::uint64_t>{0}), "wanted is U32");
  expect(refusal("catalog.cells.tags", std::vector<std::uint32_t>(30, 99)), "item number 0 has 99");
  expect(refusal("catalog.cells.tags", std::vector<std::uint32_t>(3)), "has 3 cells for 30 items");
}

TEST(LabelsColumn, IsReadWhileItIsWritten) {
  constexpr std::uint32_t kItems = 500;
  Column tags("tags", AttributeKind::labels);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      // The labels of a set add up to 10,000, so that half a set would be seen.
      const std::uint32_t label = i % 3'000;
      set_labels(tags, item(i % kItems), {std::to_string(label), std::to_string(10'000 - label)});
    }
    done = true;
  });
  const auto read = [&] {
    std::size_t wrong = 0;
    do {
      for (std::uint32_t i = 0; i < kItems; ++i) {
        if (tags.is_null(item(i))) continue;
        unsigned long sum = 0;
        for (const std::string& text : texts_of(tags, item(i))) sum += std::stoul(text);
        wrong += sum == 10'000 ? 0U : 1U;
      }
    } while (!done);
    EXPECT_EQ(wrong, 0U);
  };
  std::thread reader(read);
  read();
  reader.join();
  writer.join();
  EXPECT_EQ(tags.sets()->size(), 3'000U);
}

}  // namespace
}  // namespace aisle::catalog
