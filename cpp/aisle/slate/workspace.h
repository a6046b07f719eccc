#pragma once

/// One request's scratch memory, used again by the next.
///
/// Data path   engine, inside recommend()
/// Threads     one request at a time; the engine lends it
/// Ownership   owns everything; grows to the largest request and stays
/// Cost        none after warm-up

#include <span>
#include <vector>

#include "aisle/base/pool.h"
#include "aisle/explore/explorer.h"
#include "aisle/person/identities.h"
#include "aisle/person/keepsakes.h"
#include "aisle/rerank/calibration.h"
#include "aisle/rerank/dpp.h"
#include "aisle/rerank/mmr.h"
#include "aisle/rerank/xquad.h"
#include "aisle/retrieve/item_scores.h"
#include "aisle/retrieve/session_knn.h"
#include "aisle/retrieve/top_list.h"
#include "aisle/rules/rule_book.h"
#include "aisle/score/features.h"
#include "aisle/score/trees.h"
#include "aisle/session/session_store.h"
#include "aisle/shown/slate_log.h"
#include "aisle/slate/request.h"
#include "aisle/value/objectives.h"
#include "aisle/vectors/vector_workspace.h"

namespace aisle::slate {

/// A reason for each item that must not come, cleared in no time.
class DropMarks {
 public:
  void begin(std::size_t items) {
    if (cells_.size() < items) cells_.resize(items + items / 8);
    marked_.clear();
    if (++epoch_ >= (1U << 27U)) {
      std::ranges::fill(cells_, 0U);
      epoch_ = 1;
    }
  }
  void set(ItemId item, Dropped reason) {
    if (value_of(item) < cells_.size() && of(item) == Dropped::none) {
      cells_[value_of(item)] = (epoch_ << 4U) | static_cast<std::uint32_t>(reason);
      marked_.push_back(item);
    }
  }
  /// Every item that was ever marked in this request; one that was cleared and set again twice.
  [[nodiscard]] std::span<const ItemId> marked() const noexcept { return marked_; }
  [[gnu::always_inline]] void prefetch(ItemId item) const noexcept {
    __builtin_prefetch(cells_.data() + value_of(item), 1);
  }
  void clear(ItemId item) {
    if (value_of(item) < cells_.size()) cells_[value_of(item)] = 0;
  }
  [[nodiscard]] Dropped of(ItemId item) const noexcept {
    if (value_of(item) >= cells_.size()) return Dropped::none;
    const std::uint32_t cell = cells_[value_of(item)];
    return cell >> 4U == epoch_ ? static_cast<Dropped>(cell & 15U) : Dropped::none;
  }

 private:
  std::vector<std::uint32_t> cells_;  // epoch and reason
  std::vector<ItemId> marked_;
  std::uint32_t epoch_ = 0;
};

struct DiversityWorkspace {
  std::vector<ItemId> items;
  std::vector<float> relevance;
  std::vector<float> counts;
  std::vector<float> marked;
  std::vector<float> rows;
  std::vector<std::uint32_t> codes;
  std::vector<float> interest;
  std::vector<std::uint32_t> chosen;
  std::vector<std::uint8_t> is_picked;
  std::vector<std::uint32_t> order;
  rerank::Aspects aspects;
  rerank::MmrWorkspace mmr;
  rerank::DppWorkspace dpp;
  rerank::XquadWorkspace xquad;
  rerank::CalibrationWorkspace calibration;
};

struct ExploreWorkspace {
  std::vector<explore::ArmId> arms;
  std::vector<ItemId> items;           // of each arm
  std::vector<std::uint32_t> entries;  // of each arm: its place in the pool, or kNoEntry
  std::vector<double> context;
  std::vector<double> probabilities;
  std::vector<std::size_t> places;  // of the slate, from 1
  explore::ChooserWorkspace chooser;
  expression::Evaluation evaluation;
};

/// What one step did to the score of each candidate.
struct Changed {
  std::string_view step;
  std::vector<float> by;
};

struct RequestWorkspace {
  // look_up
  session::Recent recent;
  session::Recent other;            // of another device of the same person
  std::vector<person::Part> parts;  // of the person; empty: the visitor alone
  std::vector<person::Keepsake> said;
  std::vector<shown::Showing> other_showings;
  std::vector<ItemId> session;  // the running session's items, oldest first, the anchor last
  std::uint64_t session_number = 0;
  ItemId anchor = kNoItem;
  std::size_t item_count = 0;
  DropMarks drops;
  std::vector<ItemId> sold_out;    // allowed but for their availability
  bool takes_unavailable = false;  // while those fill a slate that is short
  std::vector<ItemId> soft;  // dropped by habit, not by rule: they may fill a slate that is short
  expression::Scope scope;
  std::shared_ptr<const rules::ItemTest> where;  // the request's own filter
  rules::RuleWorkspace rules;
  std::uint64_t seed = 0;                             // of what this request draws
  std::vector<shown::Showing> showings;               // what the visitor was shown lately
  std::vector<ItemId> pages;                          // on the pages before this one
  std::vector<std::pair<ItemId, Dropped>> left_out;   // for this request
  Bitmap given;                                       // the caller's own list
  Bitmap given_allowed;                               // what the catalogue's rules leave of it
  std::vector<std::pair<ItemId, float>> given_items;  // each once, with its share of the best score
  shown::Record record;                               // what is kept of the slate
  // retrieve
  Pool pool;
  retrieve::KnnWorkspace knn;
  vectors::VectorWorkspace vectors;
  std::vector<retrieve::ScoredItem> best;
  std::vector<retrieve::TopList::Entry> top;
  std::vector<float> query;
  std::vector<float> rows;
  std::vector<Candidate> near;
  // score
  std::vector<score::ItemFacts> facts;
  std::vector<score::ItemFacts> session_facts;
  std::vector<Changed> changes;  // of an explained request
  std::vector<float> fair;       // scores before exposure: what is probable, where it is asked for
  std::vector<std::pair<std::uint32_t, double>> shown;  // groups and attention of a slate
  std::vector<float> matrix;
  score::TreeWorkspace trees;
  // rerank
  std::vector<ItemId> boosted_items;
  std::vector<float> boosted;
  value::UtilityWorkspace utility;
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> dearer;
  std::uint64_t slate_number = 0;
  std::vector<std::size_t> offered;  // items of this slate with each offer
  DiversityWorkspace diversity;
  ExploreWorkspace explore;
  std::vector<std::pair<std::uint64_t, std::size_t>> value_counts;
  std::vector<std::size_t> kept;                     // slots kept for each limit's items
  std::vector<std::pair<std::size_t, ItemId>> pins;  // slot from 1, in order of the slots
};

}  // namespace aisle::slate
