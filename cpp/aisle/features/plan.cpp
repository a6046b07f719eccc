#include "aisle/features/plan.h"

#include <algorithm>
#include <limits>

namespace aisle::features {
namespace {

Reading::Scope scope_of(const Feature& feature) {
  using enum Reading::Scope;
  switch (feature.kind) {
    case Kind::affinity:
      return value;
    case Kind::price_affinity:
      return item;
    case Kind::session_count:
    case Kind::sessions:
    case Kind::hour:
    case Kind::weekday:
      return visitor;
    case Kind::count:
    case Kind::decayed:
    case Kind::rate:
    case Kind::recency:
      break;
  }
  return feature.of == Of::value ? value : feature.of == Of::visitor ? visitor : item;
}

}  // namespace

Plan::Plan(const Definition& given) : definition(given) {
  definition.validate();
  for (const std::string& name : definition.columns())
    columns.push_back({name, catalog::role_of(name)});
  value.resize(columns.size());
  for (const Feature& feature : definition.features) readings.push_back(reading_of(feature));
  const ProfileOptions& profile = definition.profile;
  for (const std::string& column : profile.columns)
    profile_shares.push_back(share(column, profile.types, profile.half_life));
  if (profile.columns.empty()) return;
  profile_price = visitor.add(Counter::Kind::moments, profile.types, profile.half_life);
  needs_price = true;
}

std::size_t Plan::column_number(const std::string& name) const {
  const auto found = std::ranges::find(columns, name, &NamedColumn::name);
  return static_cast<std::size_t>(found - columns.begin());
}

std::size_t Plan::share(const std::string& column, TypeMask types, Timestamp half_life) {
  const std::size_t number = column_number(column);
  for (std::size_t t = 0; t < shares.size(); ++t) {
    const ShareTrack& one = shares[t];
    if (one.column == number && one.types == types && one.half_life == half_life) return t;
  }
  shares.push_back({number, types, half_life, visitor.add_sum(half_life)});
  return shares.size() - 1;
}

Reading Plan::reading_of(const Feature& feature) {
  Reading reading{.feature = feature, .scope = scope_of(feature)};
  if (reading.scope == Reading::Scope::value) reading.column = column_number(feature.column);
  Layout& layout = feature.of == Of::item    ? item
                   : feature.of == Of::value ? value[reading.column]
                                             : visitor;
  const bool has_window = feature.window != 0;
  const auto kind = has_window ? Counter::Kind::window : Counter::Kind::decay;
  const Timestamp span = has_window ? feature.window : feature.half_life;
  switch (feature.kind) {
    case Kind::count:
    case Kind::decayed:
      reading.place = layout.add(kind, feature.types, span);
      break;
    case Kind::rate:
      reading.place = layout.add(kind, feature.types, span);
      reading.below = layout.add(kind, feature.per, span);
      break;
    case Kind::affinity:
      reading.track = share(feature.column, feature.types, feature.half_life);
      break;
    case Kind::price_affinity:
      reading.place = visitor.add(Counter::Kind::moments, feature.types, feature.half_life);
      needs_price = true;
      break;
    case Kind::recency:
      if (feature.of != Of::visitor_item) {
        reading.place = layout.add(Counter::Kind::last, feature.types);
        break;
      }
      reading.track =
          static_cast<std::size_t>(std::ranges::find(touched, feature.types) - touched.begin());
      if (reading.track == touched.size()) touched.push_back(feature.types);
      break;
    case Kind::session_count:
      reading.place = visitor.add(Counter::Kind::session, feature.types);
      break;
    case Kind::sessions:
      reading.place = visitor.add(Counter::Kind::sessions, 0);
      break;
    case Kind::hour:
    case Kind::weekday:
      break;
  }
  return reading;
}

double rate_of(const Feature& feature, double hits, double chances) noexcept {
  const double below = chances + feature.prior_weight;
  if (below <= 0.0) return std::numeric_limits<double>::quiet_NaN();
  return (hits + feature.prior_weight * feature.prior_mean) / below;
}

double counted(const Reading& reading, const Word* row, Timestamp now) noexcept {
  const Feature& feature = reading.feature;
  const auto events = [&](std::size_t place) {
    return feature.window != 0 ? WindowCell::count(row + place, now, feature.window)
                               : DecayCell::sums(row + place, now, feature.half_life)[0];
  };
  switch (feature.kind) {
    case Kind::count:
    case Kind::decayed:
      return events(reading.place);
    case Kind::rate:
      return rate_of(feature, events(reading.place), events(reading.below));
    case Kind::recency:
      return LastCell::since(row[reading.place], now);
    case Kind::session_count:
    case Kind::sessions:
      return static_cast<double>(row[reading.place]);
    case Kind::affinity:
    case Kind::price_affinity:
    case Kind::hour:
    case Kind::weekday:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace aisle::features
