// What a request brings: values that the caller gave, and what the visitor did.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "aisle/base/error.h"
#include "aisle/expression/evaluation.h"
#include "aisle/expression/token.h"

namespace aisle::expression {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

const Given* Evaluation::find(std::span<const Given> given, std::string_view name) const {
  const auto found = std::ranges::find(given, name, &Given::name);
  return found == given.end() || found->kind == Given::Kind::null ? nullptr : &*found;
}

void Evaluation::fail_parameter(std::string_view name, bool is_missing, const char* wanted) {
  throw ConfigError(is_missing
                        ? "the parameter $" + std::string(name) + " is missing; give it a value"
                        : "the parameter $" + std::string(name) + " must be " + wanted);
}

double Evaluation::given_number(const Instruction& it) const {
  const bool is_parameter = it.op == Op::parameter_number;
  const std::string& name = program_->names_[it.table];
  const Given* const given = find(is_parameter ? scope_.parameters : scope_.context, name);
  const auto type = static_cast<Type>(static_cast<int>(it.number));
  double found = kNone;
  if (given != nullptr && given->kind == Given::Kind::number) found = given->number;
  if (given != nullptr && given->kind == Given::Kind::text) {
    if (type == Type::time) found = time_of(given->text);
    if (type == Type::duration) found = duration_of(given->text);
  }
  if (is_parameter && std::isnan(found)) {
    fail_parameter(name, given == nullptr,
                   type == Type::number ? "a number"
                   : type == Type::time ? "a time, for example \"2026-11-27\""
                                        : "a duration, for example \"90d\"");
  }
  return std::isfinite(found) ? found : kNone;
}

std::uint8_t Evaluation::given_flag(const Instruction& it) const {
  const bool is_parameter = it.op == Op::parameter_flag;
  const std::string& name = program_->names_[it.table];
  const Given* const given = find(is_parameter ? scope_.parameters : scope_.context, name);
  const bool is_flag = given != nullptr && given->kind == Given::Kind::flag;
  if (is_parameter && !is_flag) fail_parameter(name, given == nullptr, "true or false");
  return is_flag ? static_cast<std::uint8_t>(given->number != 0.0) : kNullFlag;
}

void Evaluation::count_events() {
  if (counted_.size() < program_->queries_.size()) counted_.resize(program_->queries_.size());
  for (std::size_t i = 0; i < program_->queries_.size(); ++i)
    count_query(program_->queries_[i], counted_[i]);
}

void Evaluation::count_query(const EventQuery& query, Counted& counted) const {
  counted.number = query.what == EventQuery::What::last ? kNone : 0.0;
  counted.by_code.clear();
  const std::size_t begin =
      query.in_session ? std::min(scope_.session_begin, scope_.events.size()) : 0;
  const auto events = scope_.events.subspan(begin);
  if (query.what == EventQuery::What::cart_value) {
    counted.number = cart_value(events);
    return;
  }
  for (const Event& event : events) {
    if (query.what == EventQuery::What::length) {
      counted.number += shows_interest(event.type) ? 1.0 : 0.0;
      continue;
    }
    if (!query.any_type && event.type != query.type) continue;
    if (query.within > 0.0 && static_cast<double>(scope_.now - event.time) > query.within) continue;
    const bool is_last = query.what == EventQuery::What::last;
    if (query.column == nullptr && !query.by_id) {
      counted.number = is_last ? static_cast<double>(event.time) : counted.number + 1.0;
      continue;
    }
    if (!is_known(event.item)) continue;
    const std::uint32_t code = query.by_id ? value_of(event.item) : query.column->code(event.item);
    if (code == catalog::kNullCode) continue;
    const auto found =
        std::ranges::find(counted.by_code, code, &std::pair<std::uint32_t, double>::first);
    double& entry = found == counted.by_code.end() ? counted.by_code.emplace_back(code, 0.0).second
                                                   : found->second;
    entry = is_last ? static_cast<double>(event.time) : entry + 1.0;
  }
}

double Evaluation::counted(std::uint32_t table, ItemId item) const {
  const EventQuery& query = program_->queries_[table];
  const Counted& counted = counted_[table];
  if (query.column == nullptr && !query.by_id) return counted.number;
  const std::uint32_t code = query.by_id ? value_of(item) : query.column->code(item);
  const auto found =
      std::ranges::find(counted.by_code, code, &std::pair<std::uint32_t, double>::first);
  return found == counted.by_code.end() ? counted.number : found->second;
}

/// What lies in the cart: put in, not taken out, not bought.
double Evaluation::cart_value(std::span<const Event> events) {
  double sum = 0.0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != EventType::cart || std::isnan(events[i].value)) continue;
    const bool has_left = std::ranges::any_of(events.subspan(i + 1), [&](const Event& later) {
      return later.item == events[i].item &&
             (later.type == EventType::remove_from_cart || later.type == EventType::purchase);
    });
    if (!has_left) sum += double{events[i].value};
  }
  return sum;
}

}  // namespace aisle::expression
