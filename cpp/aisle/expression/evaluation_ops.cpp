// The instructions: loops over the registers of a block, written so that compilers vectorise them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "aisle/expression/evaluation.h"

namespace aisle::expression {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kEarthKm = 6371.0088;  // mean radius, IUGG

/// A result that is no number is null: division by zero, the logarithm of zero.
double finite(double value) noexcept { return std::isfinite(value) ? value : kNone; }

double to_number(Timestamp time) noexcept {
  return time == catalog::kNullTime ? kNone : static_cast<double>(time);
}

/// Great-circle distance by the haversine formula, in km.
double distance_km(double lat1, double lon1, double lat2, double lon2) noexcept {
  constexpr double kRadians = std::numbers::pi / 180.0;
  const double lat = std::sin((lat2 - lat1) * kRadians / 2);
  const double lon = std::sin((lon2 - lon1) * kRadians / 2);
  const double h = lat * lat + std::cos(lat1 * kRadians) * std::cos(lat2 * kRadians) * lon * lon;
  return 2.0 * kEarthKm * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0))) + (h - h);
}

/// Null where one of them is.
double lesser(double x, double y) noexcept { return std::isnan(x) || x < y ? x : y; }
double greater(double x, double y) noexcept { return std::isnan(x) || x > y ? x : y; }

// Kleene's logic on 0, 1 and null, which is 2: beside no 0 the larger is a and b, beside no 1 it is
// a or b.
std::uint8_t kleene_and(std::uint8_t a, std::uint8_t b) noexcept {
  return a == 0 || b == 0 ? 0 : std::max(a, b);
}
std::uint8_t kleene_or(std::uint8_t a, std::uint8_t b) noexcept {
  return a == 1 || b == 1 ? 1 : std::max(a, b);
}
std::uint8_t kleene_not(std::uint8_t a) noexcept { return a == kNullFlag ? a : a ^ 1U; }

std::uint8_t is_null(double value) noexcept {
  return static_cast<std::uint8_t>(__builtin_isunordered(value, value));
}
/// `holds` is false beside a null.
std::uint8_t or_null(bool holds, double x, double y) noexcept {
  return static_cast<std::uint8_t>(holds | (__builtin_isunordered(x, y) << 1));
}

template <class Out, class Get>
void fill(Out* out, std::span<const ItemId> items, const Get& get) {
  for (std::size_t i = 0; i < items.size(); ++i) out[i] = get(items[i]);
}
template <class Out, class In, class Make>
void change(Out* __restrict out, const In* a, std::size_t n, const Make& make) {
  for (std::size_t i = 0; i < n; ++i) out[i] = make(a[i]);
}
template <class Out, class In, class Make>
void combine(Out* __restrict out, const In* a, const In* b, std::size_t n, const Make& make) {
  for (std::size_t i = 0; i < n; ++i) out[i] = make(a[i], b[i]);
}

}  // namespace

void Evaluation::run_loads(const Instruction& it, std::span<const ItemId> items) {
  double* const out = number(it.out);
  const auto same = [&](double value) { std::fill_n(out, items.size(), value); };
  const bool has_anchor = is_known(scope_.anchor);
  const catalog::Column* const column = it.column;
  switch (it.op) {
    case Op::constant:
      return same(it.number);
    case Op::now:
      return same(static_cast<double>(scope_.now));
    case Op::parameter_number:
    case Op::context_number:
      return same(given_number(it));
    case Op::anchor_number:
      return same(has_anchor ? column->number(scope_.anchor) : kNone);
    case Op::anchor_time:
      return same(has_anchor ? to_number(column->time(scope_.anchor)) : kNone);
    case Op::load_number:
      if (is_near_ && column->kind() == catalog::AttributeKind::number)
        return column->numbers_near(items, out);
      return fill(out, items, [column](ItemId item) { return column->number(item); });
    case Op::load_time:
      return fill(out, items, [column](ItemId item) { return to_number(column->time(item)); });
    case Op::text_size:
      return fill(out, items, [&](ItemId item) { return set_size(it, item); });
    default:  // event_number
      return fill(out, items, [&](ItemId item) { return counted(it.table, item); });
  }
}

void Evaluation::run_arithmetic(const Instruction& it, std::size_t n) {
  double* const out = number(it.out);
  const double* const a = number(it.a);
  const double* const b = number(it.b);
  const double* const c = number(it.c);
  switch (it.op) {
    case Op::negate:
      return change(out, a, n, [](double x) { return -x; });
    case Op::plus:
      return combine(out, a, b, n, [](double x, double y) { return finite(x + y); });
    case Op::minus:
      return combine(out, a, b, n, [](double x, double y) { return finite(x - y); });
    case Op::times:
      return combine(out, a, b, n, [](double x, double y) { return finite(x * y); });
    case Op::divide:
      return combine(out, a, b, n, [](double x, double y) { return finite(x / y); });
    case Op::modulo:
      return combine(out, a, b, n, [](double x, double y) { return finite(std::fmod(x, y)); });
    case Op::min:
      return combine(out, a, b, n, lesser);
    case Op::max:
      return combine(out, a, b, n, greater);
    case Op::coalesce_number:
      return combine(out, a, b, n, [](double x, double y) { return std::isnan(x) ? y : x; });
    case Op::select_number: {
      const std::uint8_t* const is_true = flag(it.a);
      for (std::size_t i = 0; i < n; ++i) out[i] = is_true[i] == 1 ? b[i] : c[i];
      return;
    }
    case Op::distance: {
      const double* const d = number(it.d);
      for (std::size_t i = 0; i < n; ++i) out[i] = distance_km(a[i], b[i], c[i], d[i]);
      return;
    }
    default:
      return run_function(it.op, a, out, n);
  }
}

