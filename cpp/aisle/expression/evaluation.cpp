#include "aisle/expression/evaluation.h"

#include <algorithm>
#include <array>

namespace aisle::expression {

void Evaluation::begin(const Program& program, const Scope& scope) {
  const bool is_new = number_of_program_ != program.number_;
  number_of_program_ = 0;  // in case that a parameter is missing
  program_ = &program;
  scope_ = scope;
  broadcast_ = 1;
  numbers_.resize(std::max(numbers_.size(), std::size_t{program.numbers_} * kBlock));
  flags_.resize(std::max(flags_.size(), std::size_t{program.flags_} * kBlock));
  if (ready_.size() < program.texts_.size()) ready_.resize(program.texts_.size());
  prepare_texts(is_new);
  count_events();
  constexpr std::array<ItemId, 1> kNobody = {kNoItem};
  run(program.once_, kNobody);
  number_of_program_ = program.number_;
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
  const std::span code(program_->each_);
  std::size_t begin = 0;
  for (const Step& step : program_->steps_) {
    run(code.subspan(begin, step.end - begin), one);
    if (*flag(step.flag) != 1) return false;
    begin = step.end;
  }
  if (!program_->steps_.empty()) return true;
  run(code, one);
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

/// Keeps the first `count` of ids_ whose flag is true.
std::size_t Evaluation::keep_true(std::uint16_t reg, std::size_t count) {
  const std::uint8_t* const is_true = flag(reg);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ids_[kept] = ids_[i];
    kept += is_true[i] == 1 ? 1 : 0;
  }
  return kept;
}

/// Those of the first `count` of ids_ for which the condition is true. A conjunct is asked of those
/// alone that the ones before it let through (P. Boncz, M. Zukowski, N. Nes: MonetDB/X100, 2005).
std::size_t Evaluation::select(std::size_t count) {
  const std::span items(ids_);
  if (program_->steps_.empty()) {
    run_block(items.first(count));
    return keep_true(program_->result_, count);
  }
  if (count > broadcast_) broadcast(count);
  const std::span code(program_->each_);
  std::size_t begin = 0;
  for (const Step& step : program_->steps_) {
    if (count == 0) break;
    run(code.subspan(begin, step.end - begin), items.first(count));
    count = keep_true(step.flag, count);
    begin = step.end;
  }
  return count;
}

void Evaluation::to_bitmap(std::size_t items, Bitmap& bits) {
  static_assert(kBlock % 64 == 0);
  ids_.resize(kBlock);
  for (std::size_t at = 0; at < items; at += kBlock) {
    const std::size_t count = std::min(kBlock, items - at);
    for (std::size_t i = 0; i < count; ++i) ids_[i] = ItemId{static_cast<std::uint32_t>(at + i)};
    const std::size_t kept = select(count);
    for (std::size_t word = at / 64; word * 64 < at + count; ++word) bits.set_word(word, 0);
    for (std::size_t i = 0; i < kept; ++i) bits.set(value_of(ids_[i]));
  }
}

void Evaluation::run(std::span<const Instruction> code, std::span<const ItemId> items) {
  for (const Instruction& it : code) {
    if (it.op >= Op::eq) {
      run_logic(it, items.size());
    } else if (gives_flag(it.op)) {
      run_tests(it, items);
    } else if (it.op >= Op::negate) {
      run_arithmetic(it, items.size());
    } else {
      run_loads(it, items);
    }
  }
}

}  // namespace aisle::expression
