#include "aisle/expression/token.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "aisle/base/ids.h"

namespace aisle::expression {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::pair<std::string_view, Token>, 14> kWords = {{
    {"and", Token::conjunction},
    {"or", Token::disjunction},
    {"not", Token::negation},
    {"in", Token::in},
    {"between", Token::between},
    {"is", Token::is},
    {"null", Token::null},
    {"true", Token::yes},
    {"false", Token::no},
    {"any", Token::any},
    {"all", Token::all},
    {"none", Token::none},
    {"of", Token::of},
    {"if", Token::choice},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

/// Microseconds of a unit's name; NaN when there is no such unit.
double unit_of(std::string_view unit) {
  if (unit == "s") return static_cast<double>(kSecond);
  if (unit == "m" || unit == "min") return static_cast<double>(kMinute);
  if (unit == "h") return static_cast<double>(kHour);
  if (unit == "d") return static_cast<double>(kDay);
  if (unit == "w") return 7.0 * static_cast<double>(kDay);
  return kNone;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Lexeme> run() {
    if (text_.size() > kLongestText) {
      fail({kLongestText, 1},
           "an expression has at most 16,384 bytes, this one has " + std::to_string(text_.size()));
    }
    std::vector<Lexeme> found;
    for (;;) {
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' ||
                                    text_[at_] == '\r')) {
        ++at_;
      }
      found.push_back(next());
      if (found.back().token == Token::end) return found;
    }
  }

 private:
  [[noreturn]] void fail(Span place, const std::string& problem) const {
    throw ExpressionError(text_, place, problem);
  }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  Lexeme next() {
    const std::size_t begin = at_;
    if (at_ == text_.size()) return {Token::end, {begin, 1}, 0.0, ""};
    const char c = peek();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '"' || c == '\'') return {Token::text, {begin, 1}, 0.0, quoted(c)};
    if (c == '`') return {Token::name, {begin, 1}, 0.0, quoted(c)};
    if (is_name_start(c)) return word();
    if (c == '$') {
      ++at_;
      if (!is_name_start(peek())) fail({begin, 1}, "a parameter's name follows $: $limit");
      Lexeme found = word();
      return {Token::parameter, {begin, at_ - begin}, 0.0, std::move(found.text)};
    }
    return sign();
  }

  Lexeme word() {
    const std::size_t begin = at_;
    while (is_name(peek())) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    for (const auto& [known, token] : kWords) {
      const bool same = std::ranges::equal(name, known, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
      });
      // AND and and are one word, And is a name: nobody writes it by accident.
      const bool one_case =
          std::ranges::all_of(name, [](char a) { return a >= 'a' && a <= 'z'; }) ||
          std::ranges::all_of(name, [](char a) { return a >= 'A' && a <= 'Z'; });
      if (same && one_case) return {token, {begin, at_ - begin}, 0.0, std::string(name)};
    }
    return {Token::name, {begin, at_ - begin}, 0.0, std::string(name)};
  }

  Lexeme number() {
    const std::size_t begin = at_;
    double value = 0.0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail({begin, 1}, "this number is out of range");
    at_ = static_cast<std::size_t>(end - text_.data());
    if (!is_name_start(peek())) return {Token::number, {begin, at_ - begin}, value, ""};
    const std::size_t unit_begin = at_;
    while (is_name(peek())) ++at_;
    const double unit = unit_of(text_.substr(unit_begin, at_ - unit_begin));
    if (std::isnan(unit)) {
      fail({begin, at_ - begin}, "no such unit: durations are 30s, 10m, 2h, 90d or 1w");
    }
    return {Token::duration, {begin, at_ - begin}, value * unit, ""};
  }

  std::string quoted(char mark) {
    const std::size_t begin = at_++;
    std::string found;
    while (at_ < text_.size() && text_[at_] != mark) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      found += text_[at_++];
    }
    if (at_ >= text_.size()) {
      fail({begin, 1}, std::string("this text never ends: it needs another ") + mark);
    }
    ++at_;
    return found;
  }

  Lexeme sign() {
    const std::size_t begin = at_;
    const char c = peek();
    const char d = peek(1);
    const auto two = [&](char second, Token token, Token alone) {
      at_ += d == second ? 2 : 1;
      return Lexeme{d == second ? token : alone, {begin, at_ - begin}, 0.0, ""};
    };
    switch (c) {
      case '=':
        return two('=', Token::eq, Token::assign);
      case '<':
        if (d == '>') fail({begin, 2}, "write != for 'not equal'");
        return two('=', Token::le, Token::lt);
      case '>':
        return two('=', Token::ge, Token::gt);
      case '!':
        if (d != '=') fail({begin, 1}, "write not, or != for 'not equal'");
        return two('=', Token::ne, Token::ne);
      case '&':
        fail({begin, 2}, "write and");
      case '|':
        fail({begin, 2}, "write or");
      default:
        break;
    }
    constexpr std::string_view kSigns = "+-*/%.,()[]";
    const std::size_t place = kSigns.find(c);
    if (place == std::string_view::npos) fail({begin, 1}, "this character has no meaning here");
    ++at_;
    return {static_cast<Token>(static_cast<std::size_t>(Token::plus) + place), {begin, 1}, 0.0, ""};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Reads `count` digits, or says no.
bool digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool is_date(int year, int month, int day) {
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2 && day == 29) return is_leap;
  return day <= kDays[static_cast<std::size_t>(month - 1)];
}

