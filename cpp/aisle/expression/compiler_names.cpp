// Names: columns of the item and of the anchor, the request's context, session and history.

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "aisle/expression/compiler.h"

namespace aisle::expression {
namespace {

constexpr std::array<std::pair<std::string_view, EventType>, kEventTypes> kTypes = {{
    {"view", EventType::view},
    {"cart", EventType::cart},
    {"remove_from_cart", EventType::remove_from_cart},
    {"purchase", EventType::purchase},
    {"refund", EventType::refund},
    {"search", EventType::search},
    {"impression", EventType::impression},
    {"click", EventType::click},
    {"like", EventType::like},
    {"dislike", EventType::dislike},
}};

std::vector<std::string> columns_of(const catalog::Catalog& catalog) {
  std::vector<std::string> names{"id"};
  for (std::size_t i = 0; i < catalog.column_count(); ++i)
    names.push_back(catalog.column_at(i).name());
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 40;
  std::string all;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    all += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMost ? all + ", …" : all;
}

}  // namespace

Value Compiler::name(const Node& node) {
  const std::string& first = node.path.front();
  if (node.path.size() == 1) return column(node, first, false);
  if (node.path.size() == 2) {
    const std::string& second = node.path.back();
    if (first == "anchor") return column(node, second, true);
    if (first == "session") return session_name(node);
    if (first == "context") {
      Value value;
      value.kind = Value::Kind::open;
      value.needs.context = true;
      value.text.from = TextSource::From::context;
      value.text.text = second;
      return value;
    }
    if (first == "history") fail(node, "history has count(), any() and last()");
  }
  const std::vector<std::string> known = {"anchor", "context", "session", "history"};
  fail(node, "unknown name '" + first + "." + node.path[1] + "'" + did_you_mean(first, known) +
                 " Names with a dot begin with " + joined(known));
}

Value Compiler::column(const Node& node, const std::string& name, bool of_anchor) {
  const catalog::Column* const found = catalog_.find_column(name);
  Value value;
  value.needs.item = !of_anchor;
  value.needs.anchor = of_anchor;
  if (found == nullptr && name == "id") {
    value.kind = Value::Kind::text;
    value.type = Type::text;
    value.text.from = of_anchor ? TextSource::From::anchor_id : TextSource::From::id;
    return value;
  }
  if (found == nullptr) {
    const std::vector<std::string> known = columns_of(catalog_);
    fail(node, "unknown attribute '" + name + "'" + did_you_mean(name, known) +
                   " There are: " + joined(known));
  }
  if (!of_anchor) read(found);
  using catalog::AttributeKind;
  switch (found->kind()) {
    case AttributeKind::number:
      return emit(of_anchor ? Op::anchor_number : Op::load_number, Type::number, value.needs, {},
                  found);
    case AttributeKind::time:
      return emit(of_anchor ? Op::anchor_time : Op::load_time, Type::time, value.needs, {}, found);
    case AttributeKind::flag:
      return emit(of_anchor ? Op::anchor_flag : Op::load_flag, Type::boolean, value.needs, {},
                  found);
    case AttributeKind::category:
    case AttributeKind::text:
    case AttributeKind::labels:
      break;
  }
  value.kind = Value::Kind::text;
  value.type = found->kind() == AttributeKind::labels ? Type::texts : Type::text;
  value.text.from = of_anchor ? TextSource::From::anchor : TextSource::From::column;
  value.text.column = found;
  return value;
}

Value Compiler::session_name(const Node& node) {
  const std::string& what = node.path.back();
  EventQuery query;
  Needs needs;
  needs.events = true;
  if (what == "seen") {
    query.by_id = true;
    needs.item = true;
  } else if (what == "length") {
    query.what = EventQuery::What::length;
  } else if (what == "cart_value") {
    query.what = EventQuery::What::cart_value;
  } else {
    const std::vector<std::string> known = {"seen", "length", "cart_value", "count", "any"};
    fail(node, "unknown name 'session." + what + "'" + did_you_mean(what, known) +
                   " There are: seen, length, cart_value, count(), any()");
  }
  program_->queries_.push_back(query);
  const auto table = static_cast<std::uint32_t>(program_->queries_.size() - 1);
  if (what == "seen") return emit(Op::event_flag, Type::boolean, needs, {}, nullptr, 0.0, table);
  return emit(Op::event_number, Type::number, needs, {}, nullptr, 0.0, table);
}

/// session.count("view"[, column or id][, within="10m"]), .any(…); history.*, and .last("view").
Value Compiler::event_call(const Node& node) {
  const std::string& what = node.path.back();
  EventQuery query;
  query.in_session = node.path.front() == "session";
  const bool is_last = what == "last" && !query.in_session;
  if (what != "count" && what != "any" && !is_last) {
    fail(node, "unknown function '" + node.path.front() + "." + what +
                   "'; there are count(), any()" + (query.in_session ? "" : " and last()"));
  }
  if (is_last) query.what = EventQuery::What::last;
  event_arguments(node, query);
  Needs needs;
  needs.events = true;
  needs.now = query.within > 0.0;
  needs.item = query.column != nullptr || query.by_id;
  program_->queries_.push_back(query);
  const auto table = static_cast<std::uint32_t>(program_->queries_.size() - 1);
  if (what == "any") return emit(Op::event_flag, Type::boolean, needs, {}, nullptr, 0.0, table);
  return emit(Op::event_number, is_last ? Type::time : Type::number, needs, {}, nullptr, 0.0,
              table);
}

void Compiler::event_arguments(const Node& node, EventQuery& query) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = at(node.children[i]);
    const Value& value = values_[node.children[i]];
    if (!node.labels[i].empty()) {
      if (node.labels[i] != "within") fail(child, "the only named argument is within=\"10m\"");
      const bool is_text = value.kind == Value::Kind::text && value.is_literal;
      query.within = child.shape == Shape::duration ? child.number
                     : is_text                      ? duration_of(value.text.text)
                                                    : std::nan("");
      if (!(query.within > 0.0)) fail(child, "within is a duration: 10m, 2h, 90d");
    } else if (plain++ == 0) {
      if (child.shape != Shape::text)
        fail(child, "the type of event comes first: \"view\", or \"*\"");
      const auto found =
          std::ranges::find(kTypes, child.text, &std::pair<std::string_view, EventType>::first);
      query.any_type = child.text == "*";
      if (query.any_type) continue;
      if (found == kTypes.end()) {
        std::vector<std::string> known;
        known.reserve(kTypes.size());
        for (const auto& [type, number] : kTypes) known.emplace_back(type);
        fail(child, "unknown type of event '" + child.text + "'" + did_you_mean(child.text, known) +
                        " There are: " + joined(known) + ", *");
      }
      query.type = found->second;
    } else {
      const bool is_of_item =
          value.text.from == TextSource::From::column || value.text.from == TextSource::From::id;
      if (plain > 2 || value.kind != Value::Kind::text || value.type != Type::text || !is_of_item)
        fail(child, "the second argument is id or an attribute that is a text");
      query.column = value.text.column;
      query.by_id = value.text.from == TextSource::From::id;
    }
  }
  if (plain == 0) fail(node, "which events? Write " + node.path.back() + "(\"view\") or (\"*\")");
}

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
  if (first == "coalesce") return coalesce(node);
  if (first == "contains") return text_call(node, TextTest::How::contains);
  if (first == "starts_with") return text_call(node, TextTest::How::starts_with);
  if (first == "ends_with") return text_call(node, TextTest::How::ends_with);
  if (first == "size") {
    need_arguments(node, 1, 1);
    const Value value = as(values_[node.children[0]], Type::texts, at(node.children[0]));
    return emit_test(TextTest::How::size, value, {});
  }
  if (first == "age") {
    need_arguments(node, 1, 1);
    const Value time = as(values_[node.children[0]], Type::time, at(node.children[0]));
    Needs needs = time.needs;
    needs.now = true;
    Needs only_now;
    only_now.now = true;
    const Value now = emit(Op::now, Type::time, only_now, {});
    return emit(Op::minus, Type::duration, needs, {now.reg, time.reg});
  }
  if (first == "geo_distance") {
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
  const std::vector<std::string> known = {
      "abs", "age",   "ceil",         "coalesce", "contains",   "ends_with",
      "exp", "floor", "geo_distance", "if",       "log",        "max",
      "min", "round", "size",         "sqrt",     "starts_with"};
  fail(node, "unknown function '" + first + "'" + did_you_mean(first, known) +
                 " There are: " + joined(known));
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

Value Compiler::coalesce(const Node& node) {
  need_arguments(node, 2, 256);
  Value result = values_[node.children[0]];
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Node& place = at(node.children[i]);
    Value next = values_[node.children[i]];
    const bool both_open = result.kind == Value::Kind::open && next.kind == Value::Kind::open;
    const Type type = both_open ? Type::number : common(result, next, place);
    if (type == Type::text || type == Type::texts)
      fail(place, "coalesce takes numbers, times, durations and conditions; for texts: x is null");
    result = as(result, type, at(node.children[0]));
    next = as(next, type, place);
    Needs needs = result.needs;
    needs.add(next.needs);
    result = emit(type == Type::boolean ? Op::coalesce_flag : Op::coalesce_number, type, needs,
                  {result.reg, next.reg});
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
