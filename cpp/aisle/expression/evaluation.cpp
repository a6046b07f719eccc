#include "aisle/expression/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace aisle::expression {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kEarthKm = 6371.0088;  // mean radius, IUGG

// Kleene's logic by [a][b] of 0, 1 and null.
constexpr std::array<std::uint8_t, 9> kAnd = {0, 0, 0, 0, 1, 2, 0, 2, 2};
constexpr std::array<std::uint8_t, 9> kOr = {0, 1, 2, 1, 1, 1, 2, 1, 2};
constexpr std::array<std::uint8_t, 3> kNot = {1, 0, 2};

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

template <class Get>
void fill(double* out, std::span<const ItemId> items, const Get& get) {
  for (std::size_t i = 0; i < items.size(); ++i) out[i] = get(items[i]);
}
template <class Make>
void combine(double* out, const double* a, const double* b, std::size_t n, const Make& make) {
  for (std::size_t i = 0; i < n; ++i) out[i] = make(a[i], b[i]);
}
template <class Make>
void change(double* out, const double* a, std::size_t n, const Make& make) {
  for (std::size_t i = 0; i < n; ++i) out[i] = make(a[i]);
}
/// Null beside null.
template <class Compare>
void compare(std::uint8_t* out, const double* a, const double* b, std::size_t n,
             const Compare& holds) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_null = a[i] != a[i] || b[i] != b[i];
    out[i] = is_null ? kNullFlag : static_cast<std::uint8_t>(holds(a[i], b[i]));
  }
}

}  // namespace

void Evaluation::begin(const Program& program, const Scope& scope) {
  const bool is_same = number_of_program_ == program.number_;
  program_ = &program;
  number_of_program_ = program.number_;
  scope_ = scope;
  broadcast_ = 1;
  numbers_.resize(std::max(numbers_.size(), std::size_t{program.numbers_} * kBlock));
  flags_.resize(std::max(flags_.size(), std::size_t{program.flags_} * kBlock));
  if (ready_.size() < program.texts_.size()) ready_.resize(program.texts_.size());
  prepare_texts(!is_same);
  count_events();
  constexpr std::array<ItemId, 1> kNobody = {kNoItem};
  run(program.once_, kNobody);
}

/// What no item changes, beside each of `items` items.
void Evaluation::broadcast(std::size_t items) {
  for (const std::uint16_t reg : program_->kept_numbers_)
    std::fill_n(number(reg), items, *number(reg));
  for (const std::uint16_t reg : program_->kept_flags_) std::fill_n(flag(reg), items, *flag(reg));
  broadcast_ = items;
}

void Evaluation::run_block(std::span<const ItemId> items) {
  if (items.size() > broadcast_) broadcast(items.size());
  run(program_->each_, items);
}

bool Evaluation::test(ItemId item) {
  const std::array<ItemId, 1> one = {item};
  run_block(one);
  return *flag(program_->result_) == 1;
}

