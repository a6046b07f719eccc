// From counts to rows: what belongs to the visitor once, to a value once, to an item each time.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "aisle/features/store.h"

namespace aisle::features {
namespace {

constexpr std::size_t kBlock = 64;  // items whose memory is brought on its way together
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// How far a log price lies from those that the visitor turned to, in their standard deviations.
double distance(const Feature& feature, const Word* moments, Timestamp now, double log_price) {
  const auto [weight, sum, squares] = MomentsCell::sums(moments, now, feature.half_life);
  if (weight <= 0.0) return kNaN;
  const double mean = sum / weight;
  const double scatter = std::max(0.0, squares - sum * mean);
  const double doubt = feature.prior_weight * feature.prior_mean * feature.prior_mean;
  return (log_price - mean) / std::sqrt((doubt + scatter) / (feature.prior_weight + weight));
}

double share_of(const Plan& plan, const Reading& reading, const VisitorState& state, Key value,
                Timestamp now) {
  const ShareTrack& track = plan.shares[reading.track];
  double own = 0.0;
  for (const ShareCell& cell : state.shares) {
    if (cell.key == value && cell.track == reading.track)
      own = DecayCell::sums(cell.sum.data(), now, track.half_life)[0];
  }
  const double all = DecayCell::sums(state.row.data() + track.total, now, track.half_life)[0];
  return rate_of(reading.feature, own, all);
}

double since_touched(const Reading& reading, const VisitorState& state, Key item, Timestamp now) {
  for (const TouchCell& cell : state.touched) {
    if (cell.key == item && cell.track == reading.track) return LastCell::since(cell.last, now);
  }
  return kNaN;
}

/// Whole `unit`s since `since`, rounded down.
Timestamp whole(Timestamp time, Timestamp unit) { return time / unit - (time % unit < 0 ? 1 : 0); }

double of_calendar(const Feature& feature, Timestamp now) {
  const Timestamp local = now + feature.utc_offset * kMinute;
  const Timestamp day = whole(local, kDay);
  const Timestamp hour = (local - day * kDay) / kHour;
  const Timestamp weekday = ((day + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  return static_cast<double>(feature.kind == Kind::hour ? hour : weekday);
}

}  // namespace

void FeatureStore::read(const Asked& asked, const catalog::Catalog& catalog, ReadWorkspace& work,
                        std::span<float> out) const {
  know_visitor(asked, catalog, work);
  const std::size_t wide = width();
  const std::size_t rows = std::max<std::size_t>(1, asked.items.size());
  read_visitor(asked, work.visitor, out.first(wide));
  for (std::size_t r = 1; r < rows; ++r)
    std::ranges::copy(out.first(wide), out.begin() + static_cast<std::ptrdiff_t>(r * wide));
  if (asked.items.empty()) return;
  work.keys.resize(rows);
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    const std::size_t end = std::min(rows, begin + kBlock);
    fetch(asked, catalog, begin, end, work.keys);
    for (std::size_t r = begin; r < end; ++r) {
      read_item(asked.items[r], work.keys[r], catalog, asked.now, work.visitor,
                out.subspan(r * wide, wide));
    }
  }
  for (std::size_t c = 0; c < plan_.columns.size(); ++c) read_values(asked, catalog, c, work, out);
}

void FeatureStore::know_visitor(const Asked& asked, const catalog::Catalog& catalog,
                                ReadWorkspace& work) const {
  if (asked.session) {
    visitors_.clear(work.visitor);
    for (std::size_t i = 0; i < asked.session->size(); ++i) {
      const Event viewed{.time = asked.now, .item = (*asked.session)[i], .type = EventType::view};
      visitors_.add(work.visitor, described(viewed, asked.session_keys[i], catalog, work.values));
    }
  } else if (asked.stretches.empty()) {
    visitors_.copy(asked.visitor, asked.now, work.visitor);
  } else {
    visitors_.copy(asked.stretches, asked.now, work.stretch, work.visitor);
  }
}

/// What is the same in all rows; NaN where an item is needed.
void FeatureStore::read_visitor(const Asked& asked, const VisitorState& state,
                                std::span<float> row) const {
  for (std::size_t f = 0; f < row.size(); ++f) {
    const Reading& reading = plan_.readings[f];
    if (reading.scope != Reading::Scope::visitor) {
      row[f] = kNaN;
    } else if (reading.feature.kind == Kind::hour || reading.feature.kind == Kind::weekday) {
      row[f] = static_cast<float>(of_calendar(reading.feature, asked.now));
    } else {
      row[f] = static_cast<float>(counted(reading, state.row.data(), asked.now));
    }
  }
}

/// The keys of some items; all that is read of them is on its way.
void FeatureStore::fetch(const Asked& asked, const catalog::Catalog& catalog, std::size_t begin,
                         std::size_t end, std::vector<Key>& keys) const {
  const catalog::Column* const price =
      plan_.needs_price ? catalog.role(catalog::Role::price) : nullptr;
  for (std::size_t r = begin; r < end; ++r) {
    const ItemId item = asked.items[r];
    keys[r] = asked.keys.empty() || !is_known(item) ? 0 : asked.keys[r];
    if (value_of(item) >= catalog.size()) continue;
    if (price != nullptr) price->prefetch(item);
    for (const NamedColumn& named : plan_.columns) {
      if (const catalog::Column* const column = named.in(catalog)) column->prefetch(item);
    }
    if (keys[r] == 0) keys[r] = item_key(catalog.items()->name(value_of(item)));
    items_.prefetch_slot(keys[r]);
  }
  for (std::size_t r = begin; r < end; ++r) {
    if (keys[r] != 0) items_.prefetch_row(keys[r]);
  }
}

void FeatureStore::read_item(ItemId item, Key key, const catalog::Catalog& catalog, Timestamp now,
                             const VisitorState& state, std::span<float> row) const {
  if (!is_known(item)) return;
  const bool is_there = value_of(item) < catalog.size();
  const double price = plan_.needs_price && is_there ? log_price(catalog, item) : Layout::kNoAmount;
  items_.read(key, [&](const Word* counts) {
    for (std::size_t f = 0; f < row.size(); ++f) {
      const Reading& reading = plan_.readings[f];
      const Feature& feature = reading.feature;
      if (reading.scope != Reading::Scope::item) continue;
      const double value = feature.kind == Kind::price_affinity
                               ? distance(feature, state.row.data() + reading.place, now, price)
                           : feature.of == Of::item ? counted(reading, counts, now)
                                                    : since_touched(reading, state, key, now);
      row[f] = static_cast<float>(value);
    }
  });
}

/// Many items share a value: what was read of it is copied from the first of them.
void FeatureStore::read_values(const Asked& asked, const catalog::Catalog& catalog,
                               std::size_t number, ReadWorkspace& work,
                               std::span<float> out) const {
  const catalog::Column* const column = plan_.columns[number].in(catalog);
  if (column == nullptr) return;
  const std::size_t wide = width();
  const std::size_t mask = std::bit_ceil(2 * asked.items.size()) - 1;
  work.seen.assign(mask + 1, 0);
  work.where.resize(mask + 1);
  for (std::size_t r = 0; r < asked.items.size(); ++r) {
    const ItemId item = asked.items[r];
    const auto text = value_of(item) < catalog.size() ? column->text(item) : std::string_view{};
    if (text.empty()) continue;
    const Key key = value_key(text);
    std::size_t slot = static_cast<std::size_t>(key) & mask;
    while (work.seen[slot] != 0 && work.seen[slot] != key) slot = (slot + 1) & mask;
    const bool is_new = work.seen[slot] == 0;
    if (is_new) {
      work.seen[slot] = key;
      work.where[slot] = static_cast<std::uint32_t>(r);
    }
    float* const row = out.data() + r * wide;
    const float* const first = out.data() + std::size_t{work.where[slot]} * wide;
    const auto each = [&](const auto& value) {
      for (std::size_t f = 0; f < wide; ++f) {
        const Reading& reading = plan_.readings[f];
        if (reading.scope == Reading::Scope::value && reading.column == number)
          row[f] = value(f, reading);
      }
    };
    if (!is_new) {
      each([&](std::size_t f, const Reading&) { return first[f]; });
      continue;
    }
    values_[number]->read(key, [&](const Word* counts) {
      each([&](std::size_t, const Reading& reading) {
        return static_cast<float>(reading.feature.kind == Kind::affinity
                                      ? share_of(plan_, reading, work.visitor, key, asked.now)
                                      : counted(reading, counts, asked.now));
      });
    });
  }
}

}  // namespace aisle::features
