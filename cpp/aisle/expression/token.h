#pragma once

/// An expression's text, cut into tokens.
///
/// Data path   text -> [tokens] -> parser
/// Threads     pure functions
/// Ownership   a Token borrows names and owns what it decoded
/// Cost        one pass

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/expression/expression_error.h"

namespace aisle::expression {

enum class Token : std::uint8_t {
  end,
  number,
  duration,   // a number with a unit: 90d
  text,       // 'x' or "x", decoded
  name,       // price, or `odd name`
  parameter,  // $x
  // clang-format off
  plus, minus, star, slash, percent, dot, comma, left, right, open, close, assign,
  eq, ne, lt, le, gt, ge,
  // Words.
  conjunction, disjunction, negation, in, between, is, null, yes, no, any, all, none, of, choice,
  // clang-format on
};

struct Lexeme {
  Token token = Token::end;
  Span place;
  double number = 0.0;  ///< Of numbers; of durations in microseconds.
  std::string text;     ///< Of texts, names and parameters.
};

inline constexpr std::size_t kLongestText = 16'384;  ///< Bytes of an expression.

/// @throws ExpressionError for a character, number or text that can't be, or a text too long.
[[nodiscard]] std::vector<Lexeme> tokens_of(std::string_view text);

/// Microseconds of "90d", "1.5h", "10m", "30s", "2w"; NaN when it is none.
[[nodiscard]] double duration_of(std::string_view text) noexcept;
/// Microseconds since 1970 of "2026-11-27", "2026-11-27T18:00[:00[.5]][Z|+02:00]"; NaN when it is
/// none.
[[nodiscard]] double time_of(std::string_view text) noexcept;

}  // namespace aisle::expression
