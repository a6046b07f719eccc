#include "aisle/retrieve/trending.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "aisle/base/error.h"

// Forward decay (Cormode et al., ICDE 2009): with weights 2^(t / half_life) the order of decayed
// counts does not change as time passes, so a list in order stays in order until an item rises.
// The sum is kept as its log2, which never overflows.

namespace aisle::retrieve {
namespace {

/// Below the heat of any event within 70 million half-lives of 1970: room to tell 0 apart.
constexpr double kOffset = 1e9;

/// Of counts whose time lies far behind the item's newest event: beyond it they are infinite.
constexpr double kHottest = 1000.0;

double log2_sum(double a, double b) noexcept {
  const double high = std::max(a, b);
  return high + std::log2(1.0 + std::exp2(std::min(a, b) - high));
}

std::uint64_t key_of(AttributeValue value) noexcept {
  return (std::uint64_t{value.column} << 32U) | value.code;
}

}  // namespace

void TrendingOptions::validate() const {
  if (half_life <= 0)
    throw ConfigError("half_life must be positive (microseconds), got " +
                      std::to_string(half_life));
  if (top == 0 || top_of_value == 0)
    throw ConfigError("top and top_of_value must be at least 1, got 0");
}

Trending::Trending(const TrendingOptions& options) : options_(options), overall_(options.top) {
  options_.validate();
}

double Trending::age(Timestamp time) const noexcept {
  return static_cast<double>(time) / static_cast<double>(options_.half_life);
}

void Trending::observe(ItemId item, double weight, Timestamp time,
                       std::span<const AttributeValue> values) {
  Cell& cell = cells_.at(value_of(item));
  cell.count.fetch_add(static_cast<float>(weight), std::memory_order_relaxed);
  const double added = age(time) + std::log2(weight) + kOffset;
  double before = cell.heat.load(std::memory_order_relaxed);
  double after = added;
  do {
    after = before == 0.0 ? added : log2_sum(before, added);
  } while (!cell.heat.compare_exchange_weak(before, after, std::memory_order_relaxed));
  raise(item, after, values);
}

void Trending::restore(ItemId item, double heat, float count,
                       std::span<const AttributeValue> values) {
  if (!(heat > -kOffset) || !(count > 0.0F)) return;
  Cell& cell = cells_.at(value_of(item));
  cell.heat.store(heat + kOffset, std::memory_order_relaxed);
  cell.count.store(count, std::memory_order_relaxed);
  raise(item, heat + kOffset, values);
}

void Trending::raise(ItemId item, double heat, std::span<const AttributeValue> values) {
  overall_.raise(item, heat);
  for (const AttributeValue value : values) make_list_of(value).raise(item, heat);
}

TopList* Trending::list_of(AttributeValue value) const {
  const std::scoped_lock lock(lists_mutex_);
  const auto found = lists_.find(key_of(value));
  return found == lists_.end() ? nullptr : found->second.get();
}

TopList& Trending::make_list_of(AttributeValue value) {
  const std::scoped_lock lock(lists_mutex_);
  auto& list = lists_[key_of(value)];
  if (!list) list = std::make_unique<TopList>(options_.top_of_value);
  return *list;
}

void Trending::to_counts(Timestamp now, std::vector<TopList::Entry>& entries) const {
  const double zero = age(now) + kOffset;
  for (auto& entry : entries) entry.score = std::exp2(std::min(entry.score - zero, kHottest));
}

void Trending::top(std::size_t n, Timestamp now, std::vector<TopList::Entry>& out) const {
  overall_.read(n, out);
  to_counts(now, out);
}

void Trending::top_of(AttributeValue value, std::size_t n, Timestamp now,
                      std::vector<TopList::Entry>& out) const {
  out.clear();
  if (const TopList* list = list_of(value)) list->read(n, out);
  to_counts(now, out);
}

double Trending::heat(ItemId item) const noexcept {
  const Cell* cell = cells_.find(value_of(item));
  const double heat = cell == nullptr ? 0.0 : cell->heat.load(std::memory_order_relaxed);
  return heat == 0.0 ? -std::numeric_limits<double>::infinity() : heat - kOffset;
}

double Trending::decayed_count(ItemId item, Timestamp now) const noexcept {
  return std::exp2(std::min(heat(item) - age(now), kHottest));
}

float Trending::count(ItemId item) const noexcept {
  const Cell* cell = cells_.find(value_of(item));
  return cell == nullptr ? 0.0F : cell->count.load(std::memory_order_relaxed);
}

std::size_t Trending::memory_bytes() const noexcept {
  const std::scoped_lock lock(lists_mutex_);
  return cells_.memory_bytes() + lists_.size() * (options_.top_of_value * 16 + 160) +
         options_.top * 16;
}

}  // namespace aisle::retrieve
