#pragma once

/// The engine: events in, slates out.
///
/// Data path   observe -> session, learn; recommend -> retrieve -> score -> rerank -> slate
/// Threads     every method may be called from any thread; recommend() takes the lock of one shard
///             of the sessions for a copy, and none that spans the engine
/// Ownership   owns sessions and model; a slate is the caller's
/// Cost        observe() about a microsecond, recommend() about a hundred

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <vector>

#include "aisle/base/published.h"
#include "aisle/engine/engine_options.h"
#include "aisle/engine/learner.h"
#include "aisle/engine/log.h"
#include "aisle/engine/people.h"
#include "aisle/engine/updates.h"
#include "aisle/live/live.h"
#include "aisle/session/hygiene.h"
#include "aisle/session/recent_ids.h"
#include "aisle/session/session_store.h"
#include "aisle/shown/slate_log.h"
#include "aisle/slate/request.h"

namespace aisle::slate {
struct Asked;
struct RequestWorkspace;
struct LookOptions;
struct Look;
}  // namespace aisle::slate

namespace aisle::engine {

class Engine {
 public:
  /// @throws ConfigError when an option or a strategy does not hold.
  Engine(std::shared_ptr<const catalog::Bundle> bundle, const live::Strategies& strategies,
         const EngineOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Takes an event in; the next recommend() knows it. "future" is measured against `now`.
  /// @throws DataError for an id that is empty, too long or not UTF-8; nothing is taken in then.
  /// With `learn` off only the visitor's session takes it in.
  /// @throws StateError when the event is known but can't be written down.
  Observed observe(const RawEvent& event, Timestamp now, bool learn = true);

  /// The rows of a log in their order, faster than one by one: ids are looked up once each.
  /// Counts by Observed, and last the rows without an item.
  std::array<std::uint64_t, kObserved + 1> observe_many(const LogColumns& log, Timestamp now,
                                                        bool learn = true);

  /// Fills `slate` with up to request.k items, best first: slate/recommend.cpp is the whole path.
  void recommend(const slate::Request& request, slate::Slate& slate) const;

  /// Joins what happened to a slate: its arms learn what it is worth, and that the places above
  /// were seen. A better outcome of the same place later adds what is missing.
  Joined outcome(std::uint64_t slate, std::string_view item, EventType type);

  /// Slates whose time is over by `now`: what was not told of counts as ignored.
  void settle(Timestamp now);

  /// What was learned of the arms, by placement; and the same put back, where it fits.
  [[nodiscard]] std::vector<live::Learned> learned() const;
  void restore(const std::vector<live::Learned>& learned);

  /// Several placements for one visitor without repeats, in the order of what they should bring.
  void recommend_page(std::span<const Widget> widgets, std::vector<PlacedSlate>& placed) const;

  /// The values of a column that the visitor is probably interested in now, with the probability
  /// that the next item has it: at most request.k of them, best first.
  /// @throws UnknownNameError for a column that there is not, ConfigError for one without values.
  [[nodiscard]] std::vector<std::pair<std::string, double>> recommend_values(
      const slate::Request& request, std::string_view column) const;

  /// The probability that an item is the next of the visitor; 0 where it may not come or is unknown.
  [[nodiscard]] double affinity(const slate::Request& request, std::string_view item) const;

  /// Erases the visitor, and every device linked to them: sessions, those in the live index, what
  /// they said; returns whether there was any. Counts of items and pairs stay, they are nobody's.
  bool forget(std::string_view visitor);

  /// From `since` on the device is in the hands of that user; of nobody where it is empty.
  void identify(std::string_view device, std::string_view user, Timestamp since);
  /// Takes the device's links to the user back; returns how many there were.
  std::size_t separate(std::string_view device, std::string_view user);
  /// Keeps what a visitor told in the state, until they are forgotten; empty: no more.
  void keep_told(std::string_view visitor, std::string_view name, std::string_view value);
  [[nodiscard]] const People& people() const noexcept { return people_; }
  [[nodiscard]] const Learner& learner() const noexcept { return learner_; }

  /// Returns when all that was observed is on disk; without a state at once.
  /// @throws StateError when it can't be written.
  void flush();
  /// flush(), and lets the state go: nothing is observed any more.
  void close_state();
  /// Takes the events before that time out of the state; what is in memory stays. Returns how many.
  std::uint64_t prune_state(Timestamp before);
  /// Keeps a value under a name in the state, on disk when it returns.
  void keep_fact(std::string_view name, std::string_view value);
  /// Null without a state.
  [[nodiscard]] journal::Journal* state() const noexcept { return journal_.get(); }

  /// Takes over all cells of a catalogue: prices, stock and other attributes; new items are added.
  /// @throws ConfigError when a column is there with another kind; nothing is written then.
  void update_items(const catalog::Catalog& told);

  /// Puts another bundle live while requests run: sessions go on, and what update_items() said.
  /// @throws BundleError or ConfigError when bundle or strategies do not hold, or a column is of
  /// another kind than update_items() told; the old ones serve on then.
  void swap(std::shared_ptr<const catalog::Bundle> bundle, const live::Strategies& strategies);

  /// Puts other strategies live while requests run; what was learned stays.
  /// @throws ConfigError when one does not hold; the old ones serve on then.
  void set_strategies(const live::Strategies& strategies);

  /// What became of an item in that request, asked again: now, or as of `then`.
  [[nodiscard]] slate::Verdict judge(const slate::Request& request, std::string_view id,
                                     const slate::Explanation* then = nullptr) const;

  /// A set of items that go with the request's anchor and with each other.
  void complete(const slate::Request& request, const slate::LookOptions& options,
                slate::Look& look) const;

  /// The pool of a session with its features, for training the scorer: rows of kFeatures.
  void explain_pool(const slate::Request& request, std::vector<ItemId>& items,
                    std::vector<float>& features) const;

  [[nodiscard]] std::shared_ptr<live::Model> model() const { return model_.load()->model; }
  [[nodiscard]] std::shared_ptr<const live::Live> live() const { return model_.load(); }
  [[nodiscard]] std::array<std::uint64_t, kObserved> observed() const noexcept;
  [[nodiscard]] session::HygieneCounts hygiene() const noexcept { return hygiene_.counts(); }
  [[nodiscard]] std::uint64_t requests() const noexcept {
    return requests_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const session::SessionStore& sessions() const noexcept { return sessions_; }
  [[nodiscard]] session::SessionStore& sessions() noexcept { return sessions_; }
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] value::OfferBook& offers() const noexcept { return offers_; }

 private:
  class Lease;
  struct Arrival;
  struct LogNumbers;
  [[nodiscard]] bool is_late(const live::Model& model, const Arrival& arrival) const;
  Observed observe_live(const RawEvent& event, Timestamp now, bool learn);
  void recover();
  [[nodiscard]] std::shared_lock<std::shared_mutex> turn_to_write();
  std::uint64_t write_down(const RawEvent& event);
  void wait_for(std::uint64_t ticket);
  std::optional<Observed> name_item(live::Model& model, std::string_view id, Arrival& arrival);
  std::optional<Observed> take(live::Model& model, Arrival& arrival, Timestamp now, bool learn,
                               session::Tail& tail);
  Observed observe_row(const LogColumns& log, std::size_t row, Timestamp now, bool learn,
                       LogNumbers& numbers, std::shared_ptr<const live::Live>& live,
                       session::Tail& tail);
  template <class Answer>
  void ask(const slate::Request& request, const Answer& answer) const;
  bool forget_one(std::string_view visitor, std::uint64_t& ticket);
  void answer_at(const live::Live& live, const slate::Asked& asked, slate::Slate& slate) const;
  void fall_back(const live::Live& live, const slate::Asked& asked, slate::Slate& slate) const;
  void answer(const live::Live& live, const slate::Asked& asked, std::uint64_t number,
              slate::Slate& slate) const;
  void keep(const live::Live& live, const slate::Asked& asked, const slate::Slate& slate) const;
  void count_shown(const live::Placement& place, std::uint64_t slate) const;
  void settle_some(const live::Live& live, const live::Placement& place, Timestamp now,
                   std::size_t most) const;

  EngineOptions options_;
  session::SessionStore sessions_;
  People people_{sessions_};
  session::RecentIds event_ids_;
  Learner learner_{options_.watermark, options_.sessions.idle_gap};
  mutable session::Hygiene hygiene_{options_.hygiene};
  std::shared_mutex erasing_;  // shared: from memory to the journal; alone: out of both
  std::unique_ptr<journal::Journal> journal_;
  mutable shown::SlateLog slates_;
  Published<live::Live> model_;
  std::mutex swap_;        // swap, set_strategies and update_items take turns
  Updates updates_;        // of model_, under swap_
  std::mutex publishing_;  // no id gets a number while a model takes over the old ones
  mutable value::OfferBook offers_;
  std::array<std::atomic<std::uint64_t>, kObserved> observed_{};
  mutable std::atomic<std::uint64_t> requests_{0};
  mutable std::mutex workspaces_mutex_;
  mutable std::vector<std::unique_ptr<slate::RequestWorkspace>> workspaces_;
};

}  // namespace aisle::engine
