// What each part that learns on line costs an event: trending, co-visitation, the session index.

#include <benchmark/benchmark.h>

#include <array>
#include <span>

#include "aisle/retrieve/co_visitation.h"
#include "aisle/retrieve/live_sessions.h"
#include "aisle/retrieve/trending.h"
#include "stream.h"

namespace aisle::retrieve {
namespace {

constexpr Timestamp kBegin = 1'700'000'000 * kSecond;
constexpr std::size_t kItems = 100'000;
constexpr std::size_t kRows = 1U << 20U;
constexpr std::uint32_t kCategories = 200;

const std::vector<bench::Click>& clicks() {
  static const auto made = bench::make_stream(kRows, 1'000'000, kItems, kBegin, kSecond / 100);
  return made;
}

void trending(benchmark::State& state) {
  Trending counts({});
  for (const auto& click : clicks()) {
    const AttributeValue value{0, value_of(click.event.item) % kCategories};
    counts.observe(click.event.item, 1.0, click.event.time, {&value, 1});
  }
  std::size_t next = 0;
  Timestamp later = 0;
  for (auto _ : state) {
    const Event& event = clicks()[next].event;
    const AttributeValue value{0, value_of(event.item) % kCategories};
    counts.observe(event.item, 1.0, event.time + later, {&value, 1});
    if (++next == kRows) {
      next = 0;
      later += static_cast<Timestamp>(kRows) * kSecond / 100;
    }
  }
}
BENCHMARK(trending);

/// `range` events of the session before this one.
void co_visitation(benchmark::State& state) {
  LiveCoVisitation pairs({}, kBegin);
  const auto before = static_cast<std::size_t>(state.range(0));
  std::array<Event, 10> session;
  std::size_t next = 0;
  const auto observe = [&] {
    for (std::size_t i = 0; i < before; ++i) session[i] = clicks()[(next + i) & (kRows - 1)].event;
    pairs.observe(std::span(session).first(before), clicks()[(next + before) & (kRows - 1)].event);
    next = (next + 1) & (kRows - 1);
  };
  for (std::size_t i = 0; i < kRows; ++i) observe();
  for (auto _ : state) observe();
}
BENCHMARK(co_visitation)->Arg(1)->Arg(3)->Arg(10);

void session_index(benchmark::State& state) {
  LiveSessions sessions({});
  std::size_t next = 0;
  std::uint64_t number = 0;
  const auto append = [&] {
    // A million visitors, four clicks each before the next session begins.
    number = 1 + next / 4 + clicks()[next & (kRows - 1)].visitor % 1000;
    sessions.append(number, clicks()[next & (kRows - 1)].event.item);
    ++next;
  };
  for (std::size_t i = 0; i < kRows; ++i) append();
  for (auto _ : state) append();
}
BENCHMARK(session_index);

}  // namespace
}  // namespace aisle::retrieve
