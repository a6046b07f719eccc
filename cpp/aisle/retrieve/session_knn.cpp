#include "aisle/retrieve/session_knn.h"

#include <algorithm>
#include <bit>
#include <cmath>

// The algorithm, with the names of Ludewig et al. (UMUAI 2021), Garg et al. (SIGIR 2019) and
// Kersbergen et al. (SIGMOD 2022):
//
//   session s = x1 .. xn            U = its distinct items, w(x) by the last position of x
//   1. candidates: the m newest sessions that share an item with s
//        live sessions first (posting by posting), then past ones: their posting lists are sorted,
//        so a k-way merge meets each session once, newest first, and stops at the m-th
//   2. similarity of each from the weights of the shared items
//   3. the k nearest; equal similarity: the newer session
//   4. each gives its items similarity x decay(step) x nearness, times the item's idf at the end

namespace aisle::retrieve {
namespace {

std::uint64_t bit_of(ItemId item) noexcept { return std::uint64_t{1} << (value_of(item) % 64U); }

constexpr int kFarthest = 1 << 16;  // longer sessions than that are none
constexpr std::size_t kAhead = 8;   // neighbours whose memory is brought on its way

/// Similarities that are equal in mathematics may differ in the last bits; the cut at k must not
/// hang on those. Rounds to 40 bits, about 12 decimal digits.
std::uint64_t rounded(double similarity) noexcept {
  return (std::bit_cast<std::uint64_t>(similarity) + (1ULL << 11U)) >> 12U;
}

/// From 0 for the oldest past session to 1 for the newest, and beyond it for live ones.
double newness(std::uint64_t key, std::size_t session_count) noexcept {
  const auto all = static_cast<double>(session_count + 1);
  return key < kFirstLive ? static_cast<double>(key) / all
                          : 1.0 + static_cast<double>(key - kFirstLive) / all;
}

}  // namespace

SessionKnn::SessionKnn(const SessionIndexView& index, const KnnOptions& options,
                       const LiveSessions* live, std::span<const float> row_weights)
    : index_(index), options_(options), live_(live), row_weights_(row_weights) {
  options_.validate();
  if (options_.lambda_inh > 0.0) {
    for (int d = 0; d < kFarthest; ++d) {
      const double weight = std::exp(-d / options_.lambda_inh);
      if (weight < options_.least_near || weight == 0.0) break;
      near_.push_back(weight);
    }
  }
  weigh_items();
  weigh_sessions();
}

void SessionKnn::score(std::span<const ItemId> session, std::uint64_t own, std::size_t item_count,
                       KnnWorkspace& work, std::span<const double> emphasis) const {
  work.scores.begin(std::max(item_count, index_.item_count()));
  if (options_.max_items != 0 && session.size() > options_.max_items) {
    session = session.last(options_.max_items);
    if (!emphasis.empty()) emphasis = emphasis.last(options_.max_items);
  }
  if (session.empty()) return;
  const double norm = collect_terms(session, emphasis, work);
  work.neighbours.clear();
  if (live_ != nullptr) collect_live(own, work);
  collect_past(work);
  keep_nearest(norm, work);
  vote(work);
  if (options_.idf != Idf::none) {
    for (const ItemId item : work.scores.touched()) work.scores.cell(item) *= item_weight(item);
  }
  if (options_.drop_last && is_known(session.back())) work.scores.drop(session.back());
}

/// Live sessions come posting list by posting list; a small hash table finds the session again.
void SessionKnn::collect_live(std::uint64_t own, KnnWorkspace& work) const {
  const std::size_t capacity = std::bit_ceil(4 * options_.sample_size);
  work.live_table.assign(capacity, 0);
  work.postings.resize(options_.sample_size);
  for (std::size_t list = 0; list < work.terms.size(); ++list) {
    const auto& term = work.terms[list];
    if (!is_known(term.item)) continue;
    const std::size_t found = live_->sessions_of(term.item, work.postings);
    for (std::size_t i = 0; i < found; ++i) {
      if (i + kAhead < found) live_->prefetch(work.postings[i + kAhead]);
      const std::uint64_t number = work.postings[i];
      if (number == own || !live_->has(number)) continue;  // a posting outlives its session
      const std::uint64_t key = kFirstLive + number;
      std::size_t at = (number * 0x9e3779b97f4a7c15ULL >> 32U) & (capacity - 1);
      while (work.live_table[at] != 0 && work.neighbours[work.live_table[at] - 1].key != key) {
        at = (at + 1) & (capacity - 1);
      }
      if (work.live_table[at] == 0) {
        if (work.neighbours.size() >= capacity / 2) continue;
        work.neighbours.push_back({key, 0.0, term.step, 0, 0xffff});
        work.live_table[at] = static_cast<std::uint32_t>(work.neighbours.size());
      }
      Neighbour& neighbour = work.neighbours[work.live_table[at] - 1];
      if (neighbour.last_list == list) continue;  // clicked twice
      neighbour.last_list = static_cast<std::uint16_t>(list);
      neighbour.similarity += term.weight;
      ++neighbour.shared;
    }
  }
  if (work.neighbours.size() > options_.sample_size) {
    const auto m = static_cast<std::ptrdiff_t>(options_.sample_size);
    std::ranges::nth_element(work.neighbours, work.neighbours.begin() + m, std::ranges::greater{},
                             &Neighbour::key);
    work.neighbours.resize(options_.sample_size);
  }
}

/// A k-way merge of sorted posting lists by a binary heap of their fronts.
void SessionKnn::collect_past(KnnWorkspace& work) const {
  auto& heads = work.heads;
  heads.clear();
  work.lists.clear();
  for (std::uint32_t list = 0; list < work.terms.size(); ++list) {
    work.lists.push_back(is_known(work.terms[list].item) ? index_.sessions_of(work.terms[list].item)
                                                         : std::span<const std::uint32_t>{});
    if (!work.lists[list].empty()) heads.push_back({work.lists[list].front(), list});
  }
  // The newest session on top; of one session's lists the one of the newest item first, so that
  // weights are always added in one order and equal sets of items have equal similarity.
  const auto after = [](const KnnWorkspace::Head& a, const KnnWorkspace::Head& b) {
    return a.session != b.session ? a.session < b.session : a.list > b.list;
  };
  std::ranges::make_heap(heads, after);
  const auto advance = [&] {  // replaces the top by its list's next, and sifts it down
    auto head = heads.front();
    auto& list = work.lists[head.list];
    list = list.subspan(1);
    if (list.empty()) {
      std::ranges::pop_heap(heads, after);
      heads.pop_back();
      return;
    }
    head.session = list.front();
    std::size_t at = 0;
    for (std::size_t child = 1; child < heads.size(); child = 2 * at + 1) {
      if (child + 1 < heads.size() && after(heads[child], heads[child + 1])) ++child;
      if (!after(head, heads[child])) break;
      heads[at] = heads[child];
      at = child;
    }
    heads[at] = head;
  };
  while (!heads.empty() && work.neighbours.size() < options_.sample_size) {
    const std::uint32_t z = heads.front().session;
    Neighbour neighbour{z, 0.0, work.terms[heads.front().list].step, 0, 0};
    do {
      neighbour.similarity += work.terms[heads.front().list].weight;
      ++neighbour.shared;
      advance();
    } while (!heads.empty() && heads.front().session == z);
    work.neighbours.push_back(neighbour);
  }
}

void SessionKnn::keep_nearest(double norm, KnnWorkspace& work) const {
  const auto distinct_of = [&](std::uint64_t key) -> double {
    if (key < kFirstLive) return index_.distinct[key];
    return static_cast<double>(std::max<std::size_t>(1, live_->length(key - kFirstLive)));
  };
  const auto size = static_cast<double>(work.terms.size());
  const bool needs_length = options_.similarity != Similarity::vec;
  for (std::size_t i = 0; i < work.neighbours.size(); ++i) {
    if (needs_length && i + kAhead < work.neighbours.size())
      prefetch_length(work.neighbours[i + kAhead].key);
    Neighbour& one = work.neighbours[i];
    switch (options_.similarity) {
      case Similarity::vec:
        one.similarity /= size;
        break;
      case Similarity::cosine:
        one.similarity /= norm * std::sqrt(distinct_of(one.key));
        break;
      case Similarity::jaccard: {
        const double shared = one.shared;
        one.similarity = shared / (size + distinct_of(one.key) - shared);
        break;
      }
    }
    if (!ages_.empty() && one.key < kFirstLive) one.similarity *= ages_[one.key];
  }
  std::erase_if(work.neighbours, [](const Neighbour& one) { return !(one.similarity > 0.0); });
  if (work.neighbours.size() <= options_.k) return;
  const auto nearer = [](const Neighbour& a, const Neighbour& b) {
    const std::uint64_t similar_a = rounded(a.similarity);
    const std::uint64_t similar_b = rounded(b.similarity);
    return similar_a != similar_b ? similar_a > similar_b : a.key > b.key;
  };
  const auto k = static_cast<std::ptrdiff_t>(options_.k);
  std::ranges::nth_element(work.neighbours, work.neighbours.begin() + k, nearer);
  work.neighbours.resize(options_.k);
}

/// The items of a neighbour that get a vote, with the cells that they will be counted in on their
/// way. With lambda_inh those are the ones around the last shared item: farther ones would weigh
/// less than least_near of it.
SessionKnn::Ballot SessionKnn::gather(std::uint64_t key, LiveItems& copy,
                                      const KnnWorkspace& work) const {
  std::span<const ItemId> items;
  const float* row_weights = nullptr;
  if (key < kFirstLive) {
    items = index_.session(static_cast<std::uint32_t>(key));
    if (!row_weights_.empty()) row_weights = &row_weights_[index_.offsets[key]];
  } else {
    items = std::span(copy).first(live_->session(key - kFirstLive, copy));
    // Items that came into the catalogue after the request began wait for the next one.
    for (ItemId& item : std::span(copy).first(items.size())) {
      if (value_of(item) >= work.scores.size()) item = kNoItem;
    }
  }
  std::size_t anchor = 0;
  if (!near_.empty()) {
    const auto is_term = [&](ItemId item) {
      return (work.term_bits & bit_of(item)) != 0 &&
             std::ranges::find(work.terms, item, &KnnWorkspace::Term::item) != work.terms.end();
    };
    anchor = items.empty() ? 0 : items.size() - 1;
    while (anchor > 0 && !is_term(items[anchor])) --anchor;
    const std::size_t begin = anchor - std::min(anchor, near_.size() - 1);
    items = items.subspan(begin, std::min(items.size(), anchor + near_.size()) - begin);
    anchor -= begin;
    if (row_weights != nullptr) row_weights += begin;
  }
  for (const ItemId item : items) {
    if (is_known(item)) work.scores.prefetch(item);
  }
  return {items, anchor, row_weights};
}

void SessionKnn::vote(KnnWorkspace& work) const {
  constexpr std::size_t kGathered = 4;  // neighbours whose items wait for their turn
  std::array<LiveItems, kGathered> copies;
  std::array<Ballot, kGathered> ballots;
  const std::size_t count = work.neighbours.size();
  work.term_bits = 0;
  for (const auto& term : work.terms) work.term_bits |= bit_of(term.item);
  for (std::size_t next = 0; next < count + kGathered - 1; ++next) {
    // Two steps, for the second reads what the first brought.
    if (next + 2 * kAhead < count) prefetch_place(work.neighbours[next + 2 * kAhead].key);
    if (next + kAhead < count) prefetch_items(work.neighbours[next + kAhead].key);
    const std::size_t turn = next % kGathered;
    if (next < count) ballots[turn] = gather(work.neighbours[next].key, copies[turn], work);
    if (next + 1 < kGathered) continue;
    const std::size_t i = next + 1 - kGathered;
    const Neighbour& one = work.neighbours[i];
    double weight = one.similarity * step_weight(one.step);
    if (options_.newer_first) weight *= 1.0 + 1e-10 * newness(one.key, index_.session_count());
    vote_of(weight, ballots[i % kGathered], static_cast<std::uint32_t>(i + 1), work.scores);
  }
}

/// Each distinct item of the neighbour gets the weight once; with lambda_inh by the distance of its
/// last position to the last shared item (STAN).
void SessionKnn::vote_of(double weight, const Ballot& ballot, std::uint32_t mark,
                         ItemScores& scores) const {
  const double* const near = near_.empty() ? nullptr : near_.data();
  for (std::size_t at = ballot.items.size(); at-- > 0;) {
    if (!is_known(ballot.items[at])) continue;
    const std::size_t distance = at > ballot.anchor ? at - ballot.anchor : ballot.anchor - at;
    double vote = near == nullptr ? weight : weight * near[distance];
    if (ballot.row_weights != nullptr) vote *= double{ballot.row_weights[at]};
    scores.add_once(ballot.items[at], mark, vote);
  }
}

}  // namespace aisle::retrieve
