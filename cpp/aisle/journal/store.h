#pragma once

/// The journal's tables: who, what and when, with a checksum of each row.
///
/// Data path   journal -> [store] -> database
/// Threads     one at a time: the writer, after whoever opened it
/// Ownership   owns the connection and the lock file; knows the numbers of lately used ids
/// Cost        an insert for each event, two where an id is new; an erasure reads all rows

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aisle/base/hash.h"
#include "aisle/journal/database.h"
#include "aisle/journal/file_lock.h"
#include "aisle/journal/journal.h"

namespace aisle::journal {

/// What an erasure of a batch took.
struct Erased {
  std::uint64_t place = 0;  ///< In the batch, from 1.
  std::uint64_t events = 0;
};
struct Written {
  std::uint64_t events = 0;  ///< That were kept.
  std::vector<Erased> erased;
};

class Store {
 public:
  explicit Store(const std::string& path, Durability durability);

  void replay(const std::function<void(const Entry&)>& visit);
  /// Writes the packed entries, all or none.
  Written write(std::string_view packed);
  [[nodiscard]] std::map<std::string, std::string> facts();
  [[nodiscard]] People people();
  /// Takes out of the files what was erased.
  /// @throws StateError while another program reads them.
  void wipe();
  [[nodiscard]] bool must_wipe() const noexcept { return must_wipe_; }
  [[nodiscard]] std::int64_t count() { return database_.number("SELECT count(*) FROM events"); }

 private:
  /// The numbers of ids of one table.
  class Names {
   public:
    Names(Database& database, const char* find, const char* add);
    std::int64_t number(std::string_view name);
    /// Without making one; 0: there is none.
    std::int64_t find(std::string_view name);
    void forget() noexcept { known_.clear(); }
    void forget(std::string_view name);

   private:
    Database& database_;
    Statement find_;
    Statement add_;
    std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> known_;
  };
  void insert(const Entry& entry, std::string_view packed);
  std::uint64_t erase(std::string_view visitor);
  std::uint64_t prune(Timestamp before);
  void take_note(std::uint64_t erased);
  void keep(std::string_view name, std::string_view value);
  void link(const Entry& entry, std::string_view packed);
  void unlink(const Entry& entry);
  void tell(const Entry& entry, std::string_view packed);
  void erase_person(std::string_view visitor, std::int64_t number);

  FileLock lock_;
  Database database_;
  bool is_made_;  // its tables are there, before the statements are
  bool must_wipe_ = false;
  Names visitors_;
  Names items_;
  Statement insert_;
};

}  // namespace aisle::journal
