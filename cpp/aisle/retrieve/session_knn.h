#pragma once

/// Session-based nearest neighbours: SKNN, V-SKNN, STAN, V-STAN and VMIS-kNN as one family.
///
/// Data path   session -> [retrieve] -> score
/// Threads     immutable, any number of threads, one KnnWorkspace each
/// Ownership   borrows the index (the live sessions, the rows' weights) for its lifetime
/// Cost        a merge of the newest `sample_size` sessions and the items of `k` of them;
///             no allocation after warm-up

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aisle/retrieve/item_scores.h"
#include "aisle/retrieve/live_sessions.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::retrieve {

enum class Similarity : std::uint8_t {
  vec,      ///< sum of the shared items' weights / |U|            (V-SKNN, VMIS-kNN)
  cosine,   ///< sum of the shared items' weights / (|w| sqrt|Z|)  (SKNN, STAN)
  jaccard,  ///< shared items / items of either                    (SKNN)
};

/// How a weight falls with the distance from the session's end. `exponential` takes a lambda.
enum class Weighting : std::uint8_t { same, div, linear, log, quadratic, exponential, vmis };

/// How rare items are favoured.
enum class Idf : std::uint8_t {
  none,
  additive,  ///< x (1 + idf_weighting ln(sessions / rows of the item))          (V-SKNN, V-STAN)
  vmis,      ///< x idf_weighting ln(rows / sessions of the item), if positive   (Serenade)
};

struct KnnOptions {
  std::size_t k = 100;             ///< Neighbours that vote.
  std::size_t sample_size = 1000;  ///< Newest sessions sharing an item that are looked at.
  std::size_t max_items = 0;       ///< Only the last so many items of the session; 0: all.
  Similarity similarity = Similarity::vec;
  Weighting weighting = Weighting::quadratic;        ///< Of the session's items by position.
  Weighting weighting_score = Weighting::quadratic;  ///< Of a neighbour by its newest shared item.
  double lambda_spw = 1.0;  ///< For weighting exponential: exp((p - n) / lambda_spw).
  double lambda_ipw = 1.0;  ///< For weighting_score exponential: exp((p* - n) / lambda_ipw).
  /// Days: sessions that ended before the newest one count exp(-days / lambda); 0: off. Measured
  /// from a request instead, all would change alike.
  double lambda_snh = 0.0;
  double lambda_inh =
      0.0;  ///< Items near the shared one count more, exp(-distance / lambda); 0: off.
  double least_near = 1e-6;  ///< Items that would weigh less by lambda_inh are left out.
  Idf idf = Idf::none;
  double idf_weighting = 1.0;
  bool drop_last = false;  ///< Never return the session's last item (Serenade).
  /// Items that would have equal scores stand in the order of their newest neighbour: each vote is
  /// raised by up to one part in 10^10 with the neighbour's newness.
  bool newer_first = false;

  bool operator==(const KnnOptions&) const = default;
  void validate() const;
};

/// A past or live session that shares items with the query.
struct Neighbour {
  std::uint64_t key = 0;  ///< Session number; live ones count from kFirstLive. Greater is newer.
  double similarity = 0.0;
  std::uint32_t step = 0;    ///< Of the newest shared item from the query's end; the last one is 1.
  std::uint16_t shared = 0;  ///< Number of shared items.
  std::uint16_t last_list = 0xffff;
};
inline constexpr std::uint64_t kFirstLive = std::uint64_t{1} << 40U;

/// One thread's scratch memory.
struct KnnWorkspace {
  struct Term {  // a distinct item of the query
    ItemId item;
    double weight;
    std::uint32_t step;
  };
  struct Head {  // the front of one posting list
    std::uint32_t session;
    std::uint32_t list;
  };
  std::vector<Term> terms;
  std::uint64_t term_bits =
      0;  ///< One bit of each term: most items that are none are told at once.
  std::vector<Head> heads;
  std::vector<std::span<const std::uint32_t>> lists;
  std::vector<Neighbour> neighbours;
  std::vector<std::uint64_t> postings;
  std::vector<std::uint32_t> live_table;
  ItemScores scores;
};

class SessionKnn {
 public:
  /// `row_weights`: how much a past session's vote counts for each of its items, one for each of
  /// index.items; empty: alike.
  SessionKnn(const SessionIndexView& index, const KnnOptions& options,
             const LiveSessions* live = nullptr, std::span<const float> row_weights = {});

  /// Scores items into work.scores for a session, oldest item first. Unknown items (kNoItem) count
  /// in the session's length. `own` is the session's live number: it is not its own neighbour.
  /// `item_count` is the catalogue's size now, at least the index's. `emphasis`, where there is
  /// one for each item of the session, multiplies its weight; a repeated item has its greatest.
  void score(std::span<const ItemId> session, std::uint64_t own, std::size_t item_count,
             KnnWorkspace& work, std::span<const double> emphasis = {}) const;

  [[nodiscard]] const KnnOptions& options() const noexcept { return options_; }

 private:
  using LiveItems = std::array<ItemId, LiveSessions::kMaxItems>;
  struct Ballot {
    std::span<const ItemId> items;
    std::size_t anchor = 0;              // place of the last shared item
    const float* row_weights = nullptr;  // of the items; null: alike
  };

  double collect_terms(std::span<const ItemId> session, std::span<const double> emphasis,
                       KnnWorkspace& work) const;
  void collect_live(std::uint64_t own, KnnWorkspace& work) const;
  void collect_past(KnnWorkspace& work) const;
  void keep_nearest(double norm, KnnWorkspace& work) const;
  void vote(KnnWorkspace& work) const;
  Ballot gather(std::uint64_t key, LiveItems& copy, const KnnWorkspace& work) const;
  // Always inline: GCC takes a function that only prefetches for one without effect, and drops calls.
  [[gnu::always_inline]] void prefetch_length(std::uint64_t key) const noexcept {
    if (key < kFirstLive) {
      __builtin_prefetch(&index_.distinct[key]);
    } else {
      live_->prefetch(key - kFirstLive);
    }
  }
  [[gnu::always_inline]] void prefetch_place(std::uint64_t key) const noexcept {
    if (key < kFirstLive) __builtin_prefetch(&index_.offsets[key]);
  }
  [[gnu::always_inline]] void prefetch_items(std::uint64_t key) const noexcept {
    if (key < kFirstLive) {
      const std::uint32_t end = index_.offsets[key + 1];
      __builtin_prefetch(&index_.items[index_.offsets[key]]);
      __builtin_prefetch(&index_.items[end == 0 ? 0 : end - 1]);
    } else {
      live_->prefetch(key - kFirstLive);
    }
  }
  void vote_of(double weight, const Ballot& ballot, std::uint32_t mark, ItemScores& scores) const;
  [[nodiscard]] double step_weight(std::uint32_t step) const noexcept;
  [[nodiscard]] double item_weight(ItemId item) const noexcept {
    const std::size_t i = value_of(item);
    return i < item_weights_.size() ? item_weights_[i] : new_item_weight_;
  }
  [[nodiscard]] double idf_of(double rows, double sessions) const noexcept;
  void weigh_items();
  void weigh_sessions();

  SessionIndexView index_;
  KnnOptions options_;
  const LiveSessions* live_;
  std::span<const float> row_weights_;
  std::vector<double> near_;          // exp(-d / lambda_inh)
  std::vector<double> ages_;          // of each session by lambda_snh; empty without it
  std::vector<double> item_weights_;  // idf of each item of the index; empty without idf
  double new_item_weight_ = 1.0;
};

}  // namespace aisle::retrieve
