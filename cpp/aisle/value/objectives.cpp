#include "aisle/value/objectives.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::value {
namespace {

constexpr double kLeastWorth = 1e-30;  // its logarithm is still a score that floats can tell apart
constexpr double kNothing = 1e-7;      // what rounding leaves of terms that cancel
constexpr float kMostWeight = 1000.0F;
constexpr std::array<std::string_view, kAims> kColumns = {"price", "margin", "stock",
                                                          "return_rate"};

std::string named(std::size_t aim) { return "objectives." + std::string(kAimNames[aim]); }

void check_weight(const std::string& field, float weight) {
  if (weight >= 0.0F && weight <= kMostWeight) return;
  throw ConfigError(field + " must be between 0 and 1000, got " + std::to_string(weight));
}

const catalog::Column& numbers_of(const catalog::View& catalog, std::size_t aim,
                                  std::string_view name) {
  try {
    const catalog::Column& column = catalog.column(name);
    if (column.kind() == catalog::AttributeKind::number) return column;
    throw ConfigError(named(aim) + ": column \"" + column.name() + "\" is " +
                      catalog::described(column.kind()) + "; an objective needs a number");
  } catch (const UnknownNameError& error) {
    throw UnknownNameError(named(aim) + ": " + error.what() +
                           "; another column: {weight: …, column: …}");
  }
}

}  // namespace

bool Objectives::is_on() const noexcept {
  return std::ranges::any_of(aims, [](const Objective& one) { return one.weight > 0.0F; });
}

void Objectives::validate() const {
  check_weight("objectives.relevance", relevance);
  for (std::size_t aim = 0; aim < kAims; ++aim) check_weight(named(aim), aims[aim].weight);
  if (relevance == 0.0F && !is_on())
    throw ConfigError("objectives need at least one weight above 0");
}

double largest(std::span<const double> cells) noexcept {
  double most = 0.0;
  for (const double cell : cells) most = std::max(most, std::isnan(cell) ? 0.0 : std::abs(cell));
  return most;
}

void add_shares(std::span<const double> cells, double weight, double whole,
                std::span<double> worth) {
  double sum = 0.0;
  std::size_t known = 0;
  for (const double cell : cells) {
    if (std::isnan(cell)) continue;
    sum += cell;
    ++known;
  }
  if (known == 0 || whole == 0.0) return;
  const double mean = sum / static_cast<double>(known);
  for (std::size_t i = 0; i < cells.size(); ++i)
    worth[i] += weight * ((std::isnan(cells[i]) ? mean : cells[i]) / whole);
}

void multiply_odds(std::span<const double> worth, std::span<float> scores) {
  float least = std::numeric_limits<float>::max();    // of those worth something
  float best = std::numeric_limits<float>::lowest();  // of the others
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (worth[i] > kNothing) {
      scores[i] += static_cast<float>(std::log(std::max(worth[i], kLeastWorth)));
      least = std::min(least, scores[i]);
    } else {
      best = std::max(best, scores[i]);
    }
  }
  if (least == std::numeric_limits<float>::max()) return;  // nobody stands before anybody
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!(worth[i] > kNothing)) scores[i] = least - 1.0F + (scores[i] - best);
  }
}

Utility::Utility(Objectives objectives, const catalog::View& catalog)
    : objectives_(std::move(objectives)), is_on_(objectives_.is_on()) {
  objectives_.validate();
  for (std::size_t aim = 0; aim < kAims; ++aim) {
    const Objective& one = objectives_.aims[aim];
    if (one.weight <= 0.0F) continue;
    const bool is_difference = aim == static_cast<std::size_t>(Aim::margin) && one.column.empty() &&
                               catalog.find_column("margin") == nullptr &&
                               catalog.find_column("cost") != nullptr;
    if (is_difference) cells_[aim].minus = &numbers_of(catalog, aim, "cost");
    const std::string_view name = is_difference        ? std::string_view("price")
                                  : one.column.empty() ? kColumns[aim]
                                                       : std::string_view(one.column);
    cells_[aim].column = &numbers_of(catalog, aim, name);
  }
}

/// Of no item beyond what makes sense: no stock below none, and a return rate is a share.
void Utility::read(std::size_t aim, std::span<const ItemId> items,
                   std::vector<double>& cells) const {
  const auto& [column, minus] = cells_[aim];
  cells.clear();
  for (const ItemId item : items) {
    double cell = column->number(item) - (minus == nullptr ? 0.0 : minus->number(item));
    if (!std::isfinite(cell)) cell = catalog::kNullNumber;
    if (static_cast<Aim>(aim) == Aim::stock && cell < 0.0) cell = 0.0;
    if (static_cast<Aim>(aim) == Aim::returns && !std::isnan(cell))
      cell = std::clamp(cell, 0.0, 1.0);
    cells.push_back(cell);
  }
}

void Utility::weigh(std::span<const ItemId> items, std::span<float> scores,
                    UtilityWorkspace& work) const {
  if (!is_on_ || items.empty()) return;
  work.worth.assign(items.size(), double{objectives_.relevance});
  for (std::size_t aim = 0; aim < kAims; ++aim) {
    if (cells_[aim].column == nullptr) continue;
    read(aim, items, work.cells);
    const double weight = double{objectives_.aims[aim].weight};
    const bool is_risk = static_cast<Aim>(aim) == Aim::returns;  // a share already, and a loss
    add_shares(work.cells, is_risk ? -weight : weight, is_risk ? 1.0 : largest(work.cells),
               work.worth);
  }
  multiply_odds(work.worth, scores);
}

}  // namespace aisle::value
