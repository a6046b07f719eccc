#include "aisle/catalog/label_sets.h"

#include <algorithm>
#include <bit>
#include <string>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::catalog {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 14U;  // labels

std::uint64_t hash_of(std::span<const std::uint32_t> labels) noexcept {
  return hash_bytes({reinterpret_cast<const char*>(labels.data()), labels.size_bytes()});
}

[[noreturn]] void refuse(std::size_t set, const std::string& what) {
  throw DataError("set number " + std::to_string(set) + " " + what);
}

/// A set as from_blob() gets it: its place in the block was checked by the caller.
void check_set(std::size_t set, std::span<const std::uint32_t> labels, std::size_t label_count) {
  if (labels.size() > LabelSets::kMaxLabels) {
    refuse(set, "has " + std::to_string(labels.size()) + " labels, at most " +
                    std::to_string(LabelSets::kMaxLabels) + " are allowed");
  }
  if (!labels.empty() && labels.back() >= label_count) {
    refuse(set, "has label number " + std::to_string(labels.back()) + " of " +
                    std::to_string(label_count));
  }
  if (std::ranges::adjacent_find(labels, std::ranges::greater_equal()) != labels.end()) {
    refuse(set, "is not in ascending order");
  }
}

}  // namespace

std::shared_ptr<LabelSets> LabelSets::from_blob(std::span<const std::uint32_t> labels,
                                                std::span<const std::uint64_t> offsets,
                                                std::size_t label_count,
                                                std::shared_ptr<const void> keep) {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != labels.size()) {
    throw DataError("the offsets of sets do not fit their labels");
  }
  auto sets = std::make_shared<LabelSets>();
  for (std::size_t set = 0; set + 1 < offsets.size(); ++set) {
    if (offsets[set] > offsets[set + 1] || offsets[set + 1] > labels.size()) {
      refuse(set, "ends before it begins, or behind all labels");
    }
    const Set part = labels.subspan(offsets[set], offsets[set + 1] - offsets[set]);
    check_set(set, part, label_count);
    sets->sets_.at(set) = part;
  }
  sets->size_.store(offsets.size() - 1, std::memory_order_release);
  sets->keep_ = std::move(keep);
  return sets;
}

std::uint32_t LabelSets::insert(std::span<const std::uint32_t> labels) {
  const std::scoped_lock lock(writer_);
  sorted_.assign(labels.begin(), labels.end());
  std::ranges::sort(sorted_);
  sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
  if (sorted_.size() > kMaxLabels) {
    throw DataError("an item has " + std::to_string(sorted_.size()) + " labels; at most " +
                    std::to_string(kMaxLabels) + " are allowed");
  }
  const std::size_t count = size();
  if (2 * (count + 1) > table_.size()) grow();
  std::uint32_t& slot = slot_of(sorted_);
  if (slot != 0) return slot - 1;
  const auto set = static_cast<std::uint32_t>(count);
  sets_.at(set) = this->keep(sorted_);
  slot = set + 1;
  size_.store(count + 1, std::memory_order_release);
  return set;
}

bool LabelSets::contains(std::uint32_t set, std::uint32_t label) const noexcept {
  return std::ranges::binary_search(labels(set), label);
}

std::size_t LabelSets::memory_bytes() const noexcept {
  return sets_.memory_bytes() + label_bytes_.load(std::memory_order_relaxed) +
         2 * sizeof(std::uint32_t) * std::bit_ceil(size() + 1);
}

void LabelSets::grow() {
  table_.assign(std::bit_ceil(std::max<std::size_t>(64, 4 * (size() + 1))), 0);
  for (std::uint32_t set = 0; set < size(); ++set) slot_of(labels(set)) = set + 1;
}

/// Where the set is in the table, or the free slot where it belongs.
std::uint32_t& LabelSets::slot_of(Set labels) noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash_of(labels) & mask;; at = (at + 1) & mask) {
    std::uint32_t& slot = table_[at];
    if (slot == 0 || std::ranges::equal(this->labels(slot - 1), labels)) return slot;
  }
}

LabelSets::Set LabelSets::keep(Set labels) {
  if (left_ < labels.size()) {
    left_ = kBlock;
    blocks_.push_back(std::make_unique_for_overwrite<std::uint32_t[]>(left_));
    label_bytes_.fetch_add(left_ * sizeof(std::uint32_t), std::memory_order_relaxed);
    at_ = blocks_.back().get();
  }
  std::ranges::copy(labels, at_);
  const Set kept(at_, labels.size());
  at_ += labels.size();
  left_ -= labels.size();
  return kept;
}

}  // namespace aisle::catalog
