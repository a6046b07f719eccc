#pragma once

/// A request as Python makes it, with the texts that it borrows.

#include <optional>
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
};

/// A request with the texts that it borrows.
class Asking {
 public:
  Asking(py::handle visitor, std::size_t k, py::handle item,
         const std::optional<py::sequence>& session, py::handle time,
         const std::optional<std::string>& where, std::string_view placement,
         const GivenValues* context, const GivenValues* parameters, const Extras* extras)
      : where_(where),
        session_(session),
        exclude_(extras == nullptr ? std::nullopt : extras->exclude),
        items_(extras == nullptr ? std::nullopt : extras->items) {
    if (!visitor.is_none()) visitor_.emplace(visitor);
    if (!item.is_none()) anchor_.emplace(item);
    request.visitor = text_or_empty(visitor_);
    request.session = session_.texts();
    request.anchor = text_or_empty(anchor_);
    request.placement = placement;
    request.k = k;
    request.now = time_of(time, clock_now());
    if (context != nullptr) request.context = context->values();
    if (parameters != nullptr) request.parameters = parameters->values();
    if (extras == nullptr) return;
    request.after = extras->after;
    request.exclude = exclude_.texts();
    request.items = items_.texts();
    request.scores = extras->scores;
    request.trust = extras->trust;
  }

  /// Compiles the filter for the model that is live now.
  void find_filter(const engine::Engine& from, const live::Model& model) {
    if (!where_) return;
    try {
      test_ = from.filters().get(*where_, model.catalog(), model.generation());
    } catch (const expression::ExpressionError& error) {
      throw error.within("where");
    }
    request.where = test_.get();
  }

  slate::Request request;

 private:
  std::optional<std::string> where_;
  std::optional<GivenId> visitor_;
  std::optional<GivenId> anchor_;
  IdList session_;
  IdList exclude_;
  IdList items_;
  std::shared_ptr<const rules::ItemTest> test_;
};

}  // namespace aisle::bindings
