#include "aisle/journal/store.h"

#include <cmath>

#include "aisle/base/error.h"
#include "aisle/journal/packing.h"

namespace aisle::journal {
namespace {

constexpr std::int64_t kApplication = 0x41534c45;  // "ASLE"
constexpr std::int64_t kVersion = 2;               // 1 knew no links, and nothing told
constexpr std::size_t kMostNames = 500'000;        // whose numbers are remembered
constexpr const char* kTables = R"(
  CREATE TABLE visitors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, visitor INTEGER NOT NULL, item INTEGER NOT NULL, type INTEGER NOT NULL,
    time INTEGER NOT NULL, value REAL, session TEXT, event_id TEXT, checksum INTEGER NOT NULL);
  CREATE TABLE erasures (time TEXT NOT NULL, events INTEGER NOT NULL);
  CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL);
)";
constexpr const char* kPeople = R"(
  CREATE TABLE links (
    device INTEGER NOT NULL, since INTEGER NOT NULL, user TEXT NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (device, since));
  CREATE TABLE told (
    visitor INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (visitor, name));
)";

/// Makes the tables of a new file; refuses one that is no state, or newer.
bool open_tables(Database& database, Durability durability) {
  database.run(
      "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF");
  const std::int64_t application = database.number("PRAGMA application_id");
  const std::int64_t tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (application != kApplication && tables > 0)
    throw StateError(database.path() + ": this is no state of aisle: name another file");
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version > kVersion) {
    throw StateError(database.path() + ": written by a newer aisle (version " +
                     std::to_string(version) + " of the state): update aisle");
  }
  database.run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000");
  database.run(durability == Durability::none ? "PRAGMA synchronous = NORMAL"
                                              : "PRAGMA synchronous = FULL");
  if (version < kVersion) {
    const std::string all = std::string("BEGIN IMMEDIATE;") + (tables == 0 ? kTables : "") +
                            kPeople + "PRAGMA application_id = " + std::to_string(kApplication) +
                            "; PRAGMA user_version = " + std::to_string(kVersion) + "; COMMIT";
    database.run(all.c_str());
  }
  return true;
}

/// The names of a table by their numbers.
std::vector<std::string> names_in(Database& database, const char* sql) {
  std::vector<std::string> names;
  Statement rows = database.prepare(sql);
  while (rows.step()) {
    const auto id = static_cast<std::size_t>(rows.number(0));
    if (names.size() <= id) names.resize(id + 1);
    names[id] = rows.text(1);
  }
  return names;
}

[[noreturn]] void fail_row(const Database& database, std::int64_t seq) {
  throw StateError(database.path() + ": events, seq " + std::to_string(seq) +
                   ": the row is damaged, its checksum is another; restore a backup, or delete the "
                   "row to go on without it");
}

}  // namespace

Store::Names::Names(Database& database, const char* find, const char* add)
    : database_(database), find_(database.prepare(find)), add_(database.prepare(add)) {}

std::int64_t Store::Names::find(std::string_view name) {
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  find_.bind(1, name);
  const std::int64_t number = find_.step() ? find_.number(0) : 0;
  find_.reset();
  if (number == 0) return 0;
  if (known_.size() >= kMostNames) known_.clear();
  known_.emplace(name, number);
  return number;
}

std::int64_t Store::Names::number(std::string_view name) {
  if (const std::int64_t number = find(name); number != 0) return number;
  add_.bind(1, name).run();
  if (known_.size() >= kMostNames) known_.clear();
  return known_.emplace(name, database_.last_id()).first->second;
}

void Store::Names::forget(std::string_view name) {
  if (const auto known = known_.find(name); known != known_.end()) known_.erase(known);
}