void Evaluation::tests(std::span<const ItemId> items, std::span<std::uint8_t> out) {
  for (std::size_t at = 0; at < items.size(); at += kBlock) {
    const auto block = items.subspan(at, std::min(kBlock, items.size() - at));
    run_block(block);
    std::copy_n(flag(program_->result_), block.size(),
                out.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void Evaluation::numbers(std::span<const ItemId> items, std::span<double> out) {
  for (std::size_t at = 0; at < items.size(); at += kBlock) {
    const auto block = items.subspan(at, std::min(kBlock, items.size() - at));
    run_block(block);
    std::copy_n(number(program_->result_), block.size(),
                out.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void Evaluation::to_bitmap(std::size_t items, Bitmap& bits) {
  ids_.resize(kBlock);
  for (std::size_t at = 0; at < items; at += kBlock) {
    const std::size_t n = std::min(kBlock, items - at);
    for (std::size_t i = 0; i < n; ++i) ids_[i] = ItemId{static_cast<std::uint32_t>(at + i)};
    run_block(std::span(ids_).first(n));
    const std::uint8_t* const result = flag(program_->result_);
    for (std::size_t begin = 0; begin < n; begin += 64) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < std::min<std::size_t>(64, n - begin); ++i)
        word |= std::uint64_t{result[begin + i] == 1} << i;
      bits.set_word((at + begin) / 64, word);
    }
  }
}

void Evaluation::run(const std::vector<Instruction>& code, std::span<const ItemId> items) {
  for (const Instruction& it : code) {
    if (gives_flag(it.op)) {
      run_flags(it, items);
    } else {
      run_numbers(it, items);
    }
  }
}

void Evaluation::run_numbers(const Instruction& it, std::span<const ItemId> items) {
  const std::size_t n = items.size();
  double* const out = number(it.out);
  const double* const a = number(it.a);
  const double* const b = number(it.b);
  switch (it.op) {
    case Op::constant:
      std::fill_n(out, n, it.number);
      break;
    case Op::now:
      std::fill_n(out, n, static_cast<double>(scope_.now));
      break;
    case Op::parameter_number:
    case Op::context_number:
      std::fill_n(out, n, given_number(it));
      break;
    case Op::load_number:
      fill(out, items, [&](ItemId item) { return it.column->number(item); });
      break;
    case Op::load_time:
      fill(out, items, [&](ItemId item) { return to_number(it.column->time(item)); });
      break;
    case Op::anchor_number:
      std::fill_n(out, n, is_known(scope_.anchor) ? it.column->number(scope_.anchor) : kNone);
      break;
    case Op::anchor_time:
      std::fill_n(out, n,
                  is_known(scope_.anchor) ? to_number(it.column->time(scope_.anchor)) : kNone);
      break;
    case Op::text_size:
      fill(out, items, [&](ItemId item) { return set_size(it, item); });
      break;
    case Op::event_number:
      fill(out, items, [&](ItemId item) { return counted(it.table, item); });
      break;
    case Op::negate:
      change(out, a, n, [](double x) { return -x; });
      break;
    case Op::plus:
      combine(out, a, b, n, [](double x, double y) { return finite(x + y); });
      break;
    case Op::minus:
      combine(out, a, b, n, [](double x, double y) { return finite(x - y); });
      break;
    case Op::times:
      combine(out, a, b, n, [](double x, double y) { return finite(x * y); });
      break;
    case Op::divide:
      combine(out, a, b, n, [](double x, double y) { return finite(x / y); });
      break;
    case Op::modulo:
      combine(out, a, b, n, [](double x, double y) { return finite(std::fmod(x, y)); });
      break;
    case Op::min:
      combine(out, a, b, n, [](double x, double y) {
        return x != x || y < x ? (x != x ? x : y) : (y != y ? y : x);
      });
      break;
    case Op::max:
      combine(out, a, b, n, [](double x, double y) {
        return x != x || y > x ? (x != x ? x : y) : (y != y ? y : x);
      });
      break;
    case Op::abs:
      change(out, a, n, [](double x) { return std::abs(x); });
      break;
    case Op::round:
      change(out, a, n, [](double x) { return std::round(x); });
      break;
    case Op::floor:
      change(out, a, n, [](double x) { return std::floor(x); });
      break;
    case Op::ceil:
      change(out, a, n, [](double x) { return std::ceil(x); });
      break;
    case Op::sqrt:
      change(out, a, n, [](double x) { return finite(std::sqrt(x)); });
      break;
    case Op::log:
      change(out, a, n, [](double x) { return finite(std::log(x)); });
      break;
    case Op::exp:
      change(out, a, n, [](double x) { return finite(std::exp(x)); });
      break;
    case Op::distance:
      for (std::size_t i = 0; i < n; ++i)
        out[i] = distance_km(a[i], b[i], number(it.c)[i], number(it.d)[i]);
      break;
    case Op::select_number:
      for (std::size_t i = 0; i < n; ++i) out[i] = flag(it.a)[i] == 1 ? b[i] : number(it.c)[i];
      break;
    case Op::coalesce_number:
      combine(out, a, b, n, [](double x, double y) { return x != x ? y : x; });
      break;
    default:
      break;
  }
}

void Evaluation::run_flags(const Instruction& it, std::span<const ItemId> items) {
  const std::size_t n = items.size();
  std::uint8_t* const out = flag(it.out);
  const std::uint8_t* const a = flag(it.a);
  const std::uint8_t* const b = flag(it.b);
  const auto each = [&](const auto& get) {
    for (std::size_t i = 0; i < n; ++i) out[i] = get(i);
  };
  switch (it.op) {
    case Op::constant_flag:
      std::fill_n(out, n, static_cast<std::uint8_t>(it.number));
      break;
    case Op::parameter_flag:
    case Op::context_flag:
      std::fill_n(out, n, given_flag(it));
      break;
    case Op::load_flag:
      each([&](std::size_t i) { return it.column->flag(items[i]); });
      break;
    case Op::anchor_flag:
      std::fill_n(out, n, is_known(scope_.anchor) ? it.column->flag(scope_.anchor) : kNullFlag);
      break;
    case Op::text_test:
      each([&](std::size_t i) { return test_text(it.table, items[i]); });
      break;
    case Op::number_in: {
      const auto& list = program_->lists_[it.table];
      each([&](std::size_t i) {
        const double x = number(it.a)[i];
        return x != x ? kNullFlag : static_cast<std::uint8_t>(std::ranges::binary_search(list, x));
      });
      break;
    }
    case Op::event_flag:
      each([&](std::size_t i) {
        return static_cast<std::uint8_t>(counted(it.table, items[i]) > 0.0);
      });
      break;
    case Op::eq:
      compare(out, number(it.a), number(it.b), n, [](double x, double y) { return x == y; });
      break;
    case Op::ne:
      compare(out, number(it.a), number(it.b), n, [](double x, double y) { return x != y; });
      break;
    case Op::lt:
      compare(out, number(it.a), number(it.b), n, [](double x, double y) { return x < y; });
      break;
    case Op::le:
      compare(out, number(it.a), number(it.b), n, [](double x, double y) { return x <= y; });
      break;
    case Op::flag_eq:
    case Op::flag_ne:
      each([&](std::size_t i) {
        if (a[i] == kNullFlag || b[i] == kNullFlag) return kNullFlag;
        return static_cast<std::uint8_t>((a[i] == b[i]) == (it.op == Op::flag_eq));
      });
      break;
    case Op::and_:
      each([&](std::size_t i) { return kAnd[a[i] * 3U + b[i]]; });
      break;
    case Op::or_:
      each([&](std::size_t i) { return kOr[a[i] * 3U + b[i]]; });
      break;
    case Op::not_:
      each([&](std::size_t i) { return kNot[a[i]]; });
      break;
    case Op::number_is_null:
      each([&](std::size_t i) {
        const double x = number(it.a)[i];
        return static_cast<std::uint8_t>(x != x);
      });
      break;
    case Op::flag_is_null:
      each([&](std::size_t i) { return static_cast<std::uint8_t>(a[i] == kNullFlag); });
      break;
    case Op::select_flag:
      each([&](std::size_t i) { return a[i] == 1 ? b[i] : flag(it.c)[i]; });
      break;
    case Op::coalesce_flag:
      each([&](std::size_t i) { return a[i] == kNullFlag ? b[i] : a[i]; });
      break;
    default:
      break;
  }
}

}  // namespace aisle::expression
