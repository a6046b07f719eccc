#pragma once

/// What a person likes, on all their devices: what lasts, what the running session says, and how far each is believed.
///
/// Data path   features, sessions -> [profile] -> caller
/// Threads     may run on any number of threads, beside everything
/// Ownership   the caller's
/// Cost        a hash for each value of the columns: a millisecond for tens of thousands

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aisle/engine/engine.h"

namespace aisle::engine {

/// (a value, its share of the visitor's events)
using Shares = std::vector<std::pair<std::string, double>>;

struct Taste {
  std::string column;
  Shares durable;  ///< By the decayed events of all time; best first.
  Shares intent;   ///< By the events of the running session; best first.
};

struct Profile {
  std::vector<Taste> tastes;
  /// n / (n + intent_events) * 2^(-pause / intent_half_life)
  double intent_weight = 0.0;
  std::size_t session_events = 0;  ///< n: those that show what the visitor likes.
  double price_mean = 0.0;         ///< Of the logs of prices; with no weight there were none.
  double price_deviation = 0.0;
  double price_weight = 0.0;  ///< The decayed events on items with a price.
};

/// @throws ConfigError where the bundle has no features, or its features no profile.
[[nodiscard]] Profile read_profile(const Engine& engine, std::string_view visitor, Timestamp now);

}  // namespace aisle::engine
