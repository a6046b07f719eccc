#include "aisle/live/live.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::live {
namespace {

/// The bundle's own trees or weights unless the strategy brought weights; then each source's say,
/// which trees cannot follow.
Strategy with_weights(Strategy strategy, const Model& model) {
  const bool has_own = strategy.weights != score::default_weights();
  const bool has_say = std::ranges::any_of(
      strategy.sources, [](const SourceOptions& source) { return source.weight != 1.0F; });
  strategy.uses_trees = strategy.uses_trees && model.trees() != nullptr && !has_own && !has_say;
  if (model.weights() && !has_own) strategy.weights = *model.weights();
  strategy.validate();
  for (std::size_t s = 0; s < kSources; ++s) {
    for (std::size_t f = 0; f < score::kSourceFeatures; ++f)
      strategy.weights[s * score::kSourceFeatures + f] *= strategy.sources[s].weight;
  }
  return strategy;
}

catalog::View view_of(const NamedStrategy& named, const catalog::Catalog& catalog) {
  const Market& market = named.strategy.market;
  try {
    return {catalog, market.columns};
  } catch (const UnknownNameError& error) {
    throw UnknownNameError("the market '" + market.name + "': " + error.what());
  } catch (const ConfigError& error) {
    throw ConfigError("the market '" + market.name + "': " + error.what());
  }
}

/// @throws UnknownNameError for a column that the catalogue does not have, ConfigError for one that
/// has no values to count.
void check_columns(const NamedStrategy& named, const catalog::View& catalog) {
  try {
    for (const AtMost& cap : named.strategy.at_most) {
      const catalog::Column& column = catalog.column(cap.column);
      if (column.values() != nullptr) continue;
      throw ConfigError("the strategy of '" + named.placement + "': at_most." + cap.column +
                        ": this is " + catalog::described(column.kind()) +
                        "; only a category, a text or labels have values to count");
    }
    if (named.strategy.price_reranking > 0.0F && catalog.role(catalog::Role::price) == nullptr)
      throw UnknownNameError("price_reranking: the catalogue has no column 'price'");
    const std::string& on = named.strategy.diversity_on;
    if (!on.empty() && on != "vectors") (void)catalog.column(on);
  } catch (const UnknownNameError& error) {
    throw UnknownNameError("the strategy of '" + named.placement + "': " + error.what());
  }
}

value::Utility utility_of(const NamedStrategy& named, const catalog::View& catalog) {
  const std::string where = "the strategy of '" + named.placement + "': ";
  try {
    return {named.strategy.objectives, catalog};
  } catch (const UnknownNameError& error) {
    throw UnknownNameError(where + error.what());
  } catch (const ConfigError& error) {
    throw ConfigError(where + error.what());
  }
}

/// What the decisions of a contextual bandit hang on: numbers of the request.
void compile_context(Placement& place) {
  for (std::size_t i = 0; i < place.strategy.explore.context.size(); ++i) {
    const std::string where =
        "the strategy of '" + place.name + "': explore.context[" + std::to_string(i) + "]";
    try {
      auto program = expression::compile(place.strategy.explore.context[i], place.items,
                                         expression::Type::number);
      if (program->needs().item)
        throw ConfigError(where + " asks for the item; a decision's context is of the request");
      place.context.push_back(std::move(program));
    } catch (const expression::ExpressionError& error) {
      throw error.within(where);
    }
  }
}

/// The explorer of that placement before, where its arms mean the same, else a new one.
void take_explorer(Placement& place, const Live* before) {
  const explore::ExploreOptions& options = place.strategy.explore;
  if (!options.is_on) return;
  if (before != nullptr) {
    const auto old = std::ranges::find(before->placements, place.name, &Placement::name);
    if (old != before->placements.end() && old->explorer != nullptr &&
        options.has_arms_of(old->strategy.explore)) {
      place.explorer = old->explorer;
      return;
    }
  }
  place.explorer = std::make_shared<explore::Explorer>(options.bandit);
}

/// The popular ones up to that share of all items.
std::shared_ptr<const Bitmap> head_of(const Model& model, double share) {
  const auto most =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(model.item_count())));
  auto head = std::make_shared<Bitmap>(model.item_count());
  for (const ItemId item :
       model.by_popularity().first(std::min(most, model.by_popularity().size())))
    head->set(value_of(item));
  return head;
}

/// What each value was called before, and is now.
std::vector<std::pair<std::uint32_t, std::uint32_t>> renamed(const catalog::Column* before,
                                                             const catalog::Column* now) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> codes;
  for (std::uint32_t code = 0; code < before->values()->size(); ++code) {
    if (const auto here = now->values()->find(before->values()->name(code)))
      codes.emplace_back(code, *here);
  }
  return codes;
}

/// The shares of that exposure before, else new ones.
std::shared_ptr<shown::Shares> shares_of(const Exposed& made, const std::string& placement,
                                         const Live* before) {
  const std::size_t values = made.column == nullptr ? 1 : made.column->values()->size();
  const auto groups =
      static_cast<std::uint32_t>(std::min<std::size_t>(values, shown::Shares::kMostGroups));
  if (before != nullptr) {
    const auto place = std::ranges::find(before->placements, placement, &Placement::name);
    if (place != before->placements.end()) {
      for (const Exposed& old : place->exposure) {
        if (!(old.exposure == made.exposure)) continue;
        if (old.column == made.column) return old.shares;
        auto shares = std::make_shared<shown::Shares>(made.exposure.goal, groups);
        shares->take_over(*old.shares, renamed(old.column, made.column));
        return shares;
      }
    }
  }
  return std::make_shared<shown::Shares>(made.exposure.goal, groups);
}

