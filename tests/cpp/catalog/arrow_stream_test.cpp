#include "aisle/catalog/arrow_stream.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::catalog {
namespace {

/// A producer of batches of numbers 0, 1, 2, ...; counts what it gave out and what came back.
struct Producer {
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> numbers = std::vector<std::int64_t>(100);
  std::vector<const void*> buffers;
  std::size_t pulled = 0;
  std::size_t rows = 0;
  std::size_t released = 0;
  bool ended = false;
  bool fails = false;

  explicit Producer(std::vector<std::int64_t> each) : lengths(std::move(each)) {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int64_t>(i);
    buffers = {nullptr, numbers.data()};
  }

  static Producer& of(void* held) { return *static_cast<Producer*>(held); }

  ArrowArrayStream stream() {
    ArrowArrayStream made{};
    made.private_data = this;
    made.get_schema = [](ArrowArrayStream*, ArrowSchema* schema) {
      *schema = {};
      schema->format = "l";
      schema->name = "n";
      schema->release = [](ArrowSchema* held) { held->release = nullptr; };
      return 0;
    };
    made.get_next = [](ArrowArrayStream* from, ArrowArray* batch) {
      Producer& self = of(from->private_data);
      *batch = {};
      if (self.fails) return 5;
      if (self.pulled == self.lengths.size()) return 0;
      batch->length = self.lengths[self.pulled++];
      batch->offset = static_cast<std::int64_t>(self.rows);
      self.rows += static_cast<std::size_t>(batch->length);
      batch->n_buffers = 2;
      batch->buffers = self.buffers.data();
      batch->private_data = &self;
      batch->release = [](ArrowArray* held) {
        ++of(held->private_data).released;
        held->release = nullptr;
      };
      return 0;
    };
    made.get_last_error = [](ArrowArrayStream*) { return "the disk is gone"; };
    made.release = [](ArrowArrayStream* held) {
      of(held->private_data).ended = true;
      held->release = nullptr;
    };
    return made;
  }
};

std::vector<std::int64_t> values(const ArrowColumns& table) {
  std::vector<std::int64_t> out(table.rows());
  table.integers(0, out);
  return out;
}

TEST(ArrowStream, CutsBatchesWhereItIsAsked) {
  Producer producer({3, 0, 4});
  auto source = producer.stream();
  ArrowStream stream(source);
  EXPECT_EQ(source.release, nullptr);
  EXPECT_EQ(values(stream.read(2)), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(values(stream.read(2)), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(values(stream.read(9)), (std::vector<std::int64_t>{4, 5, 6}));
  EXPECT_EQ(stream.read(9).rows(), 0U);
  EXPECT_EQ(stream.read(9).rows(), 0U);
}

TEST(ArrowStream, PullsNoMoreThanItNeedsAndHoldsOneBatch) {
  Producer producer({10, 10, 10, 10});
  auto source = producer.stream();
  ArrowStream stream(source);
  EXPECT_EQ(stream.read(10).rows(), 10U);
  EXPECT_EQ(producer.pulled, 1U);
  EXPECT_EQ(producer.released, 1U);
  EXPECT_EQ(stream.read(15).rows(), 15U);
  EXPECT_EQ(producer.pulled, 3U);
  EXPECT_EQ(producer.released, 2U) << "the third is read on";
}

TEST(ArrowStream, ATableOutlivesTheStreamItCameFrom) {
  Producer producer({5});
  auto source = producer.stream();
  {
    auto stream = std::make_unique<ArrowStream>(source);
    const ArrowColumns first = stream->read(2);
    const ArrowColumns second = stream->read(2);
    stream.reset();
    EXPECT_TRUE(producer.ended);
    EXPECT_EQ(producer.released, 0U);
    EXPECT_EQ(values(first), (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(values(second), (std::vector<std::int64_t>{2, 3}));
  }
  EXPECT_EQ(producer.released, 1U);
}

TEST(ArrowStream, TellsTheRowsSoFar) {
  Producer producer({3, 4});
  auto source = producer.stream();
  std::vector<std::size_t> heard;
  const auto table = ArrowStream(source).read(5, [&](std::size_t rows) { heard.push_back(rows); });
  EXPECT_EQ(heard, (std::vector<std::size_t>{3, 5}));
}

TEST(ArrowStream, SaysWhyTheProducerFailed) {
  Producer producer({3});
  producer.fails = true;
  auto source = producer.stream();
  ArrowStream stream(source);
  try {
    static_cast<void>(stream.read(1));
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("the disk is gone"), std::string::npos);
  }
}

}  // namespace
}  // namespace aisle::catalog
