#include "aisle/features/definition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "aisle/base/error.h"

namespace aisle::features {
namespace {

constexpr std::array<std::string_view, kKinds> kKindNames = {
    "count",   "decayed",       "rate",     "affinity", "price_affinity",
    "recency", "session_count", "sessions", "hour",     "weekday"};
constexpr Timestamp kLongest = 36'500 * kDay;
constexpr std::int32_t kMostOffset = 18 * 60;  // minutes

/// One field of what `where` names.
class Check {
 public:
  explicit Check(std::string where) : where_(std::move(where)) {}
  void operator()(bool holds, const char* field, const char* domain, const std::string& got) const {
    if (holds) return;
    throw ConfigError(where_ + field + " must be " + domain + ", got " + got);
  }
  void span(Timestamp value, const char* field) const {
    (*this)(value >= kMinute && value <= kLongest, field, "between a minute and 100 years",
            std::to_string(value) + " microseconds");
  }
  void types(TypeMask value, const char* field) const {
    (*this)(value != 0 && (value & ~kAllTypes) == 0, field, "one or more event types",
            std::to_string(value));
  }
  void number(double value, const char* field, double low, double high, const char* domain) const {
    (*this)(value >= low && value <= high, field, domain, std::to_string(value));
  }

 private:
  std::string where_;
};

void check_prior(const Check& check, const Feature& feature) {
  check.number(feature.prior_mean, "prior_mean", 0.0, 1e9, "within [0, 1e9]");
  check.number(feature.prior_weight, "prior_weight", 0.0, 1e9, "within [0, 1e9]");
}

void check_counted(const Check& check, const Feature& feature) {
  check.types(feature.types, "types");
  check(feature.of != Of::visitor_item || feature.kind == Kind::recency, "of",
        "item, visitor or a column where events are counted", "visitor_item");
  if (feature.of == Of::value)
    check(!feature.column.empty(), "column", "the name of a column", "an empty text");
}

void check_feature(const Check& check, const Feature& feature) {
  check(static_cast<std::size_t>(feature.kind) < kKinds, "kind", "one of Kind",
        std::to_string(static_cast<int>(feature.kind)));
  check(static_cast<std::size_t>(feature.of) < kOfs, "of", "one of Of",
        std::to_string(static_cast<int>(feature.of)));
  switch (feature.kind) {
    case Kind::count:
      check_counted(check, feature);
      return check.span(feature.window, "window");
    case Kind::decayed:
      check_counted(check, feature);
      return check.span(feature.half_life, "half_life");
    case Kind::rate:
      check_counted(check, feature);
      check.types(feature.per, "per");
      check_prior(check, feature);
      check((feature.window == 0) != (feature.half_life == 0), "window", "given, or half_life",
            feature.window == 0 ? "neither" : "both");
      return feature.window != 0 ? check.span(feature.window, "window")
                                 : check.span(feature.half_life, "half_life");
    case Kind::affinity:
      check.types(feature.types, "types");
      check_prior(check, feature);
      check(!feature.column.empty(), "column", "the name of a column", "an empty text");
      return check.span(feature.half_life, "half_life");
    case Kind::price_affinity:
      check.types(feature.types, "types");
      check.number(feature.prior_mean, "spread", 1e-6, 100.0, "within [1e-6, 100]");
      check.number(feature.prior_weight, "prior_weight", 1e-6, 1e9, "within [1e-6, 1e9]");
      return check.span(feature.half_life, "half_life");
    case Kind::recency:
      return check_counted(check, feature);
    case Kind::session_count:
      return check.types(feature.types, "types");
    case Kind::sessions:
      return;
    case Kind::hour:
    case Kind::weekday:
      return check(std::abs(feature.utc_offset) <= kMostOffset, "utc_offset",
                   "within 18 hours of UTC", std::to_string(feature.utc_offset) + " minutes");
  }
}

}  // namespace

std::string_view name_of(Kind kind) noexcept { return kKindNames[static_cast<std::size_t>(kind)]; }

void Definition::validate() const {
  const Check own("");
  own(!features.empty() || !profile.columns.empty(), "features", "at least one", "none");
  own(features.size() <= 1000, "features", "at most 1000", std::to_string(features.size()));
  std::set<std::string_view> names;
  for (const Feature& feature : features) {
    own(!feature.name.empty() && feature.name.size() <= 200, "a feature's name",
        "1 to 200 bytes long", std::to_string(feature.name.size()));
    const Check check("feature \"" + feature.name + "\": ");
    check(names.insert(feature.name).second, "name", "used once", "it twice");
    check_feature(check, feature);
  }
  own.span(session_gap, "session_gap");
  own(time_to_live >= session_gap && time_to_live <= kLongest, "time_to_live",
      "at least session_gap, and no more than 100 years",
      std::to_string(time_to_live) + " microseconds");
  own(memory_limit >= 1U << 20U, "memory_limit", "at least a MiB", std::to_string(memory_limit));
  own(max_values >= 1 && max_values <= 4096, "max_values", "between 1 and 4096",
      std::to_string(max_values));
  own(max_items >= 1 && max_items <= 4096, "max_items", "between 1 and 4096",
      std::to_string(max_items));
  if (profile.columns.empty()) return;
  const Check check("profile: ");
  for (const std::string& column : profile.columns)
    check(!column.empty(), "columns", "names", "an empty text");
  check.types(profile.types, "types");
  check.span(profile.half_life, "half_life");
  check.span(profile.intent_half_life, "intent_half_life");
  check.number(profile.intent_events, "intent_events", 1e-6, 1e6, "within [1e-6, 1e6]");
}

std::vector<std::string> Definition::columns() const {
  std::vector<std::string> all;
  const auto add = [&](const std::string& column) {
    if (!column.empty() && std::ranges::find(all, column) == all.end()) all.push_back(column);
  };
  for (const Feature& feature : features) {
    if (feature.of == Of::value || feature.kind == Kind::affinity) add(feature.column);
  }
  for (const std::string& column : profile.columns) add(column);
  return all;
}

bool Definition::counts_as(const Definition& other) const {
  Definition mine = *this;
  mine.memory_limit = other.memory_limit;
  return mine == other;
}

}  // namespace aisle::features