void take_exposure(Placement& place, const Model& model, const Live* before) {
  for (const Exposure& one : place.strategy.exposure) {
    const std::string here = "the strategy of '" + place.name + "': " + one.name;
    Exposed made{.exposure = one};
    try {
      if (!one.column.empty()) {
        made.column = &place.items.column(one.column);
        if (made.column->values() == nullptr)
          throw ConfigError(here + ": '" + one.column + "' is " +
                            catalog::described(made.column->kind()) +
                            "; only a category, a text or labels have values to count");
      } else if (!one.where.empty()) {
        const auto program = expression::compile(one.where, place.items, expression::Type::boolean);
        if (!program->needs().is_static())
          throw ConfigError(
              here +
              ": where must be about the item alone: what is shown is counted over many requests");
        made.where = std::make_shared<rules::FollowedBitmap>(program, model.catalog());
      } else {
        made.popular = head_of(model, one.tail);
      }
    } catch (const expression::ExpressionError& error) {
      throw error.within(here + ".where");
    } catch (const UnknownNameError& error) {
      throw UnknownNameError(here + ": " + error.what());
    }
    made.shares = shares_of(made, place.name, before);
    place.exposure.push_back(std::move(made));
  }
}

}  // namespace

Live::Live(std::shared_ptr<Model> learned, const Strategies& strategies, const Live* before)
    : model(std::move(learned)) {
  for (const NamedStrategy& one : strategies.all()) {
    Placement made{.name = one.placement,
                   .strategy = with_weights(one.strategy, *model),
                   .items = view_of(one, model->catalog())};
    check_columns(one, made.items);
    made.utility = utility_of(one, made.items);
    const auto same = std::ranges::find_if(placements, [&](const Placement& other) {
      return other.strategy.knn == made.strategy.knn;
    });
    made.knn = same != placements.end()
                   ? same->knn
                   : std::make_shared<const retrieve::SessionKnn>(model->index(), made.strategy.knn,
                                                                  &model->live_sessions());
    made.rules =
        std::make_shared<const rules::RuleBook>(one.strategy.filter, one.strategy.merchandising,
                                                one.strategy.takes_largest_boost, made.items);
    compile_context(made);
    take_explorer(made, before);
    take_exposure(made, *model, before);
    by_name_.emplace(made.name, placements.size());
    const std::string& market = made.strategy.market.name;
    if (!market.empty()) by_name_.emplace("@" + market, placements.size());
    placements.push_back(std::move(made));
  }
}

std::vector<value::Offer> offers_of(const Strategies& strategies) {
  std::vector<value::Offer> all;
  for (const NamedStrategy& one : strategies.all())
    all.insert(all.end(), one.strategy.offers.begin(), one.strategy.offers.end());
  return all;
}

Live::Live(const Live& before, const std::vector<Learned>& restored)
    : model(before.model), placements(before.placements), by_name_(before.by_name_) {
  for (const Learned& one : restored) {
    const auto place = std::ranges::find(placements, one.placement, &Placement::name);
    const bool explores = place != placements.end() && place->explorer != nullptr;
    if (!explores || !(place->strategy.explore.bandit == one.explorer->bandit().options()))
      throw ConfigError("what was learned at the placement '" + one.placement + "' does not fit: " +
                        (explores ? "its strategy explores with other options now"
                                  : "no such placement explores now"));
    place->explorer = one.explorer;
  }
}

const Placement* Live::exploring(std::uint64_t explorer) const {
  for (const Placement& one : placements) {
    if (one.explorer != nullptr && one.explorer->number() == explorer) return &one;
  }
  return nullptr;
}

const Placement* Live::find(std::string_view placement, std::string_view market) const {
  if (placement.empty() && market.empty()) return placements.data();
  const auto find = [&](std::string_view name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &placements[found->second];
  };
  const Placement* const whole = placement.empty() ? nullptr : find(placement);
  if (market.empty()) return whole;
  if (whole != nullptr && whole->strategy.market.name == market) return whole;  // "home@de"
  return find(std::string(placement).append("@").append(market));
}

const Placement& Live::at(std::string_view placement, std::string_view market) const {
  if (const Placement* const found = find(placement, market)) return *found;
  const bool has_market = market.empty() || find({}, market) != nullptr;
  std::vector<std::string_view> known;
  for (const Placement& one : placements) {
    const std::string_view name = has_market ? one.name : one.strategy.market.name;
    if (!name.empty() && std::ranges::find(known, name) == known.end()) known.push_back(name);
  }
  std::string all;
  for (const std::string_view name : known) all.append(all.empty() ? "" : ", ").append(name);
  const std::string_view unknown = has_market ? placement : market;
  throw UnknownNameError((has_market ? "unknown placement '" : "unknown market '") +
                         std::string(unknown) + "'; there are: " + (all.empty() ? "none" : all));
}

}  // namespace aisle::live
