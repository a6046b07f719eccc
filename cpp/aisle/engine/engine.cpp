#include "aisle/engine/engine.h"

#include <algorithm>
#include <string>
#include <utility>

#include "aisle/base/error.h"
#include "aisle/engine/lease.h"

namespace aisle::engine {
namespace {

constexpr std::size_t kAhead = 8;  // rows between two steps that bring memory on its way

bool holds_time(Timestamp time) { return time >= -session::kLatest && time <= session::kLatest; }

[[noreturn]] void refuse_time(Timestamp time, const std::string& where) {
  throw DataError(where + "the time " + std::to_string(time) +
                  " is beyond the year 3111; times are microseconds since 1970");
}

/// 0 means "no session id", so no key is 0.
std::uint32_t key_of_session(std::string_view id) noexcept {
  return id.empty() ? 0U : static_cast<std::uint32_t>(hash_bytes(id, 0x5e5) | 1U);
}

}  // namespace

/// An event on its way in, of an item that may not have its number yet.
struct Engine::Arrival {
  session::Visitor visitor;
  std::uint32_t session_key = 0;
  std::string_view event_id;
  features::Key item_key = 0;  // of its id; 0: not asked for yet
  bool is_id_taken = false;    // taken down for this very event: a swap brings it again
  Event event;
};

/// What a log's ids are in here, looked up once each.
struct Engine::LogNumbers {
  explicit LogNumbers(const LogColumns& log)
      : visitor_hash(log.visitors->size()),
        session_key(log.sessions == nullptr ? 0 : log.sessions->size()),
        item(log.items->size(), kNoItem),
        item_key(log.items->size(), 0) {
    for (std::uint32_t v = 0; v < visitor_hash.size(); ++v)
      visitor_hash[v] = session::Visitor(log.visitors->name(v)).hash;
    for (std::uint32_t s = 0; s < session_key.size(); ++s)
      session_key[s] = key_of_session(log.sessions->name(s));
  }
  [[nodiscard]] Arrival arrival(const LogColumns& log, std::size_t row) const {
    const std::uint32_t v = log.visitor[row];
    return {.visitor = session::Visitor(log.visitors->name(v), visitor_hash[v]),
            .session_key = log.session.empty() ? 0U : session_key[log.session[row]],
            .event_id = log.event_id_of(row),
            .item_key = item_key[log.item[row]],
            .event = {.time = log.time[row],
                      .item = item[log.item[row]],
                      .value = log.value.empty() ? kNoValue : log.value[row],
                      .type = static_cast<EventType>(log.type[row])}};
  }

  std::vector<std::uint64_t> visitor_hash;
  std::vector<std::uint32_t> session_key;
  /// Brings on its way what counting that row will touch.
  void prefetch(const LogColumns& log, std::size_t row, const features::FeatureStore& features,
                features::Ahead ahead) {
    if (row >= log.time.size() || log.item[row] == value_of(kNoItem)) return;
    features::Key& key = item_key[log.item[row]];
    if (key == 0) key = features::FeatureStore::item_key(log.items->name(log.item[row]));
    features.prefetch(visitor_hash[log.visitor[row]], key, ahead);
  }

