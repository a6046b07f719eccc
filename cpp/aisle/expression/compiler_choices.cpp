// if() and coalesce(), of values of every type but sets; and texts that items change.

#include "aisle/expression/compiler.h"

namespace aisle::expression {

/// Parts begin at child `first`, behind a condition or not. Where all take the type that their
/// surroundings want, so does the whole.
Value Compiler::choice(const Node& node, std::size_t first) {
  need_arguments(node, first + 2, first == 0 ? 256 : first + 2);
  const Type type = type_of_parts(node, first);
  if (type != Type::unknown) return chosen(node, type);
  Value value;
  value.kind = Value::Kind::open;
  value.chosen = &node;
  for (const Id child : node.children) {
    value.needs.add(values_[child].needs);
    value.is_literal = value.is_literal || values_[child].is_literal;
  }
  return value;
}

/// Unknown where every part is open, or a text as it is written, which may yet become a time.
Type Compiler::type_of_parts(const Node& node, std::size_t first) const {
  Value known;
  known.kind = Value::Kind::open;
  for (std::size_t i = first; i < node.children.size(); ++i) {
    const Value& part = values_[node.children[i]];
    const Node& place = at(node.children[i]);
    if (part.kind == Value::Kind::list) fail(place, "a list stands only behind in and of");
    if (part.kind == Value::Kind::open || (part.type == Type::text && part.is_literal)) continue;
    known.type = common(known, part, place);
    known.kind = Value::Kind::reg;
    if (known.type == Type::texts)
      fail(place, "if() and coalesce() choose among texts, numbers and conditions, not sets");
  }
  return known.kind == Value::Kind::reg ? known.type : Type::unknown;
}

/// The choice as a value of that type.
Value Compiler::chosen(const Node& node, Type type) {
  if (type == Type::texts) fail(node, "if() and coalesce() give no sets");
  const bool is_if = node.shape == Shape::choice;
  const bool is_text = type == Type::text;
  const auto part = [&](std::size_t i) {
    const Value value = as(values_[node.children[i]], type, at(node.children[i]));
    return is_text ? loaded(value) : value;
  };
  const auto joined_needs = [](Needs needs, const Needs& other) {
    needs.add(other);
    return needs;
  };
  if (is_if) {
    const Value condition = as(values_[node.children[0]], Type::boolean, at(node.children[0]));
    const Value then = part(1);
    const Value otherwise = part(2);
    const Needs needs = joined_needs(joined_needs(condition.needs, then.needs), otherwise.needs);
    if (is_text) return made_text(Op::select_text, needs, {condition.reg, then.reg, otherwise.reg});
    const Op op = type == Type::boolean ? Op::select_flag : Op::select_number;
    return emit(op, type, needs, {condition.reg, then.reg, otherwise.reg});
  }
  Value result = part(0);
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Value next = part(i);
    const Needs needs = joined_needs(result.needs, next.needs);
    const Op op = type == Type::boolean ? Op::coalesce_flag : Op::coalesce_number;
    result = is_text ? made_text(Op::coalesce_text, needs, {result.reg, next.reg})
                     : emit(op, type, needs, {result.reg, next.reg});
  }
  return result;
}

/// Whether what is chosen is null, of whatever type it is.
Value Compiler::chosen_null(const Node& node) {
  const auto part = [&](std::size_t i) {
    return null_test(values_[node.children[i]], at(node.children[i]));
  };
  if (node.shape == Shape::choice) {
    const Value condition = as(values_[node.children[0]], Type::boolean, at(node.children[0]));
    const Value then = part(1);
    const Value otherwise = part(2);
    Needs needs = condition.needs;
    needs.add(then.needs);
    needs.add(otherwise.needs);
    return emit(Op::select_flag, Type::boolean, needs, {condition.reg, then.reg, otherwise.reg});
  }
  Value result = part(0);
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Value next = part(i);
    Needs needs = result.needs;
    needs.add(next.needs);
    result = emit(Op::conjunction, Type::boolean, needs, {result.reg, next.reg});
  }
  return result;
}

/// A text that may be another one for each item.
Value Compiler::made_text(Op op, const Needs& needs, std::initializer_list<std::uint16_t> inputs,
                          std::uint32_t table) {
  Value value = emit(op, Type::text, needs, inputs, nullptr, 0.0, table);
  value.kind = Value::Kind::text;
  value.text.from = TextSource::From::made;
  value.text.reg = value.reg;
  return value;
}

/// The text in a register.
Value Compiler::loaded(const Value& text) {
  if (text.text.from == TextSource::From::made) return text;
  if (text.text.from == TextSource::From::column) read(text.text.column);
  program_->sources_.push_back(text.text);
  return made_text(Op::load_text, text.needs, {},
                   static_cast<std::uint32_t>(program_->sources_.size() - 1));
}

}  // namespace aisle::expression
