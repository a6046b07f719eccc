#pragma once

/// What is wrong with an expression, and where in its text.
///
/// Data path   compile -> caller
/// Threads     values
/// Ownership   owns its message
/// Cost        thrown when a strategy or filter is compiled, never while one runs

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/base/error.h"

namespace aisle::expression {

/// A place in the text, in bytes from 0.
struct Span {
  std::size_t begin = 0;
  std::size_t length = 1;
};

class ExpressionError : public ConfigError {
 public:
  /// The message names line and column and shows the line with a mark under the place.
  ExpressionError(std::string_view text, Span place, const std::string& problem);

  [[nodiscard]] std::size_t line() const noexcept { return line_; }      ///< From 1.
  [[nodiscard]] std::size_t column() const noexcept { return column_; }  ///< From 1, in bytes.

  /// The same error inside a field: its name comes before the message.
  [[nodiscard]] ExpressionError within(const std::string& field) const;

 private:
  ExpressionError(const std::string& message, std::size_t line, std::size_t column)
      : ConfigError(message), line_(line), column_(column) {}

  std::size_t line_ = 1;
  std::size_t column_ = 1;
};

/// The known name nearest to `name` as ", did you mean 'x'?", or a full stop.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& known);

/// The names with commas between, the first forty of many.
[[nodiscard]] std::string joined(const std::vector<std::string>& names);

}  // namespace aisle::expression
