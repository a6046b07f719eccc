#pragma once

/// A request and its answer.
///
/// Data path   caller -> [request] -> recommend -> [slate] -> caller
/// Threads     values
/// Ownership   a Request borrows what it names for the call; a Slate owns its places
/// Cost        none

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/base/pool.h"
#include "aisle/expression/scope.h"
#include "aisle/value/offer_book.h"

namespace aisle::live {
struct Live;
}

namespace aisle::slate {

struct Request {
  std::string_view visitor{};                   ///< Empty: the caller brings the session.
  std::span<const std::string_view> session{};  ///< Item ids, oldest first; only without a visitor.
  std::string_view anchor{};                    ///< The item the page is about; empty: none.
  std::string_view placement{};                 ///< Whose strategy; empty: the first.
  std::string_view market{};                    ///< Where; empty: the shop as a whole.
  std::size_t k = 12;
  Timestamp now = 0;
  bool explain = false;                             ///< Fills Slate::explanation.
  std::string_view where{};                         ///< The request's own filter; empty: none.
  std::span<const expression::Given> context{};     ///< What the caller says of the request.
  std::span<const expression::Given> parameters{};  ///< Of $names in the placement's texts.
  std::string_view slate_prefix{};                  ///< Of the id that offers are held for.
  value::OfferBook* offers = nullptr;  ///< Null: the slate is seen by nobody, and offers nothing.
  std::span<const std::string_view> exclude{};  ///< Ids that must not come, for this once.
  std::span<const std::string_view> items{};    ///< The caller's own list: nothing else may come.
  std::span<const float> scores{};  ///< Of `items`, none below 0; empty: they are best first.
  float trust = 1.0F;               ///< In the caller's list: a power of its odds.
  bool wants_value = false;         ///< Slate::expected.
  std::uint64_t after = 0;          ///< The slate that this one continues; 0: none.
};

struct Explanation;  // explain.h
struct Verdict;

/// Why an item was kept out.
enum class Dropped : std::uint8_t {
  none,
  anchor,
  bought,
  in_cart,
  seen,
  not_returned_to,
  unavailable,
  filtered,  ///< By a filter: the request's, the strategy's, or that of a rule.
  capped,    ///< No slot left for its group.
  pinned,    ///< Out of the ranking because a rule gave it its slot.
  placed,    ///< Out of the ranking because it has its slot.
  shown,     ///< On the pages before this one.
  excluded,  ///< By the caller, for this request.
  relation,  ///< A substitute where complements are wanted, or the other way round.
};
inline constexpr std::size_t kDropped = 14;

/// Which step of the fallback chain filled a place.
enum class Fallback : std::uint8_t {
  none,      ///< It came from the pool.
  kept_for,  ///< The popular and the new ones of a group for which slots are kept.
  trending_alike,
  trending,
  popular,
  fresh,
  soft,      ///< Seen in the session, where visitors rarely come back.
  sold_out,  ///< What the request's own filter asks for and can't be bought now.
};
inline constexpr std::size_t kFallbacks = 8;

struct SlateItem {
  ItemId item = kNoItem;
  float score = 0.0F;
  bool is_fallback = false;  ///< From the fallback chain, not from the pool.
  bool is_pinned = false;    ///< Put there by a rule.
  bool is_explored = false;  ///< Put there to learn of it.
  double propensity = 1.0;   ///< The probability of this item here, given the places before.
  std::uint64_t arm = 0;     ///< Of an explored place.
  std::array<float, kSources> share{};
  std::array<std::uint16_t, kSources> rank{};
  Fallback step = Fallback::none;  ///< Of the chain that brought it.
};

struct Slate {
  std::vector<SlateItem> items;
  std::vector<std::string_view> names;     ///< The items' ids; they live as long as `live` is held.
  std::shared_ptr<const live::Live> live;  ///< What the ids lie in, and the placements.
  std::shared_ptr<const Explanation> explanation;  ///< Where the request asked for one.
  std::vector<value::Granted> offers;              ///< By place.
  std::size_t pool_size = 0;
  std::array<std::uint32_t, kDropped> dropped{};  ///< How many candidates each rule kept out.
  std::uint32_t generation = 0;
  std::uint64_t number = 0;    ///< Of the slate log.
  std::string_view placement;  ///< Whose strategy made it; lives as long as `live` is held.
  std::string_view chosen;     ///< The placement that was chosen among several; empty: none was.
  double expected = 0.0;       ///< The chance that the next item is one of these, and is seen.
  double propensity = 1.0;     ///< Of that strategy, where one was chosen among several.
};

}  // namespace aisle::slate
