#pragma once

/// Why the items of a slate stand where they do, and why another one does not.
///
/// Data path   recommend -> [explain] -> slate; what a request left in its workspace -> [judge]
/// Threads     one request
/// Ownership   an Explanation owns its numbers and keeps model and strategies, in which its texts lie
/// Cost        that of the request once more, and a look at some sources for each of the session's
///             last items; none for a request that does not ask

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "aisle/live/live.h"
#include "aisle/score/features.h"
#include "aisle/score/linear_scorer.h"
#include "aisle/session/session_store.h"
#include "aisle/shown/slate_log.h"
#include "aisle/slate/asked.h"
#include "aisle/slate/limits.h"

namespace aisle::slate {

/// What one boost, bury or add did to one item.
struct RuleEffect {
  std::string_view rule;
  double factor = 1.0;  ///< Times the item's odds.
  double added = 0.0;   ///< To its relevance.
  bool counts = true;   ///< False where another boost is larger and only the largest counts.
};

/// A candidate after each of the steps; places from 1.
struct Standing {
  float scored = 0.0F;   ///< What the scorer said.
  float boosted = 0.0F;  ///< And after the rules.
  std::size_t scored_place = 0;
  std::size_t boosted_place = 0;      ///< Before diversity,
  std::size_t diversified_place = 0;  ///< and after it.
};

/// For each source, the session's item that links it most to a candidate; kNoItem: none does.
using Links = std::array<ItemId, kSources>;

struct ItemExplanation {
  bool is_candidate = false;  ///< From the pool: what follows up to `effects` is about it.
  Standing standing;
  std::array<float, score::kFeatures> features{};
  std::array<float, score::kFeatures> parts{};  ///< What each adds to the scorer's score.
  std::vector<RuleEffect> effects;
  std::string_view pin;  ///< The rule that gave it its slot.
  std::vector<HeldLimit> limits;
  Links links{};
  std::string_view group;  ///< The value by which trending_alike finds its like.
};

/// What became of one item in a request.
struct Verdict {
  enum class Outcome : std::uint8_t {
    unknown,
    listed,           ///< It is in the slate.
    kept_out,         ///< By `reason`.
    below_minimum,    ///< The slate would have been too short, and was left empty.
    not_found,        ///< No source brought it.
    capped,           ///< By `limit`.
    kept_for_others,  ///< The slots that were left are kept for the items of `limit`.
    ranked,           ///< Others stand before it.
  } outcome = Outcome::unknown;
  Dropped reason = Dropped::none;
  bool is_by_request = false;  ///< Of filtered: by the request's own filter.
  std::string_view rule;       ///< Of filtered: the rule that kept it out; empty: a filter did.
  HeldLimit limit;
  std::size_t place = 0;  ///< Of listed: in the slate, from 1.
  std::size_t pins = 0;   ///< Slots that rules gave away.
  bool is_candidate = false;
  Standing standing;  ///< Of a candidate, as `effects`.
  std::vector<RuleEffect> effects;
  std::shared_ptr<const void> live;  ///< What the texts lie in.
};

struct Explanation {
  std::vector<ItemExplanation> items;  ///< One for each of the slate's.
  score::Weights weights{};
  std::vector<Verdict> candidates;         ///< Of the whole pool, in its order,
  std::vector<ItemId> pool;                ///< which is this.
  session::Recent recent;                  ///< The visitor's events as they were,
  std::vector<shown::Showing> showings;    ///< what they were shown lately,
  std::vector<ItemId> pages;               ///< and on the pages before this one.
  std::string_view placement;              ///< Whose strategy made the slate.
  std::shared_ptr<const live::Live> live;  ///< Model and strategies that answered.
};

/// Explains a slate right after recommend() made it, before the workspace is lent again.
[[nodiscard]] std::shared_ptr<const Explanation> explain(
    const Asked& asked, const Slate& slate, const std::shared_ptr<const live::Live>& live);

/// What becomes of an allowed item between the sources and the slate, right after recommend().
[[nodiscard]] Verdict follow(const Asked& asked, const Slate& slate, ItemId item);

}  // namespace aisle::slate
