#pragma once

/// The durable log of events: an SQLite file that one thread writes in batches.
///
/// Data path   observe -> [journal] -> file; file -> [journal] -> the next engine
/// Threads     append(), wait(), flush(), forget() from any thread; replay() before the first of them
/// Ownership   owns the file, a lock on it, and the thread that writes
/// Cost        append() a lock and a copy of the ids; wait() a commit, shared by all who wait

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "aisle/base/event.h"

namespace aisle::journal {

enum class Durability : std::uint8_t {
  none,   ///< Written now and then; a crash of the machine may lose it, one of the process hardly.
  async,  ///< On disk within 100 ms.
  sync,   ///< On disk when observe() returns.
};

struct JournalOptions {
  std::string path;  ///< Empty: no journal.
  Durability durability = Durability::none;
};

/// An event with the shop's own ids. Views live for the call.
struct Entry {
  std::string_view visitor;
  std::string_view item;
  std::string_view session{};   ///< Empty: none.
  std::string_view event_id{};  ///< Empty: none.
  Timestamp time = 0;
  float value = kNoValue;
  EventType type = EventType::view;
};

/// What an entry asks for.
enum class Deed : std::uint8_t {
  event,   ///< Keep it.
  erase,   ///< Take out the visitor's.
  prune,   ///< Take out those before `time`.
  fact,    ///< Keep `item` under the name `visitor`, in the place of what was there.
  link,    ///< From `time` on the device `visitor` is in the hands of the user `item`.
  unlink,  ///< Take the device's links to that user back.
  told,    ///< Keep `item` of the visitor under the name `session`; empty: no more.
};

/// What a state knows of people beside their events.
struct LinkRow {
  std::string device, user;
  Timestamp since = 0;
};
struct ToldRow {
  std::string visitor, name, value;
};
struct People {
  std::vector<LinkRow> links;
  std::vector<ToldRow> told;
};

class Store;

class Journal {
 public:
  /// Opens the file, or makes it, and keeps others from writing to it.
  /// @throws StateError naming the file: held by another process, not writable, damaged, newer, or
  /// no state at all.
  explicit Journal(const JournalOptions& options);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Calls visit for every event in the order in which they were taken in.
  /// @throws StateError for a row whose checksum is not its own.
  void replay(const std::function<void(const Entry&)>& visit);
  /// The newest time that replay() told; 0 before the first.
  [[nodiscard]] Timestamp newest() const noexcept { return newest_; }

  /// Takes an event down; returns its ticket.
  /// @throws StateError when what came before could not be written: it waits, and is tried again.
  std::uint64_t append(const Entry& entry);
  /// Returns when the event of the ticket, and all before it, are on disk.
  /// @throws StateError when they can't be written; they stay waiting.
  void wait(std::uint64_t ticket);
  /// The same for all events so far.
  void flush();
  /// Writes what waits, ends the writer and lets go of the file; append() throws from then on.
  void close();
  /// Takes down that the visitor's events are to be erased, those that wait included.
  std::uint64_t erase(std::string_view visitor);
  /// The same of all events before that time, and of visitors and items without any others.
  std::uint64_t prune(Timestamp before);
  /// Waits for that ticket: no byte of what was erased is left in the file then. Returns how many
  /// events there were.
  /// @throws StateError when it could not be done yet.
  std::uint64_t erased(std::uint64_t ticket);

  /// Keeps a value under a name: what engines know beside events.
  std::uint64_t keep(std::string_view name, std::string_view value);
  /// Keeps what is known of people: Deed::link, unlink or told, and what that asks for.
  std::uint64_t keep_of_person(const Entry& entry, Deed deed) { return take_down(entry, deed); }
  /// What was known of people when the file was opened.
  /// Whoever takes it in clears it: it is not to outlive a forget().
  [[nodiscard]] People& people() noexcept { return people_; }
  /// What was kept when the file was opened; empty: nothing.
  [[nodiscard]] std::string fact(const std::string& name) const {
    const auto found = facts_.find(name);
    return found == facts_.end() ? std::string() : found->second;
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] Durability durability() const noexcept { return durability_; }
  /// Events on disk.
  [[nodiscard]] std::uint64_t written() const noexcept {
    return written_.load(std::memory_order_relaxed);
  }

 private:
  void write_on();
  std::string write_batch();
  std::uint64_t take_down(const Entry& entry, Deed deed);

  std::string path_;
  Durability durability_;
  std::unique_ptr<Store> store_;
  std::map<std::string, std::string> facts_;
  People people_;
  Timestamp newest_ = 0;
  std::atomic<std::uint64_t> written_{0};

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable is_done_;
  std::string waiting_;                            // entries, packed
  std::string batch_;                              // those that the writer has taken
  std::uint64_t taken_down_ = 0;                   // tickets given
  std::uint64_t committed_ = 0;                    // tickets done
  std::uint64_t batch_begin_ = 0;                  // tickets before batch_
  std::uint64_t batch_end_ = 0;                    // and its last: written, when batch_ is empty
  std::map<std::uint64_t, std::uint64_t> erased_;  // events of each erasure, by its ticket
  std::size_t urgent_ = 0;                         // who waits for a commit now
  std::uint64_t attempts_ = 0;                     // of the writer
  std::string failure_;                            // of the last one
  bool is_closing_ = false;
  std::thread writer_;
};

}  // namespace aisle::journal
