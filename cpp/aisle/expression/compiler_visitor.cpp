// What the visitor did: events counted, what was seen, what lies in the cart, and prices.

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
    {"own", EventType::own},
}};

}  // namespace

/// session.length, .cart_value, .cart, and .seen of session and history.
Value Compiler::visitor_name(const Node& node) {
  const std::string& where = node.path.front();
  const std::string& what = node.path.back();
  const bool in_session = where == "session";
  Needs needs;
  needs.events = true;
  const auto set = [&](TextSource::From from) {
    Value value;
    value.kind = Value::Kind::text;
    value.type = Type::texts;
    value.needs = needs;
    value.text.from = from;
    return value;
  };
  if (what == "seen")
    return set(in_session ? TextSource::From::session_seen : TextSource::From::history_seen);
  if (in_session && what == "cart") return set(TextSource::From::cart);
  EventQuery query;
  if (in_session && what == "length") {
    query.what = EventQuery::What::length;
  } else if (in_session && what == "cart_value") {
    query.what = EventQuery::What::cart_value;
  } else {
    std::vector<std::string> known = {"seen", "count", "any", "price"};
    if (in_session) {
      known.insert(known.begin(), {"cart", "cart_value", "length"});
    } else {
      known.emplace_back("last");
    }
    fail(node, "unknown name '" + where + "." + what + "'" + did_you_mean(what, known) +
                   " There are: " + (in_session ? "cart, cart_value, length, " : "") +
                   "seen, count(), any(), price()" + (in_session ? "" : ", last()"));
  }
  return emit_query(Op::event_number, Type::number, needs, query);
}

/// Whether this item is one of those that were seen.
Value Compiler::seen_flag(const Value& value) {
  EventQuery query;
  query.in_session = value.text.from == TextSource::From::session_seen;
  query.by_id = true;
  Needs needs = value.needs;
  needs.item = true;
  return emit_query(Op::event_flag, Type::boolean, needs, query);
}

Value Compiler::emit_query(Op op, Type type, const Needs& needs, const EventQuery& query) {
  program_->queries_.push_back(query);
  return emit(op, type, needs, {}, nullptr, 0.0,
              static_cast<std::uint32_t>(program_->queries_.size() - 1));
}

/// session.count("view"[, column or id][, within="10m"]), .any(…); history.*, and .last("view").
Value Compiler::event_call(const Node& node) {
  const std::string& what = node.path.back();
  EventQuery query;
  query.in_session = node.path.front() == "session";
  const bool is_last = what == "last" && !query.in_session;
  if (what == "price") return price_call(node);
  if (what != "count" && what != "any" && !is_last) {
    fail(node, "unknown function '" + node.path.front() + "." + what +
                   "'; there are count(), any()" + (query.in_session ? "" : ", last()") +
                   " and price()");
  }
  if (is_last) query.what = EventQuery::What::last;
  event_arguments(node, query);
  Needs needs;
  needs.events = true;
  needs.now = query.within > 0.0;
  needs.item = query.column != nullptr || query.by_id;
  if (what == "any") return emit_query(Op::event_flag, Type::boolean, needs, query);
  return emit_query(Op::event_number, is_last ? Type::time : Type::number, needs, query);
}

/// history.price(0.9): a quantile of the prices of what the visitor turned to.
Value Compiler::price_call(const Node& node) {
  need_arguments(node, 1, 1);
  const Node& part = at(node.children[0]);
  if (part.shape != Shape::number || part.number > 1.0)
    fail(part, "price takes the part of the prices that lie below, from 0 to 1: price(0.9)");
  EventQuery query;
  query.what = EventQuery::What::price;
  query.in_session = node.path.front() == "session";
  query.quantile = part.number;
  query.prices = catalog_.find_column("price");
  if (query.prices == nullptr || query.prices->kind() != catalog::AttributeKind::number)
    fail(node, "price() needs an attribute 'price' of the items that is a number");
  Needs needs;
  needs.events = true;
  return emit_query(Op::event_number, Type::number, needs, query);
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

}  // namespace aisle::expression
