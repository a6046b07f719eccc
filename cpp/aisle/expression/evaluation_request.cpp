// What a request brings: values that the caller gave, and the anchor.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "aisle/base/error.h"
#include "aisle/expression/evaluation.h"
#include "aisle/expression/token.h"

namespace aisle::expression {
namespace {

using From = TextSource::From;

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

/// The texts of a side that no item changes; none and `has_null` where it is null.
void Evaluation::resolve(const TextSource& source, bool takes_list,
                         std::vector<std::string_view>& texts, bool& has_null) {
  const ItemId anchor = scope_.anchor;
  switch (source.from) {
    case From::literal:
      texts.push_back(source.text);
      return;
    case From::anchor_id:
      has_null = has_null || !is_known(anchor);
      if (is_known(anchor)) texts.push_back(program_->catalog_->items()->name(value_of(anchor)));
      return;
    case From::anchor:
      if (!is_known(anchor) || source.column->is_null(anchor)) {
        has_null = true;
      } else if (source.column->sets() == nullptr) {
        texts.push_back(source.column->text(anchor));
      } else {
        for (const std::uint32_t label : source.column->sets()->labels(source.column->code(anchor)))
          texts.push_back(source.column->values()->name(label));
      }
      return;
    case From::context:
    case From::parameter:
      return resolve_given(source, takes_list, texts, has_null);
    case From::cart:
    case From::session_seen:
    case From::history_seen:
      return resolve_visited(source.from, texts);
    default:
      has_null = true;
  }
}

void Evaluation::resolve_given(const TextSource& source, bool takes_list,
                               std::vector<std::string_view>& texts, bool& has_null) const {
  const bool is_parameter = source.from == From::parameter;
  const Given* const given = find(is_parameter ? scope_.parameters : scope_.context, source.text);
  if (given != nullptr && given->kind == Given::Kind::text) {
    texts.push_back(given->text);
  } else if (takes_list && given != nullptr && given->kind == Given::Kind::texts) {
    texts.insert(texts.end(), given->texts.begin(), given->texts.end());
  } else if (is_parameter) {
    fail_parameter(source.text, given == nullptr,
                   takes_list ? "a text or a list of texts" : "a text");
  } else {
    has_null = true;
  }
}

/// Whether a side that no item changes has a value, of whatever type.
bool Evaluation::is_there(const TextSource& source) const {
  if (source.from == From::anchor_id) return is_known(scope_.anchor);
  if (source.from == From::anchor)
    return is_known(scope_.anchor) && !source.column->is_null(scope_.anchor);
  if (source.from == From::context) return find(scope_.context, source.text) != nullptr;
  if (source.from == From::nothing) return false;
  if (source.from == From::parameter && find(scope_.parameters, source.text) == nullptr)
    fail_parameter(source.text, true, "");
  return true;
}

}  // namespace aisle::expression
