#pragma once

/// The aspects (categories, genres, brands) of each place of a pool; a place has any number.
///
/// Data path   score -> [rerank] -> slate
/// Threads     one a thread
/// Ownership   owns its lists; keeps its memory between requests
/// Cost        add() one copy of the codes

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aisle::rerank {

class Aspects {
 public:
  /// Empties the lists for the next pool.
  void begin() {
    ends_.clear();
    codes_.clear();
  }
  /// The aspects of the next place: codes of one attribute, none twice. Codes are small numbers:
  /// the rerankers keep one entry for each up to the greatest.
  void add(std::span<const std::uint32_t> codes) {
    codes_.insert(codes_.end(), codes.begin(), codes.end());
    ends_.push_back(codes_.size());
  }
  [[nodiscard]] std::span<const std::uint32_t> of(std::size_t place) const noexcept {
    const std::size_t begin = place == 0 ? 0 : ends_[place - 1];
    return std::span(codes_).subspan(begin, ends_[place] - begin);
  }
  [[nodiscard]] std::span<const std::uint32_t> codes() const noexcept { return codes_; }
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }

 private:
  std::vector<std::size_t> ends_;
  std::vector<std::uint32_t> codes_;
};

}  // namespace aisle::rerank
