#include "aisle/slate/relation.h"

#include <algorithm>

#include "aisle/value/affinity.h"

namespace aisle::slate {
namespace {

using live::PairKind;

/// Of one item with the one that all is relative to.
struct Met {
  ItemId item;
  double viewed = 0.0;
  double bought = 0.0;
};

/// Everything that was met with `item`, each once.
std::vector<Met> met_with(const live::Model& model, ItemId item) {
  std::vector<Met> all;
  const auto gather = [&](PairKind kind, double Met::* weight) {
    retrieve::for_each_pair(model.pairs(kind).table, item, [&](ItemId other, double amount) {
      auto there = std::ranges::find(all, other, &Met::item);
      if (there == all.end()) there = all.insert(all.end(), {.item = other});
      (*there).*weight += amount;
    });
  };
  gather(PairKind::view, &Met::viewed);
  gather(PairKind::cart, &Met::bought);
  gather(PairKind::purchase, &Met::bought);
  return all;
}

}  // namespace

void mark_relation(const Asked& asked) {
  const auto& [model, place, request, work] = asked;
  const value::Relation wanted = place.strategy.relation;
  if (wanted == value::Relation::any) return;
  const auto known = std::find_if(work.session.rbegin(), work.session.rend(), is_known);
  if (known == work.session.rend()) return;
  const ItemId item = *known;  // the anchor stands last
  const auto& steps = model.pair_sums(PairKind::view);
  const auto& cart = model.pair_sums(PairKind::cart);
  const auto& purchase = model.pair_sums(PairKind::purchase);
  const value::Side wrong =
      wanted == value::Relation::complements ? value::Side::substitute : value::Side::complement;
  const auto bought = [&](ItemId of) { return cart.at(of) + purchase.at(of); };
  // Carts and purchases are steps too: what they brought into that table is taken out again.
  const auto viewed = [&](ItemId of) { return std::max(0.0, steps.at(of) - bought(of)); };
  const double total = cart.total + purchase.total;
  for (const Met& met : met_with(model, item)) {
    const value::Side side = value::side_of(
        {.both = met.bought, .x = bought(item), .y = bought(met.item), .total = total},
        {.both = std::max(0.0, met.viewed - met.bought),
         .x = viewed(item),
         .y = viewed(met.item),
         .total = std::max(0.0, steps.total - total)});
    if (side == wrong) work.drops.set(met.item, Dropped::relation);
  }
}

}  // namespace aisle::slate
