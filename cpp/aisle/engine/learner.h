#pragma once

/// Learning behind a watermark: events wait until none that is earlier is expected, and are learned
/// in the order of time. What is learned is then the same in whatever order they arrived.
///
/// Data path   observe -> [learner] -> Model::learn
/// Threads     every method from any thread; learning takes turns under one lock
/// Ownership   owns the events that wait, and of each visitor the newest that were learned
/// Cost        add() a lock and a heap; learning an event as without a watermark

#include <cstdint>
#include <mutex>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aisle/live/model.h"
#include "aisle/session/session_store.h"

namespace aisle::engine {

class Learner {
 public:
  /// `watermark` 0: off, events are learned as they come.
  /// @throws ConfigError for one below 0.
  Learner(Timestamp watermark, Timestamp idle_gap);

  [[nodiscard]] bool is_on() const noexcept { return watermark_ > 0; }
  /// Adds an event that is in its session, and learns those whose time is over. `item` is the id of
  /// event.item: a swap of the model changes numbers. `owner` was had before the event went into
  /// its session, so that forget() makes it void.
  void add(std::uint64_t visitor, std::string_view item, const Event& event,
           std::uint32_t session_key, const retrieve::LiveSessions::Owner& owner,
           live::Model& model);
  /// The number under which the visitor's running session is learned; 0: none is.
  [[nodiscard]] std::uint64_t number_of(std::uint64_t visitor) const;
  void forget(std::uint64_t visitor);
  [[nodiscard]] std::size_t waiting() const;

 private:
  static constexpr std::size_t kMost = 1'000'000;  // beyond it the earliest are learned at once
  struct Waiting {
    Event event;
    std::string item;
    std::uint64_t visitor = 0;
    std::uint32_t session_key = 0;
    retrieve::LiveSessions::Owner owner{};
  };
  struct Later {
    bool operator()(const Waiting& a, const Waiting& b) const;
  };
  struct Learned {
    session::Tail tail;  // items are numbers of `generation`
    Timestamp last = 0;
    std::uint64_t number = 0;
    std::uint32_t session_key = 0;
    std::uint32_t generation = 0;
  };
  void learn(const Waiting& one, live::Model& model);
  void drop_idle();

  Timestamp watermark_;
  Timestamp idle_gap_;
  mutable std::mutex mutex_;
  std::priority_queue<Waiting, std::vector<Waiting>, Later> waiting_;
  std::unordered_map<std::uint64_t, Learned> visitors_;
  Timestamp newest_ = 0;
  std::uint64_t next_number_ = 1;
  std::size_t learned_ = 0;
};

}  // namespace aisle::engine
