// Functions of values.

#include <algorithm>
#include <array>
#include <utility>

#include "aisle/expression/compiler.h"
#include "aisle/expression/letters.h"

namespace aisle::expression {

Value Compiler::call(const Node& node) {
  const std::string& first = node.path.front();
  if (node.path.size() == 2 && (first == "session" || first == "history")) return event_call(node);
  if (node.path.size() > 1) fail(node, "only session and history have functions of their own");
  constexpr std::array<std::pair<std::string_view, Op>, 7> kPlain = {{{"abs", Op::abs},
                                                                      {"round", Op::round},
                                                                      {"floor", Op::floor},
                                                                      {"ceil", Op::ceil},
                                                                      {"sqrt", Op::sqrt},
                                                                      {"log", Op::log},
                                                                      {"exp", Op::exp}}};
  const auto plain = std::ranges::find(kPlain, first, &std::pair<std::string_view, Op>::first);
  if (plain != kPlain.end()) return numeric_call(node, plain->second);
  if (first == "min" || first == "max") return extreme(node, first == "min" ? Op::min : Op::max);
  if (first == "coalesce") return choice(node, 0);
  if (first == "contains") return text_call(node, TextTest::How::contains);
  if (first == "starts_with") return text_call(node, TextTest::How::starts_with);
  if (first == "ends_with") return text_call(node, TextTest::How::ends_with);
  if (first == "size") {
    need_arguments(node, 1, 1);
    const Value value = as(values_[node.children[0]], Type::texts, at(node.children[0]));
    return emit_test(TextTest::How::size, value, {});
  }
  if (first == "lower") return lower_call(node);
  if (first == "age") return age_call(node);
  if (first == "geo_distance") return distance_call(node);
  const std::vector<std::string> known = {
      "abs", "age", "ceil",  "coalesce", "contains", "ends_with", "exp",  "floor", "geo_distance",
      "if",  "log", "lower", "max",      "min",      "round",     "size", "sqrt",  "starts_with"};
  fail(node, "unknown function '" + first + "'" + did_you_mean(first, known) +
                 " There are: " + joined(known));
}

Value Compiler::lower_call(const Node& node) {
  need_arguments(node, 1, 1);
  Value text = as(values_[node.children[0]], Type::text, at(node.children[0]));
  if (text.is_literal) {
    std::string lowered;
    lower(text.text.text, lowered);
    text.text.text = std::move(lowered);
    text.is_literal = false;  // it becomes no time
    return text;
  }
  text = loaded(text);
  return made_text(Op::lower_text, text.needs, {text.reg}, program_->buffers_++);
}

Value Compiler::age_call(const Node& node) {
  need_arguments(node, 1, 1);
  const Value time = as(values_[node.children[0]], Type::time, at(node.children[0]));
  Needs needs = time.needs;
  needs.now = true;
  Needs only_now;
  only_now.now = true;
  const Value now = emit(Op::now, Type::time, only_now, {});
  return emit(Op::minus, Type::duration, needs, {now.reg, time.reg});
}

Value Compiler::distance_call(const Node& node) {
  need_arguments(node, 4, 4);
  std::array<Value, 4> parts;
  Needs needs;
  for (std::size_t i = 0; i < 4; ++i) {
    parts[i] = as(values_[node.children[i]], Type::number, at(node.children[i]));
    needs.add(parts[i].needs);
  }
  return emit(Op::distance, Type::number, needs,
              {parts[0].reg, parts[1].reg, parts[2].reg, parts[3].reg});
}

Value Compiler::numeric_call(const Node& node, Op op) {
  need_arguments(node, 1, 1);
  Value value = values_[node.children[0]];
  const bool keeps_duration = value.type == Type::duration && op == Op::abs;
  if (!keeps_duration) value = as(value, Type::number, at(node.children[0]));
  return emit(op, value.type, value.needs, {value.reg});
}

Value Compiler::extreme(const Node& node, Op op) {
  need_arguments(node, 2, 256);
  Value result = values_[node.children[0]];
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Node& place = at(node.children[i]);
    Value next = values_[node.children[i]];
    const bool both_open = result.kind == Value::Kind::open && next.kind == Value::Kind::open;
    const Type type = both_open ? Type::number : common(result, next, place);
    if (!is_numeric_type(type)) fail(place, "min and max take numbers, times and durations");
    result = as(result, type, at(node.children[0]));
    next = as(next, type, place);
    Needs needs = result.needs;
    needs.add(next.needs);
    result = emit(op, type, needs, {result.reg, next.reg});
  }
  return result;
}

Value Compiler::text_call(const Node& node, TextTest::How how) {
  need_arguments(node, 2, 2);
  Value left = values_[node.children[0]];
  const Value right = as(values_[node.children[1]], Type::text, at(node.children[1]));
  if (how == TextTest::How::contains && left.type == Type::texts)
    return emit_test(TextTest::How::any_of, left, {right});
  left = as(left, Type::text, at(node.children[0]));
  return emit_test(how, left, {right});
}

}  // namespace aisle::expression
