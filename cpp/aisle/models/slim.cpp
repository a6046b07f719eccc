#include "aisle/models/slim.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/base/parallel.h"

namespace aisle::models {
namespace {

constexpr std::uint32_t kNowhere = 0xFFFFFFFF;

struct Candidate {
  std::uint32_t item = 0;
  double together = 0.0;  // groups it shares with the target
  double cosine = 0.0;
};

/// One thread's scratch.
struct Scratch {
  std::vector<Candidate> candidates;
  std::vector<std::uint32_t> place;  // of an item among the candidates
  std::vector<double> gram;          // candidates * candidates
  std::vector<double> weights;
  std::vector<double> rest;  // together - gram * weights
};

struct ItemColumn {
  std::vector<std::uint32_t> items;
  std::vector<float> weights;
};

class Descent {
 public:
  Descent(const ItemRows& pairs, std::span<const std::uint32_t> counts, const SlimOptions& options)
      : pairs_(pairs), counts_(counts), options_(options) {}

  void fit(std::uint32_t target, Scratch& scratch, ItemColumn& out) const {
    choose(target, scratch);
    fill_gram(scratch);
    descend(scratch);
    for (std::size_t c = 0; c < scratch.candidates.size(); ++c) {
      if (scratch.weights[c] <= 0.0) continue;
      out.items.push_back(scratch.candidates[c].item);
      out.weights.push_back(static_cast<float>(scratch.weights[c]));
    }
  }

 private:
  void choose(std::uint32_t target, Scratch& scratch) const {
    auto& candidates = scratch.candidates;
    candidates.clear();
    for (std::uint64_t at = pairs_.offsets[target]; at < pairs_.offsets[target + 1]; ++at) {
      const std::uint32_t item = value_of(pairs_.items[at]);
      const auto together = static_cast<double>(pairs_.weights[at]);
      candidates.push_back({item, together, together / std::sqrt(double{1} * counts_[item])});
    }
    const auto nearer = [](const Candidate& a, const Candidate& b) {
      return a.cosine != b.cosine ? a.cosine > b.cosine : a.item < b.item;
    };
    if (candidates.size() > options_.neighbours) {
      std::ranges::nth_element(
          candidates, candidates.begin() + static_cast<std::ptrdiff_t>(options_.neighbours),
          nearer);
      candidates.resize(options_.neighbours);
    }
    std::ranges::sort(candidates, {}, &Candidate::item);
  }

  void fill_gram(Scratch& scratch) const {
    const auto& candidates = scratch.candidates;
    const std::size_t n = candidates.size();
    scratch.place.resize(pairs_.item_count(), kNowhere);
    for (std::size_t c = 0; c < n; ++c)
      scratch.place[candidates[c].item] = static_cast<std::uint32_t>(c);
    scratch.gram.assign(n * n, 0.0);
    for (std::size_t c = 0; c < n; ++c) {
      const std::uint32_t item = candidates[c].item;
      scratch.gram[c * n + c] = counts_[item];
      for (std::uint64_t at = pairs_.offsets[item]; at < pairs_.offsets[item + 1]; ++at) {
        const std::uint32_t other = scratch.place[value_of(pairs_.items[at])];
        if (other != kNowhere)
          scratch.gram[c * n + other] = static_cast<double>(pairs_.weights[at]);
      }
    }
    for (const Candidate& one : candidates) scratch.place[one.item] = kNowhere;
  }

  void descend(Scratch& scratch) const {
    const std::size_t n = scratch.candidates.size();
    scratch.weights.assign(n, 0.0);
    scratch.rest.resize(n);
    for (std::size_t c = 0; c < n; ++c) scratch.rest[c] = scratch.candidates[c].together;
    for (std::size_t round = 0; round < options_.rounds; ++round) {
      double moved = 0.0;
      for (std::size_t c = 0; c < n; ++c) {
        const double* row = scratch.gram.data() + c * n;
        const double pull = scratch.rest[c] + row[c] * scratch.weights[c];
        const double wanted = std::max(0.0, pull - options_.l1) / (row[c] + options_.l2);
        const double step = wanted - scratch.weights[c];
        if (step == 0.0) continue;
        scratch.weights[c] = wanted;
        for (std::size_t k = 0; k < n; ++k) scratch.rest[k] -= step * row[k];
        moved = std::max(moved, std::abs(step));
      }
      if (moved <= options_.tolerance) return;
    }
  }

  const ItemRows& pairs_;
  std::span<const std::uint32_t> counts_;
  const SlimOptions& options_;
};

}  // namespace

void SlimOptions::validate() const {
  const auto refuse = [](const char* field, double value, const char* domain) {
    throw ConfigError(std::string(field) + " must be " + domain + ", got " + std::to_string(value));
  };
  if (!(l1 >= 0.0 && std::isfinite(l1))) refuse("l1", l1, "finite and at least 0");
  if (!(l2 >= 0.0 && std::isfinite(l2))) refuse("l2", l2, "finite and at least 0");
  if (neighbours == 0 || neighbours > 5000)
    refuse("neighbours", static_cast<double>(neighbours), "between 1 and 5000");
  if (rounds == 0) refuse("rounds", 0.0, "positive");
  if (!(tolerance >= 0.0)) refuse("tolerance", tolerance, "at least 0");
}

ItemRows fit_slim(const ItemRows& pairs, std::span<const std::uint32_t> counts,
                  const SlimOptions& options, std::size_t threads) {
  options.validate();
  pairs.validate();
  if (counts.size() != pairs.item_count()) {
    throw DataError("counts has " + std::to_string(counts.size()) + " entries, not " +
                    std::to_string(pairs.item_count()));
  }
  for (const ItemId item : pairs.items) {
    if (counts[value_of(item)] == 0)
      throw DataError("counts is 0 for item " + std::to_string(value_of(item)) + " of a pair");
  }
  const Descent descent(pairs, counts, options);
  std::vector<ItemColumn> columns(pairs.item_count());
  for_each_row<Scratch>(columns.size(), threads, [&](std::size_t target, Scratch& scratch) {
    descent.fit(static_cast<std::uint32_t>(target), scratch, columns[target]);
  });
  ItemRows by_target;
  by_target.offsets.push_back(0);
  for (const ItemColumn& column : columns) {
    for (std::size_t c = 0; c < column.items.size(); ++c) {
      by_target.items.push_back(ItemId{column.items[c]});
      by_target.weights.push_back(column.weights[c]);
    }
    by_target.offsets.push_back(by_target.items.size());
  }
  return transposed(by_target);
}

}  // namespace aisle::models
