#pragma once

/// An expression's shape: what the grammar says of a text, before names and types.
///
/// Data path   tokens -> [syntax] -> compiler
/// Threads     pure functions
/// Ownership   a Tree owns its nodes, children before parents
/// Cost        one pass; depth, size and lists are bounded

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/expression/token.h"

namespace aisle::expression {

enum class Shape : std::uint8_t {
  // clang-format off
  number, duration, text, boolean, null, now, parameter, name, call, list,
  negate, negation, conjunction, disjunction,
  plus, minus, times, divide, modulo,
  eq, ne, lt, le, gt, ge,
  in, not_in, between, not_between, is_null, is_not_null, any_of, all_of, none_of, choice,
  // clang-format on
};

struct Node {
  Shape shape = Shape::null;
  Span place;
  double number = 0.0;                  ///< Of numbers, durations and booleans.
  std::string text;                     ///< Of texts and parameters.
  std::vector<std::string> path;        ///< Of names and calls: session.count is two.
  std::vector<std::uint32_t> children;  ///< Numbers of nodes.
  std::vector<std::string> labels;      ///< Of a call's arguments: "within", or empty.
};

struct Tree {
  std::vector<Node> nodes;
  std::uint32_t root = 0;
};

inline constexpr std::size_t kDeepest = 64;
inline constexpr std::size_t kMostNodes = 4096;  ///< A value of a list counts as none.

/// @throws ExpressionError where the text is no expression, or too deep or too large.
[[nodiscard]] Tree parse(std::string_view text);

}  // namespace aisle::expression
