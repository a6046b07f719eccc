#include "aisle/journal/database.h"

#include <sqlite3.h>

#include <utility>

#include "aisle/base/error.h"

namespace aisle::journal {
namespace {

/// What a person can do about it.
const char* way_out(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "; make room on the disk, what waits is written then";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return "; the file and its folder must be writable";
    case SQLITE_NOTADB:
      return "; this is no state of aisle: name another file";
    case SQLITE_CORRUPT:
      return "; the file is damaged: restore a backup, or move it away and begin anew";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program writes to it";
    default:
      return "";
  }
}

[[noreturn]] void fail(sqlite3* connection, int code, const std::string& path) {
  const char* const words =
      connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  throw StateError(path + ": " + words + way_out(code));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Statement::Statement(sqlite3* connection, const std::string* path, const char* sql)
    : connection_(connection), path_(path) {
  sqlite3_stmt* made = nullptr;
  const int code =
      sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement_.reset(made);
  check(code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(connection_, code, *path_);
}

Statement& Statement::bind(int at, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), at, value));
  return *this;
}

Statement& Statement::bind(int at, double value) {
  check(sqlite3_bind_double(statement_.get(), at, value));
  return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
  check(sqlite3_bind_text(statement_.get(), at, text.data(), static_cast<int>(text.size()),
                          SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null(int at) {
  check(sqlite3_bind_null(statement_.get(), at));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  reset();
  fail(connection_, code, *path_);
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() noexcept { sqlite3_reset(statement_.get()); }

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* const text = sqlite3_column_blob(statement_.get(), column);
  if (text == nullptr) return {};
  return {static_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* connection) const noexcept {
  sqlite3_close_v2(connection);
}

Database::Database(std::string path) : path_(std::move(path)) {
  sqlite3* made = nullptr;
  const int code =
      sqlite3_open_v2(path_.c_str(), &made,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(made);
  if (code != SQLITE_OK) fail(made, code, path_);
  sqlite3_busy_timeout(made, 2000);
  sqlite3_extended_result_codes(made, 1);
}

void Database::run(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(connection_.get(), code, path_);
}

void Database::roll_back() noexcept {
  if (sqlite3_get_autocommit(connection_.get()) == 0)
    sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Database::number(const char* sql) {
  Statement asked = prepare(sql);
  const std::int64_t found = asked.step() ? asked.number(0) : 0;
  asked.reset();
  return found;
}

std::int64_t Database::last_id() const noexcept {
  return sqlite3_last_insert_rowid(connection_.get());
}

std::int64_t Database::changes() const noexcept { return sqlite3_changes64(connection_.get()); }

}  // namespace aisle::journal
