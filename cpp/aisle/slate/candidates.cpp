#include "aisle/slate/candidates.h"

#include <algorithm>
#include <cmath>

namespace aisle::slate {
void take_session(RequestWorkspace& work) {
  work.session.clear();
  work.session_number = work.recent.session_number;
  ItemId last = kNoItem;
  for (const Event& event : work.recent.session()) {
    if (!shows_interest(event.type) || !is_known(event.item)) continue;
    const bool is_step =
        event.item != last || event.type == EventType::view || event.type == EventType::click;
    if (is_step) work.session.push_back(event.item);
    last = event.item;
  }
}

void bring_session(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  work.recent.events.clear();
  work.recent.session_begin = 0;
  work.session.clear();
  work.session_number = 0;
  // As many as a live session can hold, the newest: a longer one would only cost time.
  constexpr std::size_t kMost = 1024;
  const auto newest = request.session.last(std::min(kMost, request.session.size()));
  for (const std::string_view id : newest) {
    const ItemId item = asked.find_item(id);
    work.session.push_back(item);
    if (is_known(item)) work.recent.events.push_back({.time = request.now, .item = item});
  }
}

ItemId take_anchor(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  if (asked.request.anchor.empty()) return kNoItem;
  const ItemId anchor = asked.find_item(asked.request.anchor);
  if (is_known(anchor) && (work.session.empty() || work.session.back() != anchor))
    work.session.push_back(anchor);
  return anchor;
}

/// Odds in proportion to the caller's scores, or to one over the place.
void take_given(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  work.given_items.clear();
  if (request.items.empty()) return;
  work.given.clear(work.item_count);
  const float best = request.scores.empty() ? 0.0F : std::ranges::max(request.scores);
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    const ItemId item = asked.find_item(request.items[i]);
    if (!is_known(item) || work.given.test(value_of(item))) continue;
    work.given.set(value_of(item));
    const float by_place = 1.0F / static_cast<float>(i + 1);
    const float by_score = best > 0.0F ? request.scores[i] / best : 1.0F;
    work.given_items.emplace_back(item, request.scores.empty() ? by_place : by_score);
  }
}

void find_left_out(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  work.left_out.clear();
  for (const std::string_view id : request.exclude) {
    const ItemId item = asked.find_item(id);
    if (is_known(item)) work.left_out.emplace_back(item, Dropped::excluded);
  }
  for (const ItemId item : work.pages) {
    if (is_known(item)) work.left_out.emplace_back(item, Dropped::shown);
  }
}

void leave_out(const Asked& asked) {
  for (const auto& [item, reason] : asked.work.left_out) {
    asked.work.drops.clear(item);  // nor does habit or stock bring it back
    asked.work.drops.set(item, reason);
  }
}

void mark_drops(const Asked& asked) {
  RequestWorkspace& work = asked.work;
  if (work.left_out.size() > kFewLeftOut) leave_out(asked);
  const live::Exclusions& exclude = asked.strategy().exclude;
  if (exclude.anchor && is_known(work.anchor)) work.drops.set(work.anchor, Dropped::anchor);
  for (const Event& event : work.recent.events) {
    if (!is_known(event.item)) continue;
    const Dropped there = work.drops.of(event.item);
    if (event.type == EventType::purchase) {
      if (there == Dropped::in_cart) work.drops.clear(event.item);  // it left the cart with it
      if (exclude.bought) work.drops.set(event.item, Dropped::bought);
    } else if (event.type == EventType::refund && there == Dropped::bought) {
      work.drops.clear(event.item);
    } else if (event.type == EventType::cart && exclude.in_cart) {
      work.drops.set(event.item, Dropped::in_cart);
    } else if (event.type == EventType::remove_from_cart && there == Dropped::in_cart) {
      work.drops.clear(event.item);
    } else if (event.type == EventType::dislike) {
      work.drops.set(event.item, Dropped::seen);
    } else if (event.type == EventType::own && exclude.bought) {
      work.drops.set(event.item, Dropped::bought);
    } else if (event.type == EventType::like && there == Dropped::seen) {
      work.drops.clear(event.item);  // disliked no longer
    }
  }
  const auto& returns = asked.model.returns();
  for (std::size_t step = 1; step <= work.session.size(); ++step) {
    const ItemId item = work.session[work.session.size() - step];
    if (!is_known(item)) continue;
    if (work.drops.of(item) != Dropped::none) continue;
    if (exclude.seen) {
      work.drops.set(item, Dropped::seen);
      continue;
    }
    // The newest place of an item decides: a later, older one finds it marked or kept.
    const auto newer = std::span(work.session).last(step - 1);
    const bool is_newest = std::ranges::find(newer, item) == newer.end();
    if (is_newest && returns[std::min(step, returns.size()) - 1] < exclude.return_below) {
      work.drops.set(item, Dropped::not_returned_to);
      work.soft.push_back(item);
    }
  }
}

