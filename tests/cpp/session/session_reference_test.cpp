// The store against the most obvious one there is: a map of vectors.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "aisle/session/session_store.h"

namespace aisle::session {
namespace {

constexpr Timestamp kStart = 1'700'000'000 * kSecond;

class Reference {
 public:
  explicit Reference(const SessionStoreOptions& options) : options_(options) {}

  struct Of {
    std::vector<Event> events;
    std::size_t session_begin = 0;
    std::uint32_t key = 0;
    std::uint32_t acts = 0;
  };

  AppendOutcome append(const std::string& visitor, const Event& event, Timestamp now,
                       std::uint32_t key, std::vector<Event>& tail) {
    tail.clear();
    told = {};
    if (event.time > now + options_.max_future) return AppendOutcome::future;
    if (!visitors_.contains(visitor)) drop_expired(event.time);
    Of& of = visitors_[visitor];
    if (!of.events.empty() && event.time - of.events.back().time > options_.time_to_live) {
      of = Of{.events = {}, .session_begin = 0, .key = of.key, .acts = 0};
    }
    if (event.type == EventType::click) told.impression = impression(of.events, event);
    if (of.events.empty()) {
      of.events.push_back(event);
      of.key = key;
      told.act = of.acts = 1;
      return AppendOutcome::accepted;
    }
    const Event newest = of.events.back();
    if (newest.time - event.time > options_.max_lateness) return AppendOutcome::late;
    for (const Event& one : of.events) {
      if (one.time == event.time && one.item == event.item && one.type == event.type)
        return AppendOutcome::duplicate;
    }
    if (event.time < newest.time) return insert(of, event, key);
    const bool is_other =
        key != 0 || of.key != 0 ? key != of.key : event.time - newest.time > options_.idle_gap;
    told.is_second = !is_other && of.events.size() - of.session_begin == 1;
    if (is_other) {
      of.session_begin = of.events.size();
      of.acts = 0;
    }
    if (is_other || !is_one_act(newest, event)) told.act = ++of.acts;
    of.key = is_other ? key : of.key;
    tail.assign(of.events.begin() + static_cast<std::ptrdiff_t>(of.session_begin), of.events.end());
    if (tail.size() > Tail::kLength)
      tail.erase(tail.begin(), tail.end() - static_cast<std::ptrdiff_t>(Tail::kLength));
    of.events.push_back(event);
    trim(of);
    return AppendOutcome::accepted;
  }
  Of recent(const std::string& visitor, Timestamp now) const {
    const auto found = visitors_.find(visitor);
    if (found == visitors_.end() || found->second.events.empty() ||
        now - found->second.events.back().time > options_.time_to_live)
      return {};
    return found->second;
  }
  bool forget(const std::string& visitor) { return visitors_.erase(visitor) != 0; }

  Appended told;  ///< Of the last append() what hygiene counts.

 private:
  /// A new visitor sends away who has been idle for too long by then.
  void drop_expired(Timestamp time) {
    std::erase_if(visitors_, [&](const auto& one) {
      return time - one.second.events.back().time > options_.time_to_live;
    });
  }
  static Impression impression(const std::vector<Event>& events, const Event& click) {
    const auto newest = [&](EventType type) {
      std::ptrdiff_t place = -1;
      for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].item == click.item && events[i].type == type && events[i].time <= click.time)
          place = static_cast<std::ptrdiff_t>(i);
      }
      return place;
    };
    const auto shown = newest(EventType::impression);
    if (shown < 0) return Impression::none;
    return newest(EventType::click) > shown ? Impression::clicked : Impression::fresh;
  }
  AppendOutcome insert(Of& of, const Event& event, std::uint32_t key) {
    const auto place = std::ranges::upper_bound(of.events, event.time, {}, &Event::time);
    const auto at = static_cast<std::size_t>(place - of.events.begin());
    if (at == 0 && of.events.size() == options_.max_events) return AppendOutcome::late;
    const bool reaches = key != 0 || of.key != 0
                             ? key == of.key
                             : of.events[of.session_begin].time - event.time <= options_.idle_gap;
    if (at < of.session_begin || (at == of.session_begin && !reaches)) ++of.session_begin;
    const bool is_within = at >= of.session_begin;
    told.is_second = is_within && of.events.size() - of.session_begin == 1;
    if (is_within && (at == 0 || !is_one_act(of.events[at - 1], event))) told.act = ++of.acts;
    of.events.insert(place, event);
    while (is_within && key == 0 && of.key == 0 && of.session_begin > 0 &&
           of.events[of.session_begin].time - of.events[of.session_begin - 1].time <=
               options_.idle_gap)
      --of.session_begin;
    trim(of);
    return AppendOutcome::reordered;
  }
  void trim(Of& of) const {
    if (of.events.size() <= options_.max_events) return;
    of.events.erase(of.events.begin());
    if (of.session_begin > 0) --of.session_begin;
  }

  SessionStoreOptions options_;
  std::map<std::string, Of> visitors_;
};

