#pragma once

/// What a placement tries out, and what it learns from.
///
/// Data path   strategy -> [explorer]; slots ask its bandit, outcomes tell it
/// Threads     the bandit and the queue may be used by any thread
/// Ownership   owns its bandit; lives as long as a placement, a slate in the making or an outcome
///             holds it, through swaps of strategies that keep its arms
/// Cost        that of the bandit; due() one lock

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/explore/bandit.h"

namespace aisle::explore {

/// What is an arm.
enum class Over : std::uint8_t {
  items,       ///< An item, by the hash of its id: so it is the same in every bundle.
  sources,     ///< A candidate source, whose best candidate then has the place.
  strategies,  ///< The strategy of another placement, for the whole slate.
};

struct ExploreOptions {
  bool is_on = false;
  Over over = Over::items;
  BanditOptions bandit{};
  std::size_t slots = 1;             ///< Of a slate, spread over it.
  std::vector<std::size_t> places;   ///< Instead: these places, from 1.
  std::size_t pool = 50;             ///< Over items: the best so many candidates are arms.
  std::size_t fresh = 0;             ///< And so many of the newest items that nobody looked at yet.
  double max_age = 0.0;              ///< Days known; older items are no arms; 0: any.
  std::vector<std::string> among;    ///< Over strategies: their placements.
  std::vector<std::string> context;  ///< Numbers of the request, as expressions.
  std::array<double, kEventTypes> rewards{};  ///< By type of outcome; 0: of no interest.
  Timestamp horizon = 30 * kMinute;           ///< What is not told of by then was ignored.
  bool counts_shown = false;  ///< Ignored until told otherwise, instead of unknown until seen.

  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
  /// Whether what was learned with the other holds for this.
  [[nodiscard]] bool has_arms_of(const ExploreOptions& other) const;
};

class Explorer {
 public:
  explicit Explorer(const BanditOptions& options) : Explorer(std::make_unique<Bandit>(options)) {}
  /// With what was learned before.
  explicit Explorer(std::unique_ptr<Bandit> learned);

  [[nodiscard]] Bandit& bandit() const noexcept { return *bandit_; }
  /// Another one for each explorer.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// A slate waits for outcomes until then.
  void wait_for(std::uint64_t slate, Timestamp until);
  /// The next slate whose time is over, once.
  [[nodiscard]] std::optional<std::uint64_t> due(Timestamp now);

 private:
  std::unique_ptr<Bandit> bandit_;
  std::uint64_t number_;
  std::mutex mutex_;
  std::deque<std::pair<Timestamp, std::uint64_t>> waiting_;
};

}  // namespace aisle::explore
