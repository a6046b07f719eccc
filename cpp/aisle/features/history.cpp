#include "aisle/features/history.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::features {
namespace {

constexpr std::size_t kEvery = 4096;  // events between two looks at keep_going

std::vector<std::uint32_t> in_order(std::span<const Timestamp> time) {
  std::vector<std::uint32_t> order(time.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t row) { return time[row]; });
  return order;
}

/// A visitor's number in the log as the store's key.
std::uint64_t visitor_key(std::uint32_t number) noexcept {
  return mix(std::uint64_t{number} + 0x9e3779b97f4a7c15ULL);
}

/// Tells events that were there before: streams repeat.
class Repeats {
 public:
  explicit Repeats(const LogColumns& log) : log_(log) {
    for (const std::uint32_t id : log.event_id) {
      if (id != LogColumns::kNoId && id >= ids_.size()) ids_.resize(std::size_t{id} + 1, false);
    }
  }
  bool is_new(std::uint32_t row) {
    if (log_.time[row] != now_) {
      now_ = log_.time[row];
      instant_.clear();
    }
    if (!log_.event_id.empty() && log_.event_id[row] != LogColumns::kNoId) {
      if (ids_[log_.event_id[row]]) return false;
      ids_[log_.event_id[row]] = true;
    }
    return instant_.emplace(log_.visitor[row], log_.item[row], log_.type[row]).second;
  }

 private:
  const LogColumns& log_;
  std::vector<bool> ids_;
  Timestamp now_ = std::numeric_limits<Timestamp>::min();
  std::set<std::tuple<std::uint32_t, ItemId, std::uint8_t>> instant_;
};

/// Beyond, differences of times would not fit into 64 bits.
void check_times(std::span<const Timestamp> times, const char* where) {
  constexpr Timestamp kLatest = Timestamp{1} << 55U;
  const auto wrong =
      std::ranges::find_if(times, [](Timestamp time) { return time < -kLatest || time > kLatest; });
  if (wrong == times.end()) return;
  throw DataError("row " + std::to_string(wrong - times.begin()) + " of " + where + ": the time " +
                  std::to_string(*wrong) +
                  " is beyond the year 3111; times are microseconds since 1970");
}

void check(const Moments& moments, std::size_t width, std::size_t cells) {
  const std::size_t n = moments.time.size();
  if (moments.visitor.size() != n || moments.item.size() != n)
    throw ConfigError("visitor, item and time of the rows must have one length");
  check_times(moments.time, "the rows");
  if (cells != n * width)
    throw ConfigError("the table must have " + std::to_string(n * width) + " cells, got " +
                      std::to_string(cells));
}

}  // namespace

void LogColumns::validate() const {
  const std::size_t n = time.size();
  const auto fits = [&](std::size_t size) { return size == n || size == 0; };
  if (visitor.size() != n || item.size() != n || type.size() != n || !fits(session.size()) ||
      !fits(event_id.size()) || !fits(consent.size())) {
    throw ConfigError("the columns of the log must have one length");
  }
  check_times(time, "the log");
  for (std::size_t row = 0; row < n; ++row) {
    if (type[row] >= kEventTypes)
      throw ConfigError("row " + std::to_string(row) + " of the log has the type " +
                        std::to_string(type[row]) + ", which is none");
  }
}

Key played_row(std::uint32_t visitor, Timestamp stretch) noexcept {
  return FeatureStore::row_key(visitor_key(visitor), stretch);
}

void play(FeatureStore& store, const catalog::Catalog& catalog, const LogColumns& log,
          const Moments& moments, Into into, std::span<float> out, const KeepGoing& keep_going,
          Hands* hands) {
  log.validate();
  check(moments, store.width(), out.size());
  const std::vector<std::uint32_t> events = in_order(log.time);
  const std::vector<std::uint32_t> rows = in_order(moments.time);
  Repeats repeats(log);
  ReadWorkspace work;
  std::vector<Stretch> stretches;
  std::size_t next = 0;
  const auto observe = [&](std::uint32_t row) {
    const bool has_consent = log.consent.empty() || log.consent[row] != 0;
    if (!has_consent || !is_known(log.item[row]) || !repeats.is_new(row)) return;
    const std::uint64_t visitor = visitor_key(log.visitor[row]);
    const Timestamp time = log.time[row];
    if (hands != nullptr) hands->tell(time);
    store.observe(
        {.visitor = visitor,
         .event = {.time = time,
                   .item = log.item[row],
                   .type = static_cast<EventType>(log.type[row])},
         .session_key = log.session.empty() ? 0U : log.session[row] + 1U,
         .ticket = store.ticket(visitor),
         .stretch = hands == nullptr ? kFirstStretch : hands->stretch_at(log.visitor[row], time)},
        catalog, into);
    store.set_counted_until(std::max(store.counted_until(), time));
  };
  const auto observe_until = [&](Timestamp end, bool is_all) {
    for (; next < events.size() && (is_all || log.time[events[next]] < end); ++next) {
      if (next % kEvery == 0 && !keep_going(next)) throw Error("the table was stopped");
      observe(events[next]);
    }
  };
  for (const std::uint32_t row : rows) {
    observe_until(moments.time[row], false);
    if (hands != nullptr) {
      hands->tell(moments.time[row] - 1);
      hands->stretches(moments.visitor[row], moments.time[row], stretches);
    }
    store.read({.visitor = visitor_key(moments.visitor[row]),
                .items = moments.item.subspan(row, 1),
                .now = moments.time[row],
                .stretches = stretches},
               catalog, work, out.subspan(row * store.width(), store.width()));
  }
  if (rows.empty()) observe_until(0, true);
  if (hands != nullptr) hands->tell(std::numeric_limits<Timestamp>::max());  // or refuse it
}

}  // namespace aisle::features
