#pragma once

/// From a tree to instructions: names, types, and what each part hangs on.
///
/// Data path   syntax -> [compiler] -> program
/// Threads     one compilation each
/// Ownership   borrows tree and catalogue for the compilation
/// Cost        linear in the tree

#include <span>
#include <vector>

#include "aisle/expression/program.h"
#include "aisle/expression/syntax.h"

namespace aisle::expression {

/// What a node gives: a register, a text, a list, or something whose type its surroundings decide.
struct Value {
  enum class Kind : std::uint8_t { none, reg, text, list, open } kind = Kind::none;
  Type type = Type::unknown;
  Needs needs;
  std::uint16_t reg = 0;
  TextSource text;               ///< Of texts; of open values where they come from.
  bool is_literal = false;       ///< As it is written; of choices: a part of it is.
  const Node* chosen = nullptr;  ///< An if() or coalesce() of values that are open themselves.
};

[[nodiscard]] constexpr bool is_numeric_type(Type type) noexcept {
  return type == Type::number || type == Type::time || type == Type::duration;
}

/// A set that is a condition too: of this item.
[[nodiscard]] constexpr bool is_seen(const Value& value) noexcept {
  return value.kind == Value::Kind::text && (value.text.from == TextSource::From::session_seen ||
                                             value.text.from == TextSource::From::history_seen);
}
/// As surroundings take it that want no set.
[[nodiscard]] constexpr Type plain_type(const Value& value) noexcept {
  return is_seen(value) ? Type::boolean : value.type;
}

class Compiler {
 public:
  Compiler(std::string_view text, const Tree& tree, const catalog::View& catalog)
      : text_(text), tree_(tree), catalog_(catalog), values_(tree.nodes.size()) {}

  /// The program of all `roots`, joined by and where they are several.
  std::shared_ptr<Program> run(std::span<const std::uint32_t> roots, Type wanted);
  /// Of a node that was compiled.
  [[nodiscard]] const Needs& needs(std::uint32_t node) const { return values_[node].needs; }

 private:
  using Id = std::uint32_t;

  [[noreturn]] void fail(const Node& node, const std::string& problem) const;
  [[nodiscard]] const Node& at(Id id) const { return tree_.nodes[id]; }

  [[nodiscard]] std::vector<Id> conjuncts_of(std::span<const Id> roots, Type wanted) const;
  void add_step(Id conjunct);
  void compile_node(Id id);
  Value leaf(const Node& node);
  Value name(const Node& node);
  Value column(const Node& node, const std::string& name, bool of_anchor);
  Value visitor_name(const Node& node);
  Value logic(const Node& node);
  Value compare(const Node& node);
  Value compare_texts(const Node& node, Value left, Value right);
  Value between(const Node& node);
  Value membership(const Node& node);
  [[nodiscard]] bool is_plain(const Node& list) const;
  Value in_plain_list(Value left, const Node& node, const Node& list);
  Value in_list(Value left, const Node& node, const Node& list);
  Value set_test(const Node& node, bool wants_all);
  Value decided_alone(bool says, const Value& left);
  Value is_null(const Node& node);
  Value null_test(const Value& value, const Node& node);
  Value arithmetic(const Node& node);
  Value choice(const Node& node, std::size_t first);
  [[nodiscard]] Type type_of_parts(const Node& node, std::size_t first) const;
  Value chosen(const Node& node, Type type);
  Value chosen_null(const Node& node);
  Value call(const Node& node);
  Value numeric_call(const Node& node, Op op);
  Value extreme(const Node& node, Op op);
  Value text_call(const Node& node, TextTest::How how);
  Value lower_call(const Node& node);
  Value age_call(const Node& node);
  Value distance_call(const Node& node);
  Value event_call(const Node& node);
  void event_arguments(const Node& node, EventQuery& query);
  Value price_call(const Node& node);
  Value seen_flag(const Value& value);
  Value emit_query(Op op, Type type, const Needs& needs, const EventQuery& query);

  /// The value as that type, which the surroundings want; `node` is where it stands.
  Value as(Value value, Type type, const Node& node);
  [[nodiscard]] Type common(const Value& a, const Value& b, const Node& node) const;
  void need_arguments(const Node& node, std::size_t least, std::size_t most) const;

  Value emit(Op op, Type type, const Needs& needs, std::initializer_list<std::uint16_t> inputs,
             const catalog::Column* column = nullptr, double number = 0.0, std::uint32_t table = 0);
  Value emit_flag(bool flag);
  Value emit_test(TextTest::How how, const Value& left, std::vector<Value> right);
  Value made_text(Op op, const Needs& needs, std::initializer_list<std::uint16_t> inputs,
                  std::uint32_t table = 0);
  Value loaded(const Value& text);
  Value negated(const Value& value) {
    return emit(Op::negation, Type::boolean, value.needs, {value.reg});
  }
  std::uint32_t name_number(const std::string& name);
  void read(const catalog::Column* column);

  std::string_view text_;
  const Tree& tree_;
  catalog::View catalog_;
  std::vector<Value> values_;
  std::shared_ptr<Program> program_;
};

}  // namespace aisle::expression
