#pragma once

/// What answers requests now: a model, and for each placement the strategy that was made for it.
///
/// Data path   swap -> [live] -> recommend
/// Threads     immutable once published; one is never seen without the other
/// Ownership   shares the model; owns the strategies
/// Cost        at() a lookup; in a market the name is put together first

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aisle/base/hash.h"
#include "aisle/explore/explorer.h"
#include "aisle/live/model.h"
#include "aisle/live/strategy.h"
#include "aisle/rules/rule_book.h"

namespace aisle::live {

/// An exposure with what was shown of its groups so far.
struct Exposed {
  Exposure exposure;
  const catalog::Column* column = nullptr;         ///< Null: its items are one group.
  std::shared_ptr<rules::FollowedBitmap> where{};  ///< Those for which it is true.
  std::shared_ptr<const Bitmap> popular{};         ///< Those of the tail are not.
  std::shared_ptr<shown::Shares> shares{};
};

struct Placement {
  std::string name;  ///< "home@de" in the market de.
  Strategy strategy;
  catalog::View items;                                ///< As its market sees them.
  std::shared_ptr<const retrieve::SessionKnn> knn{};  ///< Shared by placements with equal options.
  std::shared_ptr<const rules::RuleBook> rules{};
  value::Utility utility{};
  std::shared_ptr<explore::Explorer> explorer{};  ///< Null: nothing is tried out.
  std::vector<Exposed> exposure{};
  std::vector<std::shared_ptr<const expression::Program>> context{};  ///< What a decision hangs on.
};

/// What was learned of a placement's arms.
struct Learned {
  std::string placement;
  std::shared_ptr<explore::Explorer> explorer;
};

/// The offers of all placements.
[[nodiscard]] std::vector<value::Offer> offers_of(const Strategies& strategies);

struct Live {
  /// Explorers of `before` whose arms mean the same go on.
  /// @throws ConfigError when a strategy does not hold.
  Live(std::shared_ptr<Model> learned, const Strategies& strategies, const Live* before = nullptr);
  /// The same, with other explorers.
  /// @throws ConfigError for a placement that explores nothing, or with another policy.
  Live(const Live& before, const std::vector<Learned>& restored);

  /// The placement of that name, in that market; the first one there for the empty name.
  /// @throws UnknownNameError that lists the placements, or the markets, there are.
  [[nodiscard]] const Placement& at(std::string_view placement, std::string_view market = {}) const;
  /// The same; null where there is none.
  [[nodiscard]] const Placement* find(std::string_view placement,
                                      std::string_view market = {}) const;
  /// The placement with the explorer of that number; null when it is gone.
  [[nodiscard]] const Placement* exploring(std::uint64_t explorer) const;

  std::shared_ptr<Model> model;
  std::vector<Placement> placements;

 private:
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>>
      by_name_;  ///< "home@de"; "@de": the first there.
};

}  // namespace aisle::live
