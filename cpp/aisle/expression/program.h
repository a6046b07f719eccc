#pragma once

/// A compiled expression: instructions over blocks of items, and what it depends on.
///
/// Data path   compile -> [program] -> evaluation
/// Threads     immutable
/// Ownership   owns its tables; borrows the catalogue's columns, which outlive it
/// Cost        compile() some microseconds, however many items there are

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/catalog/view.h"
#include "aisle/expression/expression_error.h"

namespace aisle::expression {

enum class Type : std::uint8_t { boolean, number, text, time, duration, texts, unknown };
[[nodiscard]] std::string_view name_of(Type type) noexcept;

/// What a result hangs on.
struct Needs {
  bool item = false;  ///< Any column, the id, or what the visitor did with this item.
  bool now = false;
  bool anchor = false;
  bool context = false;
  bool parameters = false;
  bool events = false;  ///< session.* and history.*

  /// Only the catalogue decides: the same for every request.
  [[nodiscard]] bool is_static() const noexcept {
    return !now && !anchor && !context && !parameters && !events;
  }
  void add(const Needs& other) noexcept {
    item = item || other.item;
    now = now || other.now;
    anchor = anchor || other.anchor;
    context = context || other.context;
    parameters = parameters || other.parameters;
    events = events || other.events;
  }
};

/// Where a text comes from.
struct TextSource {
  enum class From : std::uint8_t {
    literal,
    column,
    id,
    anchor,
    anchor_id,
    context,
    parameter,
    cart,  ///< The ids of what lies in the session's cart.
    session_seen,
    history_seen,
    made,  ///< A register, of another text for each item.
    nothing
  };
  From from = From::literal;
  const catalog::Column* column = nullptr;
  std::string text;       ///< The literal, or the name in the context or of the parameter.
  std::uint16_t reg = 0;  ///< Of what is made.
};

/// A test of a text, or of a set of texts, against others.
struct TextTest {
  enum class How : std::uint8_t {
    // clang-format off
    equal, less, less_equal, contains, starts_with, ends_with,
    in, any_of, all_of, size, is_null,
    // clang-format on
  };
  How how = How::equal;
  TextSource left;
  std::vector<TextSource> right;
};

/// What the visitor did: events of a type within a time, counted.
struct EventQuery {
  enum class What : std::uint8_t { count, cart_value, length, last, price };
  What what = What::count;
  bool in_session = true;  ///< Else in all that is kept.
  bool any_type = true;
  EventType type = EventType::view;
  double within = 0.0;                      ///< Microseconds; 0: any time.
  const catalog::Column* column = nullptr;  ///< Events whose item has this item's value.
  bool by_id = false;                       ///< Events of this very item.
  const catalog::Column* prices = nullptr;  ///< Of price, beside which stands
  double quantile = 0.0;
};

enum class Op : std::uint8_t {
  // clang-format off
  // These give numbers:
  constant, now, parameter_number, context_number, load_number, load_time, anchor_number,
  anchor_time, text_size, event_number,
  negate, plus, minus, times, divide, modulo, min, max,
  abs, round, floor, ceil, sqrt, log, exp, distance, select_number, coalesce_number,
  // These give flags:
  constant_flag, parameter_flag, context_flag, load_flag, anchor_flag,
  text_test, number_in, event_flag,
  eq, ne, lt, le, flag_eq, flag_ne, conjunction, disjunction, negation, number_is_null, flag_is_null,
  select_flag, coalesce_flag,
  // These give texts:
  load_text, lower_text, select_text, coalesce_text,
  // clang-format on
};

[[nodiscard]] constexpr bool gives_text(Op op) noexcept { return op >= Op::load_text; }
[[nodiscard]] constexpr bool gives_flag(Op op) noexcept {
  return op >= Op::constant_flag && !gives_text(op);
}

/// Registers are numbered: numbers (times and durations are microseconds), flags and texts apart.
struct Instruction {
  Op op = Op::constant;
  std::uint16_t out = 0;
  std::uint16_t a = 0;
  std::uint16_t b = 0;
  std::uint16_t c = 0;
  std::uint16_t d = 0;
  const catalog::Column* column = nullptr;
  double number = 0.0;
  std::uint32_t table = 0;  ///< Of text tests, sources and buffers, event queries and names.
};

/// A conjunct of the outermost `and`: the instructions up to `end` give its flag.
struct Step {
  std::uint32_t end = 0;
  std::uint16_t flag = 0;
};

class Program : public std::enable_shared_from_this<Program> {
 public:
  [[nodiscard]] Type type() const noexcept { return type_; }
  [[nodiscard]] const Needs& needs() const noexcept { return needs_; }
  /// The columns that it reads of an item, each once.
  [[nodiscard]] const std::vector<const catalog::Column*>& columns() const noexcept {
    return columns_;
  }

  /// A condition split at its outermost `and`: what the catalogue alone decides, and the rest.
  /// Either may be absent; both hold where the whole does.
  [[nodiscard]] std::shared_ptr<const Program> static_part() const;
  [[nodiscard]] std::shared_ptr<const Program> dynamic_part() const;

 private:
  friend class Compiler;
  friend class Evaluation;
  friend std::shared_ptr<const Program> compile(std::string_view text, const catalog::View& catalog,
                                                Type wanted);

  void split(std::shared_ptr<const Program> fixed, std::shared_ptr<const Program> rest);

  std::uint64_t number_ = 0;  ///< Another one for each program, unlike its address.
  Type type_ = Type::boolean;
  Needs needs_;
  const catalog::Catalog* catalog_ = nullptr;
  std::vector<const catalog::Column*> columns_;
  std::vector<Instruction> once_;            ///< Before the first item: what no item changes.
  std::vector<Instruction> each_;            ///< For every block of items.
  std::vector<Step> steps_;                  ///< None where no `and` is outermost.
  std::vector<std::uint16_t> kept_numbers_;  ///< Registers that `once_` fills.
  std::vector<std::uint16_t> kept_flags_;
  std::vector<std::uint16_t> kept_texts_;
  std::uint16_t numbers_ = 0;
  std::uint16_t flags_ = 0;
  std::uint16_t made_texts_ = 0;
  std::uint32_t buffers_ = 0;  ///< Texts that are written anew: one buffer an instruction.
  std::uint16_t result_ = 0;
  std::vector<TextTest> texts_;
  std::vector<TextSource> sources_;  ///< Of texts that are loaded.
  std::vector<EventQuery> queries_;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> lists_;
  std::shared_ptr<const Program> static_;
  std::shared_ptr<const Program> dynamic_;
  bool is_split_ = false;  ///< Else static_part() or dynamic_part() is this itself.
};

/// Compiles a text against a catalogue. `wanted` is boolean for filters and conditions, number for
/// amounts.
/// @throws ExpressionError with line and column: unknown names with the near one, types that don't
/// fit, and what the grammar does not know.
[[nodiscard]] std::shared_ptr<const Program> compile(std::string_view text,
                                                     const catalog::View& catalog, Type wanted);

}  // namespace aisle::expression
