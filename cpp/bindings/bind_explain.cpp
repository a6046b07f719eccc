#include <array>
#include <string_view>

#include "aisle/live/live.h"
#include "aisle/slate/explain.h"
#include "bindings.h"
#include "cell_values.h"
#include "engine_border.h"
#include "shop_ids.h"

namespace aisle::bindings {
namespace {

using slate::Explanation;
using slate::HeldLimit;
using slate::ItemExplanation;
using slate::Verdict;

constexpr std::array<const char*, slate::kFallbacks> kFallbackNames = {
    "none", "kept_for", "trending_alike", "trending", "popular", "new", "seen", "sold_out"};
constexpr std::array<const char*, 8> kOutcomeNames = {"unknown",         "listed",    "kept_out",
                                                      "below_minimum",   "not_found", "capped",
                                                      "kept_for_others", "ranked"};

py::str text(std::string_view view) { return {view.data(), view.size()}; }

py::str source_text(std::size_t source) {
  return text(live::source_name(static_cast<Source>(source)));
}

/// (rule, column, value, slots, taken, keeps)
py::tuple limit_of(const HeldLimit& one) {
  return py::make_tuple(text(one.rule), text(one.column), text(one.value), one.slots, one.taken,
                        one.keeps);
}

/// [(rule, factor, added, counts)]
py::list effects_of(const std::vector<slate::RuleEffect>& effects) {
  py::list all;
  for (const auto& one : effects)
    all.append(py::make_tuple(text(one.rule), one.factor, one.added, one.counts));
  return all;
}

/// (scored, boosted, place by the scorer, before diversity, after it)
py::tuple standing_of(const slate::Standing& one) {
  return py::make_tuple(one.scored, one.boosted, one.scored_place, one.boosted_place,
                        one.diversified_place);
}

/// [(feature, value, weight, part)] of those that add something.
py::list features_of(const Explanation& told, const ItemExplanation& one) {
  py::list all;
  for (std::size_t f = 0; f < score::kFeatures; ++f) {
    if (one.parts[f] == 0.0F) continue;
    all.append(py::make_tuple(text(score::feature_name(f)), one.features[f], told.weights[f],
                              one.parts[f]));
  }
  return all;
}

/// Id and title; the title is None without one.
py::tuple named(const catalog::View& catalog, ItemId item) {
  const catalog::Column* const column = catalog.role(catalog::Role::title);
  const std::string_view title = column == nullptr ? std::string_view{} : column->text(item);
  return py::make_tuple(id_object(*catalog.items(), value_of(item)),
                        title.empty() ? py::object(py::none()) : text(title));
}

py::dict links_of(const catalog::View& catalog, const slate::Links& links) {
  py::dict all;
  for (std::size_t s = 0; s < kSources; ++s) {
    if (is_known(links[s])) all[source_text(s)] = named(catalog, links[s]);
  }
  return all;
}

py::dict item_of(const Explanation& told, const ItemExplanation& one,
                 const slate::SlateItem& place) {
  const catalog::View& catalog = told.live->at(told.placement).items;
  py::dict out;
  out["named"] = named(catalog, place.item);
  out["is_candidate"] = one.is_candidate;
  out["in_session"] = one.features[static_cast<std::size_t>(score::Feature::in_session)] > 0.0F;
  out["fallback"] = kFallbackNames[static_cast<std::size_t>(place.step)];
  out["standing"] = standing_of(one.standing);
  out["features"] = features_of(told, one);
  out["effects"] = effects_of(one.effects);
  out["pin"] = text(one.pin);
  py::list limits;
  for (const HeldLimit& limit : one.limits) limits.append(limit_of(limit));
  out["limits"] = limits;
  out["links"] = links_of(catalog, one.links);
  out["group"] = text(one.group);
  return out;
}

}  // namespace

py::list explanations_of(const slate::Slate& slate) {
  py::list all;
  if (!slate.explanation) throw ConfigError("the request did not ask for it: explain=True does");
  for (std::size_t i = 0; i < slate.items.size(); ++i)
    all.append(item_of(*slate.explanation, slate.explanation->items[i], slate.items[i]));
  return all;
}

py::list attributes_of(const slate::Slate& slate, const catalog::View& catalog,
                       const std::vector<std::string>& names) {
  std::vector<std::pair<py::str, const catalog::Column*>> columns;
  for (const std::string& name : names) columns.emplace_back(name, &catalog.column(name));
  py::list all;
  for (const slate::SlateItem& one : slate.items) {
    py::dict values;
    for (const auto& [name, column] : columns) values[name] = value_of_cell(*column, one.item);
    all.append(values);
  }
  return all;
}

py::dict verdict_of(const Verdict& verdict) {
  py::dict out;
  out["outcome"] = kOutcomeNames[static_cast<std::size_t>(verdict.outcome)];
  out["is_by_request"] = verdict.is_by_request;
  out["rule"] = text(verdict.rule);
  out["limit"] = limit_of(verdict.limit);
  out["place"] = verdict.place;
  out["pins"] = verdict.pins;
  out["is_candidate"] = verdict.is_candidate;
  out["standing"] = standing_of(verdict.standing);
  out["effects"] = effects_of(verdict.effects);
  return out;
}

}  // namespace aisle::bindings
