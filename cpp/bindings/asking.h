#pragma once

/// A request as Python makes it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/engine/engine.h"
#include "bindings.h"
#include "engine_border.h"
#include "given_values.h"
#include "shop_ids.h"

namespace aisle::bindings {

/// Ids of the caller's, as texts.
class IdList {
 public:
  explicit IdList(const std::optional<py::sequence>& ids) {
    if (!ids) return;
    for (const py::handle one : *ids) {
      const GivenId text(one);
      owned_.emplace_back(text.text().value_or(std::string_view{}));
    }
    texts_.assign(owned_.begin(), owned_.end());
  }
  [[nodiscard]] std::span<const std::string_view> texts() const noexcept { return texts_; }

 private:
  std::vector<std::string> owned_;
  std::vector<std::string_view> texts_;
};

/// What few requests say.
struct Extras {
  std::uint64_t after = 0;
  std::optional<py::sequence> exclude;
  std::optional<py::sequence> items;
  std::vector<float> scores;
  float trust = 1.0F;
  bool explain = false;
};

/// A request with the texts that it owns; the others it borrows from the tuple, which outlives it.
class Asking {
 public:
  /// From what aisle.asking.Asked has: (visitor, k, item, session, time, where, placement, market,
  /// context, params, extras).
  explicit Asking(const py::tuple& asked) : session_(list(asked[3])) {
    const py::object visitor = asked[0];
    const py::object item = asked[2];
    if (!visitor.is_none()) visitor_.emplace(visitor);
    if (!item.is_none()) anchor_.emplace(item);
    request.visitor = text_or_empty(visitor_);
    request.session = session_.texts();
    request.anchor = text_or_empty(anchor_);
    if (!asked[5].is_none()) {
      request.where = py::cast<std::string_view>(asked[5]);
      if (request.where.empty())
        throw ConfigError("where is an empty text; leave it out for all items");
    }
    request.placement = py::cast<std::string_view>(asked[6]);
    request.market = py::cast<std::string_view>(asked[7]);
    request.k = py::cast<std::size_t>(asked[1]);
    request.now = time_of(asked[4], clock_now());
    const auto* const context = py::cast<const GivenValues*>(asked[8]);
    const auto* const parameters = py::cast<const GivenValues*>(asked[9]);
    const auto* const extras = py::cast<const Extras*>(asked[10]);
    if (context != nullptr) request.context = context->values();
    if (parameters != nullptr) request.parameters = parameters->values();
    if (extras != nullptr) take(*extras);
  }
  Asking(const Asking&) = delete;  // the request points into it
  Asking& operator=(const Asking&) = delete;

  slate::Request request;

 private:
  static std::optional<py::sequence> list(const py::object& ids) {
    if (ids.is_none()) return std::nullopt;
    if (PySequence_Check(ids.ptr()) == 0)
      throw ConfigError("a list of ids is meant, got " + py::repr(ids).cast<std::string>());
    return py::reinterpret_borrow<py::sequence>(ids);
  }
  void take(const Extras& extras) {
    exclude_.emplace(extras.exclude);
    items_.emplace(extras.items);
    request.after = extras.after;
    request.exclude = exclude_->texts();
    request.items = items_->texts();
    request.scores = extras.scores;
    request.trust = extras.trust;
    request.explain = extras.explain;
  }

  std::optional<GivenId> visitor_;
  std::optional<GivenId> anchor_;
  IdList session_;
  std::optional<IdList> exclude_;
  std::optional<IdList> items_;
};

}  // namespace aisle::bindings
