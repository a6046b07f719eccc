// Comparisons and memberships.

#include <algorithm>
#include <cmath>
#include <utility>

#include "aisle/expression/compiler.h"

namespace aisle::expression {

Value Compiler::compare(const Node& node) {
  Value left = values_[node.children[0]];
  Value right = values_[node.children[1]];
  const Type type = common(left, right, node);
  if (type == Type::texts)
    fail(node, "a set is asked with any of, all of or none of, or \"x\" in it");
  left = as(left, type, at(node.children[0]));
  right = as(right, type, at(node.children[1]));
  if (type == Type::text) return compare_texts(node, left, right);
  Needs needs = left.needs;
  needs.add(right.needs);
  const bool is_equality = node.shape == Shape::eq || node.shape == Shape::ne;
  if (type == Type::boolean) {
    if (!is_equality) fail(node, "conditions are only compared with == and !=");
    const Op op = node.shape == Shape::eq ? Op::flag_eq : Op::flag_ne;
    return emit(op, Type::boolean, needs, {left.reg, right.reg});
  }
  switch (node.shape) {
    case Shape::eq:
      return emit(Op::eq, Type::boolean, needs, {left.reg, right.reg});
    case Shape::ne:
      return emit(Op::ne, Type::boolean, needs, {left.reg, right.reg});
    case Shape::lt:
      return emit(Op::lt, Type::boolean, needs, {left.reg, right.reg});
    case Shape::le:
      return emit(Op::le, Type::boolean, needs, {left.reg, right.reg});
    case Shape::gt:
      return emit(Op::lt, Type::boolean, needs, {right.reg, left.reg});
    default:
      return emit(Op::le, Type::boolean, needs, {right.reg, left.reg});
  }
}

/// By their bytes, which is the order of their code points.
Value Compiler::compare_texts(const Node& node, Value left, Value right) {
  const bool swaps = node.shape == Shape::gt || node.shape == Shape::ge;
  if (swaps) std::swap(left, right);
  const bool is_of_item =
      left.text.from == TextSource::From::column || left.text.from == TextSource::From::id;
  const bool is_equality = node.shape == Shape::eq || node.shape == Shape::ne;
  // The item's side stands left, where the codes are looked at.
  if (is_equality && !is_of_item) std::swap(left, right);
  const TextTest::How how = is_equality ? TextTest::How::equal
                            : node.shape == Shape::lt || node.shape == Shape::gt
                                ? TextTest::How::less
                                : TextTest::How::less_equal;
  const Value result = emit_test(how, left, {right});
  return node.shape == Shape::ne ? negated(result) : result;
}

Value Compiler::between(const Node& node) {
  Value value = values_[node.children[0]];
  Value low = values_[node.children[1]];
  Value high = values_[node.children[2]];
  Type type = common(value, low, node);
  if (value.kind == Value::Kind::open && low.kind == Value::Kind::open)
    type = high.kind == Value::Kind::open ? Type::number : high.type;
  if (!is_numeric_type(type)) fail(node, "between takes numbers, times and durations");
  value = as(value, type, at(node.children[0]));
  low = as(low, type, at(node.children[1]));
  high = as(high, type, at(node.children[2]));
  Needs needs_low = value.needs;
  needs_low.add(low.needs);
  Needs needs_high = value.needs;
  needs_high.add(high.needs);
  const Value above = emit(Op::le, Type::boolean, needs_low, {low.reg, value.reg});
  const Value below = emit(Op::le, Type::boolean, needs_high, {value.reg, high.reg});
  needs_low.add(needs_high);
  const Value inside = emit(Op::conjunction, Type::boolean, needs_low, {above.reg, below.reg});
  return node.shape == Shape::between ? inside : negated(inside);
}

/// x in [1, 2], "red" in tags, brand in context.brands.
Value Compiler::membership(const Node& node) {
  Value left = values_[node.children[0]];
  const Value& right = values_[node.children[1]];
  const Node& list = at(node.children[1]);
  Value result;
  if (is_seen(right) && left.text.from == TextSource::From::id) {
    result = seen_flag(right);
  } else if (right.kind == Value::Kind::text && right.type == Type::texts) {
    left = as(left, Type::text, at(node.children[0]));
    result = emit_test(TextTest::How::any_of, right, {left});
  } else if (right.kind == Value::Kind::open) {
    left = as(left, Type::text, at(node.children[0]));
    result = emit_test(TextTest::How::in, left, {as(right, Type::texts, list)});
  } else if (right.kind != Value::Kind::list) {
    fail(list, "behind in stands a list [1, 2], a set, context.x or $x");
  } else if (list.children.empty()) {  // nothing is in it, whatever it is
    if (left.kind == Value::Kind::list) fail(node, "a list stands only behind in and of");
    result = decided_alone(false, left);
  } else {
    result = is_plain(list) ? in_plain_list(left, node, list) : in_list(left, node, list);
  }
  return node.shape == Shape::in ? result : negated(result);
}

/// What an empty list says of anything. The other side runs nevertheless, and so what it asks of the
/// request must be there.
Value Compiler::decided_alone(bool says, const Value& left) {
  Value result = emit_flag(says);
  Needs needs = left.needs;
  needs.item = false;
  result.needs.add(needs);
  return result;
}

/// A list of numbers or durations as they are written.
bool Compiler::is_plain(const Node& list) const {
  return list.shape == Shape::list && !list.children.empty() &&
         std::ranges::all_of(list.children, [&](Id child) {
           return at(child).shape == Shape::number || at(child).shape == Shape::duration;
         });
}

Value Compiler::in_plain_list(Value left, const Node& node, const Node& list) {
  const auto literal = [&](Id child) {
    Value value;
    value.kind = Value::Kind::reg;
    value.type = at(child).shape == Shape::number ? Type::number : Type::duration;
    return value;
  };
  const Type type =
      left.kind == Value::Kind::open ? literal(list.children.front()).type : left.type;
  left = as(left, type, at(node.children[0]));
  std::vector<double> numbers;
  for (const Id child : list.children) {
    (void)as(literal(child), type, at(child));  // or an error
    numbers.push_back(at(child).number);
  }
  std::ranges::sort(numbers);
  program_->lists_.push_back(std::move(numbers));
  return emit(Op::number_in, Type::boolean, left.needs, {left.reg}, nullptr, 0.0,
              static_cast<std::uint32_t>(program_->lists_.size() - 1));
}

Value Compiler::in_list(Value left, const Node& node, const Node& list) {
  Type type =
      left.kind == Value::Kind::open ? plain_type(values_[list.children[0]]) : plain_type(left);
  if (type == Type::unknown) type = Type::text;
  if (type == Type::texts) fail(node, "a set is asked with any of, all of or none of");
  left = as(left, type, at(node.children[0]));
  std::vector<Value> values;
  for (const Id child : list.children) {
    if (at(child).shape == Shape::null) fail(at(child), "null is in no list: write x is null");
    values.push_back(as(values_[child], type, at(child)));
  }
  if (type == Type::text) return emit_test(TextTest::How::in, left, std::move(values));
  Value result;
  for (const Value& one : values) {
    Needs needs = left.needs;
    needs.add(one.needs);
    const Value equal = emit(type == Type::boolean ? Op::flag_eq : Op::eq, Type::boolean, needs,
                             {left.reg, one.reg});
    if (result.kind == Value::Kind::none) {
      result = equal;
      continue;
    }
    needs.add(result.needs);
    result = emit(Op::disjunction, Type::boolean, needs, {result.reg, equal.reg});
  }
  return result;
}

/// tags any of ["red", "blue"]; a text of one value is a set of one.
Value Compiler::set_test(const Node& node, bool wants_all) {
  Value left = values_[node.children[0]];
  const Type type = left.chosen != nullptr ? Type::text : Type::texts;
  if (left.type != Type::text) left = as(left, type, at(node.children[0]));
  const Value& right = values_[node.children[1]];
  const Node& list = at(node.children[1]);
  std::vector<Value> values;
  if (right.kind == Value::Kind::list) {
    if (list.children.empty()) return decided_alone(wants_all, left);
    for (const Id child : list.children) {
      if (at(child).shape == Shape::null) fail(at(child), "null is in no list: write x is null");
      values.push_back(as(values_[child], Type::text, at(child)));
    }
  } else {
    values.push_back(as(right, Type::texts, list));
  }
  return emit_test(wants_all ? TextTest::How::all_of : TextTest::How::any_of, left,
                   std::move(values));
}

}  // namespace aisle::expression
