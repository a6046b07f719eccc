#pragma once

/// A stream of events with the skew of a shop: few sessions and few items hold most of it.
///
/// Data path   benchmarks
/// Threads     values
/// Ownership   owns its events
/// Cost        made once for each benchmark

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "aisle/base/event.h"

namespace aisle::bench {

struct Click {
  std::uint32_t visitor = 0;
  Event event;
};

/// Exponential ranks: an eighth of `count` draws 63 % of the events, a third of it 93 %.
inline std::uint32_t skewed(std::mt19937_64& rng, std::size_t count) {
  std::exponential_distribution<double> skew(8.0);
  const double place = skew(rng) * static_cast<double>(count);
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(place) % count);
}

/// Numbers in an order that has nothing to do with memory.
inline std::uint32_t scattered(std::uint32_t number, std::size_t count) {
  return static_cast<std::uint32_t>(std::uint64_t{number} * 2654435761ULL % count);
}

/// Visitors come back in bursts as the skew says; time goes on by `step` microseconds an event.
inline std::vector<Click> make_stream(std::size_t rows, std::size_t visitors, std::size_t items,
                                      Timestamp begin, Timestamp step) {
  std::mt19937_64 rng(7);
  std::vector<Click> clicks(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    clicks[row].visitor = scattered(skewed(rng, visitors), visitors);
    clicks[row].event = {.time = begin + static_cast<Timestamp>(row) * step,
                         .item = ItemId{scattered(skewed(rng, items), items)}};
  }
  return clicks;
}

inline std::vector<std::string> make_names(std::size_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t i = 0; i < count; ++i) names.push_back("visitor-" + std::to_string(i));
  return names;
}

}  // namespace aisle::bench