bool same(const Event& a, const Event& b) {
  return a.time == b.time && a.item == b.item && a.type == b.type && a.value == b.value;
}

void expect_same(const SessionStore& store, const Reference& reference, const std::string& visitor,
                 Timestamp now) {
  Recent recent;
  const bool is_there = store.recent(Visitor(visitor), now, recent);
  const auto expected = reference.recent(visitor, now);
  ASSERT_EQ(is_there, !expected.events.empty()) << visitor;
  ASSERT_TRUE(std::ranges::equal(recent.events, expected.events, same)) << visitor;
  ASSERT_EQ(recent.session_begin, expected.session_begin) << visitor;
}

struct Draw {
  std::uint64_t state;
  std::uint64_t operator()(std::uint64_t below) {
    state = mix(state + 0x9e3779b97f4a7c15ULL);
    return state % below;
  }
};

constexpr std::array kTypes = {EventType::view, EventType::cart, EventType::impression,
                               EventType::click};

class RandomStream : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomStream, LeavesTheStoreAsItLeavesAMapOfVectors) {
  Draw draw{GetParam()};
  const SessionStoreOptions options{.max_events = 4 + draw(30),
                                    .idle_gap = 10 * kMinute,
                                    .time_to_live = 6 * kHour,
                                    .max_lateness = 30 * kMinute,
                                    .shards = 1};
  SessionStore store(options);
  Reference reference(options);
  const bool has_keys = draw(3) == 0;
  const std::size_t visitors = 1 + draw(40);
  Timestamp clock = kStart;
  std::vector<Event> expected_tail;
  Tail tail;
  for (int step = 0; step < 4000; ++step) {
    clock += static_cast<Timestamp>(draw(draw(50) == 0 ? 3 * 3600 : 40)) * kSecond;
    const std::string visitor =
        std::string("visitor number ").append(std::to_string(draw(visitors)));
    const Timestamp shift = draw(4) != 0 ? 0 : (static_cast<Timestamp>(draw(60)) - 50) * kMinute;
    const Event event{.time = clock + shift,
                      .item = ItemId{static_cast<std::uint32_t>(draw(5))},
                      .value = static_cast<float>(draw(9)),
                      .type = kTypes[draw(kTypes.size())]};
    const auto key = static_cast<std::uint32_t>(has_keys ? draw(3) : 0);
    tail.count = 0;
    const auto got = store.append(Visitor(visitor), event, clock, key, &tail);
    ASSERT_EQ(got.outcome, reference.append(visitor, event, clock, key, expected_tail))
        << "step " << step;
    ASSERT_TRUE(std::ranges::equal(tail.before(), expected_tail, same)) << "step " << step;
    if (got.outcome == AppendOutcome::accepted || got.outcome == AppendOutcome::reordered) {
      ASSERT_EQ(got.is_second, reference.told.is_second) << "step " << step;
      ASSERT_EQ(got.act, reference.told.act) << "step " << step;
      ASSERT_EQ(got.impression, reference.told.impression) << "step " << step;
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(store, reference, visitor, clock)) << "step " << step;
    if (draw(200) == 0) {
      Recent recent;
      const bool is_kept = store.recent(Visitor(visitor), event.time, recent);
      ASSERT_EQ(store.forget(Visitor(visitor)), is_kept);
      reference.forget(visitor);
    }
  }
  for (std::size_t v = 0; v < visitors; ++v) {
    expect_same(store, reference, std::string("visitor number ").append(std::to_string(v)), clock);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomStream, testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace aisle::session