void take_rules(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  work.scope.now = request.now;
  work.scope.anchor = work.anchor;
  work.scope.events = work.recent.events;
  work.scope.session_begin = work.recent.session_begin;
  work.scope.context = request.context;
  work.scope.parameters = request.parameters;
  work.where = nullptr;
  if (!request.where.empty()) {
    try {
      work.where = model.filters().get(request.where, place.items);
    } catch (const expression::ExpressionError& error) {
      throw error.within("where");
    }
  }
  place.rules->begin(work.scope, work.where.get(), work.rules);
  if (!request.items.empty()) {  // the sources look no further
    if (work.rules.allowed != nullptr) {
      work.given_allowed.copy(work.given);
      work.given_allowed.keep_common(*work.rules.allowed);
    }
    work.rules.allowed = work.rules.allowed == nullptr ? &work.given : &work.given_allowed;
  }
  work.pins.clear();
  for (const std::uint32_t rule : work.rules.pins) {
    const rules::Rule& pin = place.rules->rules()[rule];
    const ItemId item = asked.find_item(pin.items.front());
    if (!is_known(item) || pin.count > request.k) continue;
    const bool is_taken =
        std::ranges::any_of(work.pins, [&](const auto& other) { return other.first == pin.count; });
    const bool is_left_out =
        std::ranges::find(work.left_out, item, &std::pair<ItemId, Dropped>::first) !=
        work.left_out.end();
    if (is_taken || is_left_out) continue;
    // What merchandisers say is stronger than this shop's visitors' habit.
    if (work.drops.of(item) == Dropped::not_returned_to) work.drops.clear(item);
    if (!is_allowed(asked, item)) continue;
    work.pins.emplace_back(pin.count, item);
    work.drops.set(item, Dropped::pinned);
  }
  std::ranges::sort(work.pins);
}

bool is_allowed(const Asked& asked, ItemId item) {
  RequestWorkspace& work = asked.work;
  if (value_of(item) >= work.item_count || work.drops.of(item) != Dropped::none) return false;
  if (!asked.request.items.empty() && !work.given.test(value_of(item))) return false;
  const Bitmap* const allowed = work.rules.allowed;
  if ((allowed != nullptr && !allowed->test(value_of(item))) ||
      !asked.place.rules->allows(item, work.rules)) {
    work.drops.set(item, Dropped::filtered);
    return false;
  }
  if (asked.strategy().exclude.unavailable && !work.takes_unavailable &&
      !asked.place.items.available(item, asked.request.now)) {
    work.drops.set(item, Dropped::unavailable);
    work.sold_out.push_back(item);
    return false;
  }
  return true;
}

std::size_t Candidates::quota(Source source) const {
  const live::SourceOptions& options = strategy_.sources[static_cast<std::size_t>(source)];
  return options.is_on ? options.quota : 0;
}

/// The allowed ones of a list that is best first, up to the quota.
template <class List, class Score>
void Candidates::add_list(Source source, const List& list, const Score& score) const {
  const std::size_t most = quota(source);
  std::size_t rank = 0;
  double best = 0.0;
  constexpr std::size_t kAhead = 8;
  const std::size_t size = list.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (rank >= most) return;
    if (i + kAhead < std::min(size, most)) prefetch(list[i + kAhead].item);
    const auto& one = list[i];
    if (!allowed(one.item)) continue;
    if (rank == 0) best = score(one);
    ++rank;
    work_.pool.add(source, one.item, rank,
                   best > 0.0 ? static_cast<float>(score(one) / best) : 0.0F);
  }
}

