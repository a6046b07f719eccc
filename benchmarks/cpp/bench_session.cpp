// What an event costs the session store, with a million live sessions of ten events inside.

#include <benchmark/benchmark.h>

#include <sys/mman.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <span>

#include "aisle/session/session_store.h"
#include "stream.h"

namespace aisle::session {
namespace {

constexpr Timestamp kBegin = 1'700'000'000 * kSecond;
constexpr Timestamp kNever = std::numeric_limits<Timestamp>::max() / 2;
constexpr std::size_t kItems = 100'000;
constexpr std::size_t kTen = 10;

/// A store with ten events of each visitor, in rounds as visitors would come.
struct Filled {
  Filled(std::size_t visitors, std::size_t max_events)
      : names(bench::make_names(visitors)), store({.max_events = max_events}) {
    for (const auto& name : names) who.emplace_back(name);
    for (std::size_t round = 0; round < kTen; ++round) {
      for (std::uint32_t v = 0; v < visitors; ++v) {
        const Event event{
            .time = kBegin + static_cast<Timestamp>(round) * kMinute,
            .item = ItemId{bench::scattered(v * 31 + static_cast<std::uint32_t>(round), kItems)}};
        store.append(who[bench::scattered(v, visitors)], event, kNever);
      }
    }
    bytes = static_cast<double>(store.memory_bytes()) / static_cast<double>(store.size());
  }
  std::vector<std::string> names;
  std::vector<Visitor> who;
  SessionStore store;
  double bytes = 0.0;
};

/// Filling takes seconds: one store for all benchmarks of a size.
Filled& filled(std::size_t visitors, std::size_t max_events = 50) {
  static std::unique_ptr<Filled> there;
  if (!there || there->names.size() != visitors ||
      there->store.options().max_events != max_events) {
    there.reset();  // before the next: two of them would be twice the memory
    there = std::make_unique<Filled>(visitors, max_events);
  }
  return *there;
}

/// The visitors' texts in the order of the stream: in a shop the text comes with the event, warm.
std::vector<std::string> texts_of(const std::vector<bench::Click>& clicks, const Filled& all) {
  std::vector<std::string> texts;
  texts.reserve(clicks.size());
  for (const auto& click : clicks) texts.push_back(all.names[click.visitor]);
  return texts;
}

/// From the visitor's text on, as Engine::observe() does it.
void append_of(benchmark::State& state, bool is_skewed, std::size_t max_events) {
  const auto visitors = static_cast<std::size_t>(state.range(0));
  Filled& all = filled(visitors, max_events);
  static Timestamp begin = kBegin + kHour;
  constexpr std::size_t kRows = 1U << 21U;
  begin += static_cast<Timestamp>(kRows);
  auto clicks = bench::make_stream(kRows, visitors, kItems, begin, 1);
  std::mt19937_64 rng(11);
  for (auto& click : clicks) {
    if (!is_skewed) click.visitor = static_cast<std::uint32_t>(rng() % visitors);
  }
  const auto texts = texts_of(clicks, all);
  std::size_t next = 0;
  Timestamp later = 0;
  for (auto _ : state) {
    const auto& click = clicks[next];
    Event event = click.event;
    event.time += later;
    benchmark::DoNotOptimize(all.store.append(Visitor(texts[next]), event, kNever));
    if (++next == clicks.size()) {
      next = 0;
      later += static_cast<Timestamp>(clicks.size());
    }
  }
  begin += later;
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes_of_ten_events"] = all.bytes;
}
void append(benchmark::State& state) { append_of(state, true, 50); }
/// No visitor more often than another: nothing is in a cache.
void append_uniform(benchmark::State& state) { append_of(state, false, 50); }
/// Likewise, and each new event takes the place of an old one: no memory is asked for.
void append_steady(benchmark::State& state) { append_of(state, false, kTen); }
BENCHMARK(append_steady)->Arg(1'000'000)->Unit(benchmark::kNanosecond);
BENCHMARK(append_uniform)->Arg(1'000'000)->Unit(benchmark::kNanosecond);
BENCHMARK(append)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kNanosecond);

/// With the hash known and the cache line on its way, as Engine::observe_many() does it.
void append_ahead(benchmark::State& state) {
  const auto visitors = static_cast<std::size_t>(state.range(0));
  Filled& all = filled(visitors);
  static Timestamp begin = kBegin + kDay;
  constexpr std::size_t kRows = 1U << 21U;
  constexpr std::size_t kAhead = 8;
  begin += static_cast<Timestamp>(kRows);
  const auto clicks = bench::make_stream(kRows, visitors, kItems, begin, 1);
  std::size_t next = 0;
  Timestamp later = 0;
  for (auto _ : state) {
    const auto& click = clicks[next];
    all.store.prefetch(all.who[clicks[(next + kAhead) & (kRows - 1)].visitor].hash);
    Event event = click.event;
    event.time += later;
    benchmark::DoNotOptimize(all.store.append(all.who[click.visitor], event, kNever));
    if (++next == clicks.size()) {
      next = 0;
      later += static_cast<Timestamp>(clicks.size());
    }
  }
  begin += later;
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_ahead)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kNanosecond);

/// The copy that every request makes.
void recent(benchmark::State& state) {
  const auto visitors = static_cast<std::size_t>(state.range(0));
  Filled& all = filled(visitors);
  const auto clicks = bench::make_stream(1U << 20U, visitors, kItems, kBegin, 1);
  const auto texts = texts_of(clicks, all);
  Recent out;
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(all.store.recent(Visitor(texts[next]), kBegin, out));
    next = (next + 1) & (clicks.size() - 1);
  }
}
BENCHMARK(recent)->Arg(1'000'000)->Unit(benchmark::kNanosecond);

/// The floor: one read of one cache line, whose address follows from the read before it, somewhere
/// in as many bytes as the store of so many visitors holds.
void read_of(benchmark::State& state, int advice) {
  constexpr std::size_t kHugePage = std::size_t{1} << 21U;
  constexpr std::size_t kWords = 8;  // of a cache line
  const auto visitors = static_cast<std::size_t>(state.range(0));
  const std::size_t bytes = (visitors * 300 + kHugePage - 1) / kHugePage * kHugePage;
  const std::unique_ptr<std::uint64_t, decltype(&std::free)> memory(
      static_cast<std::uint64_t*>(std::aligned_alloc(kHugePage, bytes)), &std::free);
  if (!memory || ::madvise(memory.get(), bytes, advice) != 0) {
    state.SkipWithError("the system does not give such pages");
    return;
  }
  const std::span words(memory.get(), bytes / sizeof(std::uint64_t));
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = i;
  std::uint64_t place = 0;
  std::uint64_t step = 0;  // without it the way soon closes to a circle that fits into the cache
  for (auto _ : state) place = mix(words[place] + ++step) % (words.size() / kWords) * kWords;
  benchmark::DoNotOptimize(place);
}
void memory_read(benchmark::State& state) { read_of(state, MADV_NOHUGEPAGE); }
void memory_read_huge(benchmark::State& state) { read_of(state, MADV_HUGEPAGE); }
BENCHMARK(memory_read)->Arg(1'000'000)->Unit(benchmark::kNanosecond);
BENCHMARK(memory_read_huge)->Arg(1'000'000)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace aisle::session
