#pragma once

/// SQLite, as far as the journal needs it. Its source is the one file that sees sqlite3.h.
///
/// Data path   journal -> [database] -> file
/// Threads     one at a time
/// Ownership   owns the connection; a Statement must not outlive its Database
/// Cost        what SQLite takes

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace aisle::journal {

/// A prepared statement: bind, step until false, reset.
class Statement {
 public:
  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, double value);
  /// The text is read until the next step.
  Statement& bind(int at, std::string_view text);
  Statement& bind_null(int at);
  /// Whether there is a row.
  /// @throws StateError as Database does.
  bool step();
  /// Runs it to the end and makes it ready again.
  void run();
  void reset() noexcept;

  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] double real(int column) const;
  /// Lives until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(sqlite3* connection, const std::string* path, const char* sql);
  void check(int code) const;

  sqlite3* connection_;
  const std::string* path_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  /// Opens the file, or makes it.
  /// @throws StateError naming the file, what is wrong with it, and the way out.
  explicit Database(std::string path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* sql);
  /// Undoes the transaction, where SQLite has not done it itself, as it does when the disk is full.
  void roll_back() noexcept;
  [[nodiscard]] Statement prepare(const char* sql) { return {connection_.get(), &path_, sql}; }
  /// The one number that a query gives.
  [[nodiscard]] std::int64_t number(const char* sql);
  [[nodiscard]] std::int64_t last_id() const noexcept;
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace aisle::journal
