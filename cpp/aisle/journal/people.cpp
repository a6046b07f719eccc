// What a state knows of people beside their events: whose device it is, and what they said.

#include "aisle/base/error.h"
#include "aisle/journal/packing.h"
#include "aisle/journal/store.h"

namespace aisle::journal {
namespace {

[[noreturn]] void fail(const Database& database, const std::string& row) {
  throw StateError(database.path() + ": " + row +
                   ": the row is damaged, its checksum is another; restore a backup, or delete the "
                   "row to go on without it");
}

std::int64_t checksum_of_entry(const Entry& entry, Deed deed) {
  std::string packed;
  pack(entry, deed, packed);
  return checksum_of(packed);
}

}  // namespace

People Store::people() {
  People found;
  Statement links = database_.prepare(
      "SELECT v.name, since, user, checksum FROM links JOIN visitors v ON v.id = device "
      "ORDER BY device, since");
  while (links.step()) {
    LinkRow row{.device = std::string(links.text(0)),
                .user = std::string(links.text(2)),
                .since = links.number(1)};
    const Entry entry{.visitor = row.device, .item = row.user, .time = row.since};
    if (links.number(3) != checksum_of_entry(entry, Deed::link))
      fail(database_, "links, since " + std::to_string(row.since));
    found.links.push_back(std::move(row));
  }
  Statement told = database_.prepare(
      "SELECT v.name, t.name, value, checksum FROM told t JOIN visitors v ON v.id = visitor "
      "ORDER BY visitor, t.name");
  while (told.step()) {
    ToldRow row{.visitor = std::string(told.text(0)),
                .name = std::string(told.text(1)),
                .value = std::string(told.text(2))};
    const Entry entry{.visitor = row.visitor, .item = row.value, .session = row.name};
    if (told.number(3) != checksum_of_entry(entry, Deed::told))
      fail(database_, "told, " + row.name);
    found.told.push_back(std::move(row));
  }
  return found;
}

void Store::link(const Entry& entry, std::string_view packed) {
  database_.prepare("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)")
      .bind(1, visitors_.number(entry.visitor))
      .bind(2, std::int64_t{entry.time})
      .bind(3, entry.item)
      .bind(4, checksum_of(packed))
      .run();
}

void Store::unlink(const Entry& entry) {
  must_wipe_ = true;  // a pseudonym's person is not to be read from a log
  database_.prepare("DELETE FROM links WHERE device = ? AND user = ?")
      .bind(1, visitors_.find(entry.visitor))
      .bind(2, entry.item)
      .run();
}

void Store::tell(const Entry& entry, std::string_view packed) {
  const std::int64_t visitor = visitors_.number(entry.visitor);
  if (entry.item.empty()) {
    must_wipe_ = true;
    database_.prepare("DELETE FROM told WHERE visitor = ? AND name = ?")
        .bind(1, visitor)
        .bind(2, entry.session)
        .run();
    return;
  }
  database_.prepare("INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)")
      .bind(1, visitor)
      .bind(2, entry.session)
      .bind(3, entry.item)
      .bind(4, checksum_of(packed))
      .run();
}

/// Links from and to them, and what they told; their events are gone already.
void Store::erase_person(std::string_view visitor, std::int64_t number) {
  database_.prepare("DELETE FROM links WHERE device = ?1 OR user = ?2")
      .bind(1, number)
      .bind(2, visitor)
      .run();
  database_.prepare("DELETE FROM told WHERE visitor = ?").bind(1, number).run();
}

}  // namespace aisle::journal