  std::vector<ItemId> item;             // kNoItem: not asked for yet
  std::vector<features::Key> item_key;  // 0: not asked for yet
};

Engine::Engine(std::shared_ptr<const catalog::Bundle> bundle, const live::Strategies& strategies,
               const EngineOptions& options)
    : options_(options), sessions_(options.sessions), slates_(options.slates) {
  model_.store(std::make_shared<const live::Live>(
      std::make_shared<live::Model>(std::move(bundle), options_.learn, 0), strategies));
  offers_.declare(live::offers_of(strategies));
  if (!options.state.path.empty()) recover();
}

Engine::~Engine() = default;

/// Whether the store would refuse the event as late: asked where the answer decides if an item is
/// to be named.
bool Engine::is_late(const live::Model& model, const Arrival& arrival) const {
  session::Recent recent;
  const Timestamp time = arrival.event.time;
  if (!sessions_.recent(arrival.visitor, time, recent, model.generation())) return false;
  return recent.events.back().time - time > options_.sessions.max_lateness ||
         (recent.events.size() == options_.sessions.max_events &&
          time < recent.events.front().time);
}

/// Gives the arrival its item's number, a new one for a new id. `accepted` says go on; nothing that
/// the model has been swapped out, since an id that it got now would have none in the new one.
std::optional<Observed> Engine::name_item(live::Model& model, std::string_view id,
                                          Arrival& arrival) {
  auto& ids = *model.catalog().items();
  auto number = ids.find(id);
  if (!number) {
    if (model.item_count() >= options_.max_items) return Observed::item_limit;
    if (is_late(model, arrival)) return Observed::late;
    const std::scoped_lock lock(publishing_);
    if (model_.load()->model.get() != &model) return std::nullopt;
    number = ids.insert(id);
    hygiene_.seen_new_item();
  }
  arrival.event.item = ItemId{*number};
  return Observed::accepted;
}

/// Puts the event into its visitor's session and, with `learn`, into what is learned. Nothing when
/// the model has been swapped out.
std::optional<Observed> Engine::take(live::Model& model, Arrival& arrival, Timestamp now,
                                     bool learn, session::Tail& tail) {
  const bool has_id = !arrival.event_id.empty();
  if (has_id && !arrival.is_id_taken && !event_ids_.add(arrival.event_id))
    return Observed::duplicate;
  arrival.is_id_taken = true;
  features::FeatureStore* const features = model.features();
  const auto ticket = features == nullptr ? 0U : features->ticket(arrival.visitor.hash);
  const auto owner = model.live_sessions().owner(arrival.visitor.hash);
  const bool is_for_long = person::is_kept_for_long(arrival.event.type);
  const auto said = is_for_long ? people_.keepsakes().ticket(arrival.visitor.id) : 0U;
  auto appended = sessions_.append(arrival.visitor, arrival.event, now, arrival.session_key,
                                   learn ? &tail : nullptr, model.generation());
  if (appended.outcome == session::AppendOutcome::stale) return std::nullopt;
  const auto outcome = static_cast<Observed>(appended.outcome);
  if (has_id && outcome == Observed::late) event_ids_.take_back(arrival.event_id);
  if (!is_kept(outcome)) return outcome;
  const auto item = [&] { return model.catalog().items()->name(value_of(arrival.event.item)); };
  if (is_for_long) people_.keepsakes().keep(arrival.visitor.id, item(), arrival.event, said);
  if (features != nullptr) {
    const Timestamp stretch =
        people_.identities().stretch_at(arrival.visitor.id, arrival.event.time);
    features->observe({arrival.visitor.hash, arrival.event, arrival.session_key, ticket, stretch,
                       arrival.item_key},
                      model.catalog(), learn ? features::Into::all : features::Into::visitors);
  }
  if (!learn) return outcome;
  const bool is_in_order = outcome == Observed::accepted;
  using session::Impression;  // what this engine showed by itself counts as shown
  if (appended.impression == Impression::none &&
      slates_.was_shown(arrival.visitor.hash, arrival.event.item, model.generation()))
    appended.impression = Impression::clicked;
  is_in_order ? hygiene_.seen(arrival.event, tail, appended)
              : hygiene_.seen_late(arrival.event, appended);
  if (learner_.is_on()) {
    learner_.add(arrival.visitor.hash, item(), arrival.event, arrival.session_key, owner, model);
  } else if (is_in_order) {
    model.learn(arrival.event, tail.before(), appended.session_number, owner);
  }
  return outcome;
}

// What is refused leaves no trace: neither its item nor its event id, it may come again.
Observed Engine::observe_live(const RawEvent& raw, Timestamp now, bool learn) {
  const auto count = [&](Observed outcome) {
    observed_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
    return outcome;
  };
  if (!raw.has_consent) return count(Observed::no_consent);
  check_visitor(raw.visitor);
  if (!holds_time(raw.time)) refuse_time(raw.time, "");
  if (raw.time > now + options_.sessions.max_future) return count(Observed::future);
  Arrival arrival{
      .visitor = session::Visitor(raw.visitor),
      .session_key = key_of_session(raw.session),
      .event_id = raw.event_id,
      .event = {.time = raw.time, .item = kNoItem, .value = raw.value, .type = raw.type}};
  session::Tail tail;
  for (;;) {
    const auto live = model_.load();
    auto outcome = name_item(*live->model, raw.item, arrival);
    if (outcome == Observed::accepted) outcome = take(*live->model, arrival, now, learn, tail);
    if (outcome) return count(*outcome);  // else a swap came between: once more
  }
}

std::array<std::uint64_t, kObserved + 1> Engine::observe_many(const LogColumns& log, Timestamp now,
                                                              bool learn) {
  log.validate();
  const std::size_t n = log.time.size();
  for (std::size_t row = 0; row < n; ++row) {
    if (!holds_time(log.time[row]))
      refuse_time(log.time[row], "row " + std::to_string(row) + " of the log: ");
  }
  LogNumbers numbers(log);
  auto live = model_.load();
  session::Tail tail;
  std::array<std::uint64_t, kObserved + 1> counts{};
  std::uint64_t ticket = 0;
  for (std::size_t row = 0; row < n; ++row) {
    if (row + kAhead < n) sessions_.prefetch(numbers.visitor_hash[log.visitor[row + kAhead]]);
    if (const auto* const features = live->model->features()) {
      numbers.prefetch(log, row + 3 * kAhead, *features, features::Ahead::far);
      numbers.prefetch(log, row + 2 * kAhead, *features, features::Ahead::middle);
      numbers.prefetch(log, row + kAhead, *features, features::Ahead::near);
    }
    if (log.item[row] == value_of(kNoItem)) {
      ++counts[kObserved];
    } else {
      const auto turn = turn_to_write();
      const Observed outcome = observe_row(log, row, now, learn, numbers, live, tail);
      ++counts[static_cast<std::size_t>(outcome)];
      RawEvent kept;
      if (journal_ != nullptr && is_kept(outcome) && log.event(row, kept))
        ticket = write_down(kept);
    }
  }
  wait_for(ticket);
  for (std::size_t i = 0; i < kObserved; ++i)
    observed_[i].fetch_add(counts[i], std::memory_order_relaxed);
  return counts;
}

Observed Engine::observe_row(const LogColumns& log, std::size_t row, Timestamp now, bool learn,
                             LogNumbers& numbers, std::shared_ptr<const live::Live>& live,
                             session::Tail& tail) {
  if (!log.has_consent(row)) return Observed::no_consent;
  if (log.time[row] > now + options_.sessions.max_future) return Observed::future;
  Arrival arrival = numbers.arrival(log, row);
  for (;;) {
    std::optional<Observed> outcome = Observed::accepted;
    if (!is_known(arrival.event.item)) {
      outcome = name_item(*live->model, log.items->name(log.item[row]), arrival);
      numbers.item[log.item[row]] = arrival.event.item;
    }
    if (outcome == Observed::accepted) outcome = take(*live->model, arrival, now, learn, tail);
    if (outcome) return *outcome;
    live = model_.load();  // a swap came between: new numbers, the same row again
    std::ranges::fill(numbers.item, kNoItem);
    arrival.event.item = kNoItem;
  }
}

void Engine::swap(std::shared_ptr<const catalog::Bundle> bundle,
                  const live::Strategies& strategies) {
  const std::scoped_lock lock(swap_);
  const auto old = model_.load();
  auto model = std::make_shared<live::Model>(std::move(bundle), options_.learn,
                                             old->model->generation() + 1);
  // Items that the new bundle does not know stay known: a session may hold them.
  const auto& ids = *old->model->catalog().items();
  std::vector<ItemId> new_item_of;
  const auto add_items = [&] {
    for (auto i = static_cast<std::uint32_t>(new_item_of.size()); i < ids.size(); ++i)
      new_item_of.push_back(ItemId{model->catalog().items()->insert(ids.name(i))});
  };
  add_items();
  Updates updates = updates_.carry_over(old->model->catalog(), new_item_of, model->catalog());
  const auto live = std::make_shared<const live::Live>(model, strategies, old.get());
  offers_.declare(live::offers_of(strategies));  // the last that may throw
  model->take_features_of(*old->model);
  {
    const std::scoped_lock no_new_items(publishing_);
    add_items();  // those named meanwhile; from here on new ids wait for the new model
    slates_.renumber(new_item_of, model->generation());
    sessions_.announce_renumbering(std::move(new_item_of), model->generation());
    model_.store(live);
  }
  updates_ = std::move(updates);
  sessions_.finish_renumbering();
}

void Engine::update_items(const catalog::Catalog& told) {
  const std::scoped_lock lock(swap_);
  updates_.write(told, model_.load()->model->catalog());
}

void Engine::set_strategies(const live::Strategies& strategies) {
  const std::scoped_lock lock(swap_);
  const auto old = model_.load();
  const auto live = std::make_shared<const live::Live>(old->model, strategies, old.get());
  offers_.declare(live::offers_of(strategies));
  model_.store(live);
}

std::array<std::uint64_t, kObserved> Engine::observed() const noexcept {
  std::array<std::uint64_t, kObserved> counts{};
  for (std::size_t i = 0; i < kObserved; ++i)
    counts[i] = observed_[i].load(std::memory_order_relaxed);
  return counts;
}

std::size_t Engine::memory_bytes() const {
  return sessions_.memory_bytes() + slates_.memory_bytes() + people_.identities().memory_bytes() +
         people_.keepsakes().memory_bytes() + model_.load()->model->memory_bytes();
}

}  // namespace aisle::engine
