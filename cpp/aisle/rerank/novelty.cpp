#include "aisle/rerank/novelty.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "aisle/rerank/greedy.h"

namespace aisle::rerank {

void NoveltyOptions::validate() const { check_strength(strength); }

void add_novelty(std::span<const float> relevance, std::span<const float> counts, double total,
                 const NoveltyOptions& options, std::span<float> marked) {
  scale_relevance(relevance, marked);
  const double whole = std::log1p(total);
  for (std::size_t place = 0; place < relevance.size(); ++place) {
    const double known = std::log1p(static_cast<double>(counts[place])) / whole;
    const float novelty = static_cast<float>(1.0 - std::clamp(known, 0.0, 1.0));
    marked[place] = (1.0F - options.strength) * marked[place] + options.strength * novelty;
  }
}

std::size_t favour_novelty(std::span<const float> relevance, std::span<const float> counts,
                           double total, const NoveltyOptions& options, NoveltyWorkspace& work,
                           std::span<std::uint32_t> picked) {
  const std::size_t count = std::min(picked.size(), relevance.size());
  work.marked.resize(relevance.size());
  add_novelty(relevance, counts, total, options, work.marked);
  work.order.resize(relevance.size());
  std::iota(work.order.begin(), work.order.end(), 0U);
  const auto end = work.order.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(
      work.order.begin(), end, work.order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return work.marked[a] != work.marked[b] ? work.marked[a] > work.marked[b] : a < b;
      });
  std::copy(work.order.begin(), end, picked.begin());
  return count;
}

}  // namespace aisle::rerank