Store::Store(const std::string& path, Durability durability)
    : lock_(path),
      database_(path),
      is_made_(open_tables(database_, durability)),
      visitors_(database_, "SELECT id FROM visitors WHERE name = ?",
                "INSERT INTO visitors (name) VALUES (?)"),
      items_(database_, "SELECT id FROM items WHERE name = ?",
             "INSERT INTO items (name) VALUES (?)"),
      insert_(database_.prepare("INSERT INTO events (visitor, item, type, time, value, session, "
                                "event_id, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {}

void Store::replay(const std::function<void(const Entry&)>& visit) {
  const auto visitors = names_in(database_, "SELECT id, name FROM visitors");
  const auto items = names_in(database_, "SELECT id, name FROM items");
  Statement rows = database_.prepare(
      "SELECT seq, visitor, item, type, time, value, session, event_id, checksum FROM events "
      "ORDER BY seq");
  std::string packed;
  while (rows.step()) {
    const auto visitor = static_cast<std::size_t>(rows.number(1));
    const auto item = static_cast<std::size_t>(rows.number(2));
    const std::int64_t type = rows.number(3);
    if (visitor >= visitors.size() || item >= items.size() || type < 0 ||
        type >= static_cast<std::int64_t>(kEventTypes))
      fail_row(database_, rows.number(0));
    const Entry entry{.visitor = visitors[visitor],
                      .item = items[item],
                      .session = rows.text(6),
                      .event_id = rows.text(7),
                      .time = rows.number(4),
                      .value = rows.is_null(5) ? kNoValue : static_cast<float>(rows.real(5)),
                      .type = static_cast<EventType>(type)};
    packed.clear();
    pack(entry, Deed::event, packed);
    if (rows.number(8) != checksum_of(packed)) fail_row(database_, rows.number(0));
    visit(entry);
  }
}

void Store::insert(const Entry& entry, std::string_view packed) {
  const std::int64_t visitor = visitors_.number(entry.visitor);
  const std::int64_t item = items_.number(entry.item);
  insert_.bind(1, visitor).bind(2, item).bind(3, static_cast<std::int64_t>(entry.type));
  insert_.bind(4, std::int64_t{entry.time});
  const auto bind_text = [&](int at, std::string_view text) {
    text.empty() ? insert_.bind_null(at) : insert_.bind(at, text);
  };
  std::isnan(entry.value) ? insert_.bind_null(5) : insert_.bind(5, double{entry.value});
  bind_text(6, entry.session);
  bind_text(7, entry.event_id);
  insert_.bind(8, checksum_of(packed)).run();
}

std::uint64_t Store::erase(std::string_view visitor) {
  const std::int64_t number = visitors_.find(visitor);
  visitors_.forget(visitor);
  must_wipe_ = true;  // a WAL may still hold what was written and undone
  std::int64_t events = 0;
  if (number != 0) {
    Statement gone = database_.prepare("DELETE FROM events WHERE visitor = ?");
    gone.bind(1, number).run();
    events = database_.changes();
    database_.prepare("DELETE FROM visitors WHERE id = ?").bind(1, number).run();
  }
  erase_person(visitor, number);
  take_note(static_cast<std::uint64_t>(events));
  return static_cast<std::uint64_t>(events);
}

/// The line that says when how much was taken out.
void Store::take_note(std::uint64_t erased) {
  database_.prepare("INSERT INTO erasures VALUES (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?)")
      .bind(1, static_cast<std::int64_t>(erased))
      .run();
}

std::uint64_t Store::prune(Timestamp before) {
  must_wipe_ = true;
  database_.prepare("DELETE FROM events WHERE time < ?").bind(1, std::int64_t{before}).run();
  const auto events = static_cast<std::uint64_t>(database_.changes());
  database_.run(
      "DELETE FROM visitors WHERE id NOT IN (SELECT visitor FROM events UNION SELECT device FROM "
      "links UNION SELECT visitor FROM told);"
      "DELETE FROM items WHERE id NOT IN (SELECT item FROM events)");
  visitors_.forget();
  items_.forget();
  take_note(events);
  return events;
}

void Store::keep(std::string_view name, std::string_view value) {
  database_
      .prepare(
          "INSERT INTO facts VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET value = ?2, "
          "checksum = ?3")
      .bind(1, name)
      .bind(2, value)
      .bind(3, checksum_of(value))
      .run();
}

std::map<std::string, std::string> Store::facts() {
  std::map<std::string, std::string> all;
  Statement rows = database_.prepare("SELECT name, value, checksum FROM facts");
  while (rows.step()) {
    const std::string name(rows.text(0));
    const std::string_view value = rows.text(1);
    if (rows.number(2) != checksum_of(value)) {
      throw StateError(database_.path() + ": facts, " + name +
                       ": the value is damaged, its checksum is another; delete the row to go on "
                       "without it");
    }
    all.emplace(name, value);
  }
  return all;
}

Written Store::write(std::string_view packed) {
  Written written;
  database_.run("BEGIN IMMEDIATE");
  try {
    for (std::uint64_t place = 1; !packed.empty(); ++place) {
      const std::string_view before = packed;
      Deed deed = Deed::event;
      const Entry entry = unpack(packed, deed);
      if (deed == Deed::event) {
        insert(entry, before.substr(0, before.size() - packed.size()));
        ++written.events;
      } else if (deed == Deed::fact) {
        keep(entry.visitor, entry.item);
      } else if (deed == Deed::link) {
        link(entry, before.substr(0, before.size() - packed.size()));
      } else if (deed == Deed::unlink) {
        unlink(entry);
      } else if (deed == Deed::told) {
        tell(entry, before.substr(0, before.size() - packed.size()));
      } else {
        const bool is_prune = deed == Deed::prune;
        written.erased.push_back({place, is_prune ? prune(entry.time) : erase(entry.visitor)});
      }
    }
    database_.run("COMMIT");
    return written;
  } catch (...) {
    visitors_.forget();  // numbers that were never committed
    items_.forget();
    database_.roll_back();
    throw;
  }
}

void Store::wipe() {
  Statement checkpoint = database_.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  const bool is_busy = checkpoint.step() && checkpoint.number(0) != 0;
  checkpoint.reset();
  if (is_busy) {
    throw StateError(database_.path() +
                     ": another program reads the file, so what was erased is still in its log "
                     "(-wal); it is taken out as soon as that program is done");
  }
  must_wipe_ = false;
}

}  // namespace aisle::journal