/// A few more than the quota, for those that the visitor bought or that are out of stock.
void Candidates::add_best(Source source, retrieve::ItemScores& scores) const {
  constexpr std::size_t kSpare = 50;
  const auto by_score = [](const retrieve::ScoredItem& one) { return one.score; };
  scores.top(quota(source) + kSpare, work_.best, work_.rules.allowed);
  add_list(source, work_.best, by_score);
}

void Candidates::from_sessions() const {
  if (quota(Source::knn) == 0 || work_.session.empty()) return;
  asked_.place.knn->score(work_.session, work_.session_number, work_.item_count, work_.knn);
  add_best(Source::knn, work_.knn.scores);
}

void Candidates::from_pairs(Source source, live::PairKind kind,
                            const retrieve::CoVisitationQuery& query) const {
  if (quota(source) == 0 || work_.session.empty()) return;
  model_.pairs(kind).score(work_.session, work_.item_count, query, work_.knn.scores);
  add_best(source, work_.knn.scores);
}

void Candidates::from_vectors() const {
  const vectors::VectorIndex* const vectors = model_.vectors();
  const std::size_t most = quota(Source::vectors);
  if (vectors == nullptr || most == 0 || work_.session.empty()) return;
  const std::size_t used = std::min(strategy_.vector_items, work_.session.size());
  const auto last = std::span(work_.session).last(used);
  const std::size_t dim = vectors->dim();
  work_.rows.resize(used * dim);
  if (vectors->copy_vectors(last, work_.rows) == 0) return;
  work_.query.assign(dim, 0.0F);
  double weight = 1.0;
  for (std::size_t at = used; at-- > 0; weight *= strategy_.vector_decay) {
    for (std::size_t d = 0; d < dim; ++d)
      work_.query[d] += static_cast<float>(weight) * work_.rows[at * dim + d];
  }
  work_.near.resize(most);
  const std::size_t found =
      vectors->search(work_.query, most, work_.rules.allowed, work_.vectors, work_.near);
  add_list(Source::vectors, std::span(work_.near).first(found),
           [](const Candidate& one) { return double{one.score}; });
}

void Candidates::from_trending() const {
  const auto by_score = [](const retrieve::TopList::Entry& one) { return one.score; };
  if (quota(Source::trending) != 0) {
    model_.trending().top(model_.trending().options().top, asked_.request.now, work_.top);
    add_list(Source::trending, work_.top, by_score);
  }
  retrieve::AttributeValue value;
  if (quota(Source::trending_alike) == 0 || work_.session.empty() ||
      !is_known(work_.session.back()))
    return;
  if (!model_.alike(work_.session.back(), value)) return;
  model_.trending().top_of(value, model_.trending().options().top_of_value, asked_.request.now,
                           work_.top);
  add_list(Source::trending_alike, work_.top, by_score);
}

/// All of the caller's own list, whatever the sources know of it.
void Candidates::from_caller() const {
  for (const auto& [item, share] : work_.given_items) {
    if (allowed(item)) work_.pool.at(item);
  }
}

/// Recently viewed by sum of 1 / sqrt(steps since); bought before by the number of purchases.
void Candidates::from_history() const {
  const auto& events = work_.recent.events;
  const auto gather = [&](Source source, const auto& weight_of) {
    if (quota(source) == 0) return;
    work_.knn.scores.begin(work_.item_count);
    for (std::size_t at = events.size(); at-- > 0;) {
      if (!is_known(events[at].item) || value_of(events[at].item) >= work_.item_count) continue;
      const double weight = weight_of(events[at], static_cast<double>(events.size() - at));
      if (weight > 0.0) work_.knn.scores.add(events[at].item, weight);
    }
    add_best(source, work_.knn.scores);
  };
  gather(Source::history, [](const Event& event, double steps) {
    return shows_interest(event.type) ? 1.0 / std::sqrt(steps) : 0.0;
  });
  gather(Source::buy_again, [](const Event& event, double steps) {
    return event.type == EventType::purchase ? 1.0 + 0.01 / steps : 0.0;
  });
}

}  // namespace aisle::slate
