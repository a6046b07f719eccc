#pragma once

/// What an engine is made with, and the small answers that it gives.
///
/// Data path   caller -> [engine options] -> engine -> [what became of it] -> caller
/// Threads     values
/// Ownership   values
/// Cost        none

#include <cstddef>
#include <cstdint>

#include "aisle/journal/journal.h"
#include "aisle/live/model.h"
#include "aisle/session/hygiene.h"
#include "aisle/session/session_store.h"
#include "aisle/slate/request.h"

namespace aisle::engine {

struct EngineOptions {
  journal::JournalOptions state{};  ///< Where events are kept; an empty path: nowhere.
  session::SessionStoreOptions sessions{};
  live::LearnOptions learn{};
  session::HygieneLimits hygiene{};
  Timestamp watermark = 0;             ///< Learn so long after the newest event; 0: at once.
  std::size_t max_items = 10'000'000;  ///< New item ids beyond this are refused and counted.
  std::size_t slates = 65'536;         ///< So many slates are remembered, the newest; 0: none.
};

/// What became of an observed event, for the caller's counters.
enum class Observed : std::uint8_t {
  accepted,
  reordered,
  duplicate,
  late,
  future,
  item_limit,
  no_consent
};
inline constexpr std::size_t kObserved = 7;
/// Whether it changed what is known.
[[nodiscard]] constexpr bool is_kept(Observed outcome) noexcept {
  return outcome == Observed::accepted || outcome == Observed::reordered;
}

/// What became of an outcome that was told of a slate.
enum class Joined : std::uint8_t {
  learned,        ///< An arm was told.
  noted,          ///< The slate knows of it; no arm learns from it.
  unknown_slate,  ///< Not kept (any more), or of another engine.
  not_in_slate,   ///< The slate had no such item.
};
inline constexpr std::size_t kJoined = 4;

/// One placement of a page.
struct Widget {
  slate::Request request;
  double value = 1.0;  ///< What an item taken there is worth.
};

/// A widget that came onto the page.
struct PlacedSlate {
  std::size_t widget = 0;  ///< Its number in what was asked.
  double value = 0.0;      ///< What it was expected to bring when it was placed.
  slate::Slate slate;
};

}  // namespace aisle::engine
