#include "aisle/slate/links.h"

#include <algorithm>
#include <cmath>

namespace aisle::slate {
namespace {

constexpr std::size_t kMostNamed = 8;  // distinct items of the session, the newest, that are asked

/// The session's distinct items, newest first.
std::vector<ItemId> newest_of(std::span<const ItemId> session) {
  std::vector<ItemId> newest;
  for (std::size_t at = session.size(); at-- > 0 && newest.size() < kMostNamed;) {
    if (is_known(session[at]) && std::ranges::find(newest, session[at]) == newest.end())
      newest.push_back(session[at]);
  }
  return newest;
}

class Finder {
 public:
  Finder(const Asked& asked, std::span<const SlateItem> items)
      : asked_(asked), items_(items), newest_(newest_of(asked.work.session)) {
    Links none;
    none.fill(kNoItem);
    links_.assign(items.size(), none);
  }

  /// Asks once for each item of the session: score(j, candidate) is what the j-th newest gives.
  template <class Begin, class Score>
  void ask(Source source, const Begin& begin, const Score& score) {
    const auto s = static_cast<std::size_t>(source);
    const auto is_from = [s](const SlateItem& one) { return one.rank[s] != 0; };
    if (std::ranges::none_of(items_, is_from)) return;
    best_.assign(items_.size(), 0.0);
    for (std::size_t j = 0; j < newest_.size(); ++j) {
      if (!begin(j)) return;
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (!is_from(items_[i]) || items_[i].item == newest_[j]) continue;
        const double found = score(j, items_[i].item);
        if (found <= best_[i]) continue;
        best_[i] = found;
        links_[i][s] = newest_[j];
      }
    }
  }

  /// Neighbours that share this item alone. The others count in the session's length all the same,
  /// so that it weighs what it weighed in the request.
  void ask_sessions() {
    RequestWorkspace& work = asked_.work;
    std::vector<ItemId> alone;
    ask(
        Source::knn,
        [&](std::size_t j) {
          alone = work.session;
          for (ItemId& item : alone) item = item == newest_[j] ? item : kNoItem;
          asked_.place.knn->score(alone, work.session_number, work.item_count, work.knn);
          return true;
        },
        [&](std::size_t, ItemId item) { return work.knn.scores.score(item); });
  }

  void ask_pairs(Source source, live::PairKind kind, const retrieve::CoVisitationQuery& query) {
    RequestWorkspace& work = asked_.work;
    const retrieve::CoVisitation pairs = asked_.model.pairs(kind);
    ask(
        source,
        [&](std::size_t j) {
          if (j >= query.last_items) return false;
          pairs.score({&newest_[j], 1}, work.item_count, query, work.knn.scores);
          return true;
        },
        [&](std::size_t j, ItemId item) {
          return work.knn.scores.score(item) * std::pow(query.step_decay, static_cast<double>(j));
        });
  }

  void ask_vectors() {
    const vectors::VectorIndex* const vectors = asked_.model.vectors();
    if (vectors == nullptr) return;
    const live::Strategy& strategy = asked_.strategy();
    ask(
        Source::vectors, [&](std::size_t j) { return j < strategy.vector_items; },
        [&](std::size_t j, ItemId item) {
          return vectors->similarity(newest_[j], item) *
                 std::pow(strategy.vector_decay, static_cast<double>(j));
        });
  }

  [[nodiscard]] std::vector<Links> take() && { return std::move(links_); }

 private:
  const Asked& asked_;
  std::span<const SlateItem> items_;
  std::vector<ItemId> newest_;
  std::vector<Links> links_;
  std::vector<double> best_;
};

}  // namespace

std::vector<Links> find_links(const Asked& asked, std::span<const SlateItem> items) {
  const live::Strategy& strategy = asked.strategy();
  Finder finder(asked, items);
  finder.ask_sessions();
  finder.ask_pairs(Source::co_visitation, live::PairKind::view, strategy.co_visitation);
  finder.ask_pairs(Source::rules, live::PairKind::view, strategy.rules);
  finder.ask_pairs(Source::cart, live::PairKind::cart, strategy.co_visitation);
  finder.ask_pairs(Source::purchase, live::PairKind::purchase, strategy.co_visitation);
  finder.ask_vectors();
  return std::move(finder).take();
}

}  // namespace aisle::slate
