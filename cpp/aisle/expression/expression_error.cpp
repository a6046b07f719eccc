#include "aisle/expression/expression_error.h"

#include <algorithm>
#include <numeric>

namespace aisle::expression {
namespace {

struct Line {
  std::size_t number = 1;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Line line_at(std::string_view text, std::size_t place) {
  Line line;
  place = std::min(place, text.size());
  for (std::size_t i = 0; i < place; ++i) {
    if (text[i] == '\n') {
      ++line.number;
      line.begin = i + 1;
    }
  }
  line.end = std::min(text.find('\n', place), text.size());
  return line;
}

std::string message_of(std::string_view text, Span place, const std::string& problem) {
  constexpr std::size_t kWidest = 120;  // of the line that is shown
  const Line line = line_at(text, place.begin);
  const std::size_t column = std::min(place.begin, text.size()) - line.begin;
  const std::size_t from = column > kWidest / 2 ? column - kWidest / 2 : 0;
  const std::string_view shown =
      text.substr(line.begin, line.end - line.begin).substr(from, kWidest);
  const std::size_t marks = std::max<std::size_t>(
      1, std::min(place.length, shown.size() - std::min(shown.size(), column - from)));
  return std::to_string(line.number) + ":" + std::to_string(column + 1) + ": " + problem + "\n  " +
         std::string(shown) + "\n  " + std::string(column - from, ' ') + std::string(marks, '^');
}

/// Levenshtein's distance, row by row.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

ExpressionError::ExpressionError(std::string_view text, Span place, const std::string& problem)
    : ConfigError(message_of(text, place, problem)) {
  const Line line = line_at(text, place.begin);
  line_ = line.number;
  column_ = std::min(place.begin, text.size()) - line.begin + 1;
}

ExpressionError ExpressionError::within(const std::string& field) const {
  return {field + ":" + what(), line_, column_};
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;  // longer names are no slips of the keyboard
  const std::string* nearest = nullptr;
  std::size_t least = name.size() / 3 + 2;
  for (const std::string& one : known) {
    if (one.size() > kLongest || name.size() > kLongest) continue;
    const std::size_t d = distance(name, one);
    if (d < least) {
      least = d;
      nearest = &one;
    }
  }
  return nearest == nullptr ? "." : ", did you mean '" + *nearest + "'?";
}

std::string joined(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 40;
  std::string all;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    all += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMost ? all + ", …" : all;
}

}  // namespace aisle::expression
