#pragma once

/// What a shop wants of a slate beside relevance: revenue, margin, stock cleared, few returns.
///
/// Data path   strategy -> [objectives] -> recommend
/// Threads     immutable; a workspace belongs to one request
/// Ownership   Objectives are values; a Utility borrows columns of the catalogue, which outlives it
/// Cost        a cell and a logarithm a candidate for each objective that is on

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/catalog/view.h"

namespace aisle::value {

enum class Aim : std::uint8_t { revenue, margin, stock, returns };
inline constexpr std::size_t kAims = 4;
inline constexpr std::array<std::string_view, kAims> kAimNames = {"revenue", "margin", "stock",
                                                                  "returns"};

struct Objective {
  float weight = 0.0F;  ///< 0: off.
  std::string column;   ///< Empty: price; margin, else price - cost; stock; return_rate.
};

struct Objectives {
  float relevance = 1.0F;
  std::array<Objective, kAims> aims{};  ///< In the order of Aim.

  /// Relevance alone, however much it weighs, changes nothing.
  [[nodiscard]] bool is_on() const noexcept;
  /// @throws ConfigError naming the field and the value it had.
  void validate() const;
};

struct UtilityWorkspace {
  std::vector<double> cells;
  std::vector<double> worth;
};

/// Adds weight * cell / whole to each place's worth. A cell that is NaN counts as the mean of the
/// others; cells that are all NaN, or a whole of zero, add nothing.
void add_shares(std::span<const double> cells, double weight, double whole,
                std::span<double> worth);
/// The largest |cell|; 0 where all are NaN.
[[nodiscard]] double largest(std::span<const double> cells) noexcept;

/// Multiplies the odds e^score by the worth of each place. Places worth nothing or less stand
/// behind all others, in the order of their scores.
void multiply_odds(std::span<const double> worth, std::span<float> scores);

/// Objectives bound to the columns of one catalogue.
class Utility {
 public:
  /// Off.
  Utility() = default;
  /// @throws UnknownNameError for a column that is not there, ConfigError for one of no numbers;
  /// both name the field.
  Utility(Objectives objectives, const catalog::View& catalog);

  [[nodiscard]] bool is_on() const noexcept { return is_on_; }
  /// Utility of a candidate: U = e^(score - best) * worth, with
  ///   worth = w_relevance + w_revenue * price' + w_margin * margin' + w_stock * stock'
  ///           - w_returns * return rate,
  /// where ' is a share of the pool's largest. The new score is best + log U.
  void weigh(std::span<const ItemId> items, std::span<float> scores, UtilityWorkspace& work) const;

 private:
  struct Cells {
    const catalog::Column* column = nullptr;  // null: the aim is off
    const catalog::Column* minus = nullptr;   // the cost, where margin is price - cost
  };
  void read(std::size_t aim, std::span<const ItemId> items, std::vector<double>& cells) const;

  Objectives objectives_;
  bool is_on_ = false;
  std::array<Cells, kAims> cells_{};
};

}  // namespace aisle::value
