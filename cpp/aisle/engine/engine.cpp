#include "aisle/engine/engine.h"

#include <algorithm>
#include <string>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/engine/lease.h"

namespace aisle::engine {
namespace {

void check_time(Timestamp time) {
  if (time >= -session::kLatest && time <= session::kLatest) return;
  throw DataError("the time " + std::to_string(time) +
                  " is beyond the year 3111; times are microseconds since 1970");
}

/// 0 means "no session id", so no key is 0.
std::uint32_t key_of_session(std::string_view id) noexcept {
  return static_cast<std::uint32_t>(hash_bytes(id, 0x5e5) | 1U);
}

}  // namespace

/// The number of an item, a new one for a new id; kNoItem when the catalogue is full. Nothing when
/// the model has been swapped out: an id that it got now would have no number in the new one.
std::optional<ItemId> Engine::intern(Model& model, std::string_view id) {
  if (const auto number = model.catalog().items()->find(id)) return ItemId{*number};
  if (model.item_count() >= options_.max_items) return kNoItem;
  const std::scoped_lock lock(publishing_);
  if (model_.load()->model.get() != &model) return std::nullopt;
  return ItemId{model.catalog().items()->insert(id)};
}

Engine::Engine(std::shared_ptr<const catalog::Bundle> bundle, const Strategies& strategies,
               const EngineOptions& options)
    : options_(options), sessions_(options.sessions) {
  model_.store(std::make_shared<const Live>(
      std::make_shared<Model>(std::move(bundle), options_.learn, 0), strategies));
}

Engine::~Engine() = default;

Observed Engine::observe(const RawEvent& raw, Timestamp now, bool learn) {
  const auto count = [&](Observed outcome) {
    observed_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
    return outcome;
  };
  if (!raw.has_consent) return count(Observed::no_consent);
  if (raw.visitor.empty())
    throw DataError("a visitor's id is empty; give the event a visitor or leave it out");
  if (raw.visitor.size() > catalog::Dictionary::kMaxIdBytes || !catalog::is_utf8(raw.visitor)) {
    throw DataError("a visitor's id is " + std::to_string(raw.visitor.size()) +
                    " bytes long or not UTF-8; at most " +
                    std::to_string(catalog::Dictionary::kMaxIdBytes) +
                    " bytes of UTF-8 are allowed");
  }
  const session::Visitor visitor(raw.visitor);
  const std::uint32_t session_key = raw.session.empty() ? 0U : key_of_session(raw.session);
  session::Tail tail;
  check_time(raw.time);
  // What is refused leaves no trace: neither its item nor its event id, it may come again.
  if (raw.time > now + options_.sessions.max_future) return count(Observed::future);
  bool is_id_new = raw.event_id.empty();
  for (;;) {
    const auto live = model_.load();
    Model& model = *live->model;
    const auto found = intern(model, raw.item);
    if (!found) continue;  // a swap came between
    const ItemId item = *found;
    if (!is_known(item)) return count(Observed::item_limit);
    if (!is_id_new && !event_ids_.add(raw.event_id)) return count(Observed::duplicate);
    is_id_new = true;
    const Event event{.time = raw.time, .item = item, .value = raw.value, .type = raw.type};
    tail.count = 0;
    const auto owner = model.live_sessions().owner(visitor.hash);
    const auto appended =
        sessions_.append(visitor, event, now, session_key, &tail, model.generation());
    if (appended.outcome == session::AppendOutcome::stale) continue;  // a swap came between
    if (learn && appended.outcome == session::AppendOutcome::accepted) {
      model.learn(event, tail.before(), appended.session_number, owner);
    }
    return count(static_cast<Observed>(appended.outcome));
  }
}

std::array<std::uint64_t, kObserved + 1> Engine::observe_many(const LogColumns& log, Timestamp now,
                                                              bool learn) {
  log.validate();
  for (const Timestamp time : log.time) check_time(time);
  constexpr std::size_t kAhead = 8;
  std::array<std::uint64_t, kObserved + 1> counts{};
  const std::size_t n = log.time.size();
  std::vector<std::uint64_t> visitor_hash(log.visitors->size());
  for (std::uint32_t v = 0; v < visitor_hash.size(); ++v)
    visitor_hash[v] = session::Visitor(log.visitors->name(v)).hash;
  std::vector<std::uint32_t> session_key(log.sessions == nullptr ? 0 : log.sessions->size());
  for (std::uint32_t s = 0; s < session_key.size(); ++s)
    session_key[s] = key_of_session(log.sessions->name(s));
  auto live = model_.load();
  std::vector<ItemId> items(log.items->size(), kNoItem);
  const auto reload = [&] {  // a swap came between: new numbers, the same row again
    live = model_.load();
    std::ranges::fill(items, kNoItem);
  };
  session::Tail tail;
  for (std::size_t row = 0; row < n; ++row) {
    if (row + kAhead < n) sessions_.prefetch(visitor_hash[log.visitor[row + kAhead]]);
    if (log.item[row] == value_of(kNoItem)) {
      ++counts[kObserved];
      continue;
    }
    if (!log.has_consent(row)) {
      ++counts[static_cast<std::size_t>(Observed::no_consent)];
      continue;
    }
    if (log.time[row] > now + options_.sessions.max_future) {
      ++counts[static_cast<std::size_t>(Observed::future)];
      continue;
    }
    ItemId& item = items[log.item[row]];
    if (!is_known(item)) {
      const auto found = intern(*live->model, log.items->name(log.item[row]));
      if (!found) {
        reload();
        --row;
        continue;
      }
      item = *found;
    }
    if (!is_known(item)) {
      ++counts[static_cast<std::size_t>(Observed::item_limit)];
      continue;
    }
    const Event event{.time = log.time[row],
                      .item = item,
                      .value = log.value.empty() ? kNoValue : log.value[row],
                      .type = static_cast<EventType>(log.type[row])};
    const session::Visitor visitor(log.visitors->name(log.visitor[row]),
                                   visitor_hash[log.visitor[row]]);
    const auto owner = live->model->live_sessions().owner(visitor.hash);
    const auto appended = sessions_.append(visitor, event, now,
                                           log.session.empty() ? 0U : session_key[log.session[row]],
                                           learn ? &tail : nullptr, live->model->generation());
    if (appended.outcome == session::AppendOutcome::stale) {
      reload();
      --row;
      continue;
    }
    ++counts[static_cast<std::size_t>(appended.outcome)];
    if (learn && appended.outcome == session::AppendOutcome::accepted) {
      live->model->learn(event, tail.before(), appended.session_number, owner);
    }
  }
  for (std::size_t i = 0; i < kObserved; ++i)
    observed_[i].fetch_add(counts[i], std::memory_order_relaxed);
  return counts;
}

// The session goes first: from then on the visitor's clicks are those of somebody new. A model that
// took one in before is published by now, and under the lock it is seen here too.
bool Engine::forget(std::string_view visitor) {
  const session::Visitor who(visitor);
  const bool was_known = sessions_.forget(who);
  const auto model = [&] {
    const std::scoped_lock lock(publishing_);
    return model_.load()->model;
  }();
  model->live_sessions().forget(who.hash);
  return was_known;
}

void Engine::swap(std::shared_ptr<const catalog::Bundle> bundle, const Strategies& strategies) {
  const std::scoped_lock lock(swap_);
  const auto old = model_.load();
  auto model =
      std::make_shared<Model>(std::move(bundle), options_.learn, old->model->generation() + 1);
  // Items that the new bundle does not know stay known: a session may hold them.
  const auto& ids = *old->model->catalog().items();
  std::vector<ItemId> new_item_of;
  const auto add_items = [&] {
    for (auto i = static_cast<std::uint32_t>(new_item_of.size()); i < ids.size(); ++i)
      new_item_of.push_back(ItemId{model->catalog().items()->insert(ids.name(i))});
  };
  add_items();
  const auto live = std::make_shared<const Live>(model, strategies);  // the last that may throw
  {
    const std::scoped_lock no_new_items(publishing_);
    add_items();  // those named meanwhile; from here on new ids wait for the new model
    sessions_.announce_renumbering(std::move(new_item_of), model->generation());
    model_.store(live);
  }
  sessions_.finish_renumbering();
}

void Engine::set_strategies(const Strategies& strategies) {
  const std::scoped_lock lock(swap_);
  model_.store(std::make_shared<const Live>(model_.load()->model, strategies));
}

std::array<std::uint64_t, kObserved> Engine::observed() const noexcept {
  std::array<std::uint64_t, kObserved> counts{};
  for (std::size_t i = 0; i < kObserved; ++i)
    counts[i] = observed_[i].load(std::memory_order_relaxed);
  return counts;
}

std::size_t Engine::memory_bytes() const {
  return sessions_.memory_bytes() + model_.load()->model->memory_bytes();
}

}  // namespace aisle::engine
