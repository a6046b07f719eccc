// Values: the types in which they meet, logic, arithmetic and choices.

#include <cmath>
#include <limits>

#include "aisle/expression/compiler.h"
#include "aisle/expression/token.h"

namespace aisle::expression {

Value Compiler::as(Value value, Type type, const Node& node) {
  const bool is_known = value.kind != Value::Kind::open;
  if (is_known && value.type == type) return value;
  if (value.kind == Value::Kind::text && value.is_literal && is_numeric_type(type) &&
      type != Type::number) {
    const double number =
        type == Type::time ? time_of(value.text.text) : duration_of(value.text.text);
    if (std::isnan(number)) {
      fail(node, "'" + value.text.text + "' is no " +
                     (type == Type::time ? "time: write \"2026-11-27\" or \"2026-11-27T18:00Z\""
                                         : "duration: write 30s, 10m, 2h, 90d or 1w"));
    }
    return emit(Op::constant, type, {}, {}, nullptr, number);
  }
  if (value.kind == Value::Kind::list) fail(node, "a list stands only behind in and of");
  if (type == Type::boolean && is_seen(value)) return seen_flag(value);
  if (value.chosen != nullptr) return chosen(*value.chosen, type);
  if (is_known) {
    const char* way_out =
        type == Type::boolean && value.type == Type::number   ? "; compare it with something"
        : type == Type::number && value.type == Type::boolean ? "; write if(…, 1, 0)"
        : type == Type::boolean && value.type == Type::texts  ? "; write id in it, or size(…) > 0"
                                                              : "";
    fail(node, "this is " + std::string(name_of(value.type)) + " where " +
                   std::string(name_of(type)) + " is needed" + way_out);
  }
  const bool is_null = value.text.from == TextSource::From::nothing;
  const bool is_context = value.text.from == TextSource::From::context;
  if (type == Type::text || type == Type::texts) {
    value.kind = Value::Kind::text;
    value.type = type;
    return value;
  }
  if (is_null) {
    return type == Type::boolean ? emit(Op::constant_flag, type, {}, {}, nullptr, 2.0)
                                 : emit(Op::constant, type, {}, {}, nullptr,
                                        std::numeric_limits<double>::quiet_NaN());
  }
  const Op op = type == Type::boolean ? (is_context ? Op::context_flag : Op::parameter_flag)
                                      : (is_context ? Op::context_number : Op::parameter_number);
  return emit(op, type, value.needs, {}, nullptr, static_cast<double>(type),
              name_number(value.text.text));
}

/// The type in which two values meet.
Type Compiler::common(const Value& a, const Value& b, const Node& node) const {
  const bool is_open_a = a.kind == Value::Kind::open;
  const bool is_open_b = b.kind == Value::Kind::open;
  if (is_open_a && is_open_b) return Type::text;
  const Type type_a = plain_type(a);
  const Type type_b = plain_type(b);
  if (is_open_a) return type_b;
  if (is_open_b || type_a == type_b) return type_a;
  if (a.type == Type::text && a.is_literal && is_numeric_type(b.type) && b.type != Type::number)
    return b.type;
  if (b.type == Type::text && b.is_literal && is_numeric_type(a.type) && a.type != Type::number)
    return a.type;
  fail(node, std::string(name_of(type_a)) + " and " + std::string(name_of(type_b)) +
                 " don't go together here");
}

Value Compiler::logic(const Node& node) {
  Value result = as(values_[node.children[0]], Type::boolean, at(node.children[0]));
  if (node.shape == Shape::negation) return negated(result);
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Value next = as(values_[node.children[i]], Type::boolean, at(node.children[i]));
    Needs needs = result.needs;
    needs.add(next.needs);
    result = emit(node.shape == Shape::conjunction ? Op::conjunction : Op::disjunction,
                  Type::boolean, needs, {result.reg, next.reg});
  }
  return result;
}

Value Compiler::arithmetic(const Node& node) {
  Value left = values_[node.children[0]];
  if (node.shape == Shape::negate) {
    if (left.kind == Value::Kind::open) left = as(left, Type::number, at(node.children[0]));
    if (left.type != Type::number && left.type != Type::duration)
      fail(node,
           "- stands before numbers and durations, this is " + std::string(name_of(left.type)));
    return emit(Op::negate, left.type, left.needs, {left.reg});
  }
  Value right = values_[node.children[1]];
  const Node& first = at(node.children[0]);
  const Node& second = at(node.children[1]);
  const bool adds = node.shape == Shape::plus || node.shape == Shape::minus;
  const auto settle = [&](Value& value, const Value& other, const Node& place) {
    if (value.kind == Value::Kind::open) {
      const bool is_date = other.type == Type::time || other.type == Type::duration;
      value = as(value, adds && is_date ? Type::duration : Type::number, place);
    } else if (value.kind == Value::Kind::text && value.is_literal && other.type == Type::time) {
      value = as(value, std::isnan(time_of(value.text.text)) ? Type::duration : Type::time, place);
    } else if (value.kind == Value::Kind::text && value.is_literal &&
               other.type == Type::duration) {
      value = as(value, Type::duration, place);
    }
  };
  settle(left, right, first);
  settle(right, left, second);
  const auto pair = [&](Type a, Type b) { return left.type == a && right.type == b; };
  Type type = Type::unknown;
  if (pair(Type::number, Type::number)) type = Type::number;
  if (adds && pair(Type::duration, Type::duration)) type = Type::duration;
  if (adds && pair(Type::time, Type::duration)) type = Type::time;
  if (node.shape == Shape::plus && pair(Type::duration, Type::time)) type = Type::time;
  if (node.shape == Shape::minus && pair(Type::time, Type::time)) type = Type::duration;
  if (node.shape == Shape::times &&
      (pair(Type::duration, Type::number) || pair(Type::number, Type::duration)))
    type = Type::duration;
  if (node.shape == Shape::divide && pair(Type::duration, Type::number)) type = Type::duration;
  if (node.shape == Shape::divide && pair(Type::duration, Type::duration)) type = Type::number;
  if (type == Type::unknown) {
    fail(node, "no such arithmetic with " + std::string(name_of(left.type)) + " and " +
                   std::string(name_of(right.type)));
  }
  Needs needs = left.needs;
  needs.add(right.needs);
  const Op op = node.shape == Shape::plus     ? Op::plus
                : node.shape == Shape::minus  ? Op::minus
                : node.shape == Shape::times  ? Op::times
                : node.shape == Shape::divide ? Op::divide
                                              : Op::modulo;
  return emit(op, type, needs, {left.reg, right.reg});
}

Value Compiler::is_null(const Node& node) {
  const Value result = null_test(values_[node.children[0]], at(node.children[0]));
  return node.shape == Shape::is_null ? result : negated(result);
}

Value Compiler::null_test(const Value& value, const Node& node) {
  if (value.kind == Value::Kind::list) fail(node, "a list is never null");
  // Where a text is written among what it may be, it is one.
  if (value.chosen != nullptr && value.is_literal)
    return emit_test(TextTest::How::is_null, chosen(*value.chosen, Type::text), {});
  if (value.chosen != nullptr) return chosen_null(*value.chosen);
  if (value.kind != Value::Kind::reg) return emit_test(TextTest::How::is_null, value, {});
  const Op op = value.type == Type::boolean ? Op::flag_is_null : Op::number_is_null;
  return emit(op, Type::boolean, value.needs, {value.reg});
}

}  // namespace aisle::expression