/// The digits behind a decimal point, at most six of them, as microseconds; false when there is
/// none.
bool fraction(std::string_view& text, double& microseconds) {
  double unit = static_cast<double>(kSecond);
  std::size_t count = 0;
  for (; count < text.size() && count < 6 && is_digit(text[count]); ++count) {
    unit /= 10.0;
    microseconds += unit * (text[count] - '0');
  }
  text.remove_prefix(count);
  return count != 0;
}

/// Days since 1970 of a date of the Gregorian calendar (H. Hinnant's days_from_civil).
std::int64_t days_of(int year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = year / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/// The zone behind a time, in minutes east; false when it is none.
bool zone(std::string_view text, int& minutes) {
  minutes = 0;
  if (text.empty() || text == "Z") return true;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return false;
  int hours = 0;
  int rest = 0;
  if (!digits(text, 2, hours)) return false;
  take(text, ':');
  if (!digits(text, 2, rest) || !text.empty()) return false;
  minutes = sign * (hours * 60 + rest);
  return true;
}

}  // namespace

std::vector<Lexeme> tokens_of(std::string_view text) { return Lexer(text).run(); }

double duration_of(std::string_view text) noexcept {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return kNone;
  return value * unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
}

double time_of(std::string_view text) noexcept {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!digits(text, 4, year) || !take(text, '-') || !digits(text, 2, month) || !take(text, '-') ||
      !digits(text, 2, day) || !is_date(year, month, day)) {
    return kNone;
  }
  double seconds = 0.0;
  double microseconds = 0.0;
  int zone_minutes = 0;
  if (!text.empty()) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    if ((!take(text, 'T') && !take(text, ' ')) || !digits(text, 2, hour) || !take(text, ':') ||
        !digits(text, 2, minute)) {
      return kNone;
    }
    if (take(text, ':')) {
      if (!digits(text, 2, second)) return kNone;
      if (take(text, '.') && !fraction(text, microseconds)) return kNone;
    }
    seconds = hour * 3600.0 + minute * 60.0 + second;
    if (hour > 23 || minute > 59 || second > 60 || !zone(text, zone_minutes)) return kNone;
  }
  return (static_cast<double>(days_of(year, month, day)) * 86400.0 + seconds -
          zone_minutes * 60.0) *
             static_cast<double>(kSecond) +
         microseconds;
}

}  // namespace aisle::expression