void Evaluation::run_function(Op op, const double* a, double* out, std::size_t n) {
  switch (op) {
    case Op::abs:
      return change(out, a, n, [](double x) { return std::abs(x); });
    case Op::round:
      return change(out, a, n, [](double x) { return std::round(x); });
    case Op::floor:
      return change(out, a, n, [](double x) { return std::floor(x); });
    case Op::ceil:
      return change(out, a, n, [](double x) { return std::ceil(x); });
    case Op::sqrt:
      return change(out, a, n, [](double x) { return finite(std::sqrt(x)); });
    case Op::log:
      return change(out, a, n, [](double x) { return finite(std::log(x)); });
    default:  // exp
      return change(out, a, n, [](double x) { return finite(std::exp(x)); });
  }
}

/// Flags that are read or asked of texts and events.
void Evaluation::run_tests(const Instruction& it, std::span<const ItemId> items) {
  std::uint8_t* const out = flag(it.out);
  const catalog::Column* const column = it.column;
  const auto same = [&](std::uint8_t value) { std::fill_n(out, items.size(), value); };
  switch (it.op) {
    case Op::constant_flag:
      return same(static_cast<std::uint8_t>(it.number));
    case Op::parameter_flag:
    case Op::context_flag:
      return same(given_flag(it));
    case Op::anchor_flag:
      return same(is_known(scope_.anchor) ? column->flag(scope_.anchor) : kNullFlag);
    case Op::load_flag:
      return fill(out, items, [column](ItemId item) { return column->flag(item); });
    case Op::text_test:
      return test_texts(it.table, items, out);
    case Op::number_in: {
      const auto& list = program_->lists_[it.table];
      return change(out, number(it.a), items.size(), [&](double x) {
        return std::isnan(x) ? kNullFlag
                             : static_cast<std::uint8_t>(std::ranges::binary_search(list, x));
      });
    }
    default:  // event_flag
      return fill(out, items, [&](ItemId item) {
        return static_cast<std::uint8_t>(counted(it.table, item) > 0.0);
      });
  }
}

/// Comparisons, and logic on flags.
void Evaluation::run_logic(const Instruction& it, std::size_t n) {
  std::uint8_t* const out = flag(it.out);
  const std::uint8_t* const a = flag(it.a);
  const std::uint8_t* const b = flag(it.b);
  const std::uint8_t* const c = flag(it.c);
  const double* const x = number(it.a);
  const double* const y = number(it.b);
  switch (it.op) {
    case Op::eq:
      return combine(out, x, y, n, [](double l, double r) { return or_null(l == r, l, r); });
    case Op::ne:
      return combine(out, x, y, n,
                     [](double l, double r) { return or_null(l < r || l > r, l, r); });
    case Op::lt:
      return combine(out, x, y, n, [](double l, double r) { return or_null(l < r, l, r); });
    case Op::le:
      return combine(out, x, y, n, [](double l, double r) { return or_null(l <= r, l, r); });
    case Op::flag_eq:
    case Op::flag_ne: {
      const std::uint8_t when_same = it.op == Op::flag_eq ? 1 : 0;
      return combine(out, a, b, n, [when_same](std::uint8_t l, std::uint8_t r) {
        return l == kNullFlag || r == kNullFlag ? kNullFlag
                                                : static_cast<std::uint8_t>(l ^ r ^ when_same);
      });
    }
    case Op::conjunction:
      return combine(out, a, b, n, kleene_and);
    case Op::disjunction:
      return combine(out, a, b, n, kleene_or);
    case Op::negation:
      return change(out, a, n, kleene_not);
    case Op::number_is_null:
      return change(out, x, n, is_null);
    case Op::flag_is_null:
      return change(out, a, n,
                    [](std::uint8_t l) { return static_cast<std::uint8_t>(l == kNullFlag); });
    case Op::coalesce_flag:
      return combine(out, a, b, n,
                     [](std::uint8_t l, std::uint8_t r) { return l == kNullFlag ? r : l; });
    default:  // select_flag
      for (std::size_t i = 0; i < n; ++i) out[i] = a[i] == 1 ? b[i] : c[i];
  }
}

}  // namespace aisle::expression
