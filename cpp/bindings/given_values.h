#pragma once

/// What a caller says of a request, `context={"store": "north"}`, as expressions take it.

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "aisle/expression/scope.h"
#include "bindings.h"

namespace aisle::bindings {

/// Owns the texts that its values borrow. Made once for many requests, or for each.
class GivenValues {
 public:
  /// @throws ConfigError for a value that is no text, number, bool, None or list of texts.
  explicit GivenValues(const py::dict& given);
  GivenValues(const GivenValues&) = delete;
  GivenValues& operator=(const GivenValues&) = delete;

  [[nodiscard]] std::span<const expression::Given> values() const noexcept { return values_; }

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  expression::Given value_of(std::string_view name, py::handle value);

  std::deque<std::string> texts_;  // a deque moves nothing
  std::deque<std::vector<std::string_view>> lists_;
  std::vector<expression::Given> values_;
};

}  // namespace aisle::bindings
