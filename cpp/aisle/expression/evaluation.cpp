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
  is_near_ = false;
  numbers_.resize(std::max(numbers_.size(), std::size_t{program.numbers_} * kBlock));
  flags_.resize(std::max(flags_.size(), std::size_t{program.flags_} * kBlock));
  made_.resize(std::max(made_.size(), std::size_t{program.made_texts_} * kBlock));
  while (buffers_.size() < program.buffers_) buffers_.push_back(std::make_unique<Buffer>());
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
  for (const std::uint16_t reg : program_->kept_texts_) std::fill_n(text(reg), items, *text(reg));
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

/// Keeps those of the first `count` of ids_ whose place passes.
template <class Passes>
std::size_t Evaluation::keep(std::size_t count, const Passes& passes) {
  ItemId* const ids = ids_.data();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ids[kept] = ids[i];
    kept += static_cast<std::size_t>(passes(i));
  }
  return kept;
}

std::size_t Evaluation::keep_true(std::uint16_t reg, std::size_t count) {
  return keep(count, [is_true = flag(reg)](std::size_t i) { return is_true[i] == 1; });
}

/// Those of the first `count` of ids_ that the instructions let through, whose flag is `reg`.
std::size_t Evaluation::select(std::span<const Instruction> code, std::uint16_t reg,
                               std::size_t count) {
  const std::span items = std::span(ids_).first(count);
  const Op last = code.empty() || code.back().out != reg ? Op::conjunction : code.back().op;
  if (last != Op::lt && last != Op::le) {
    run(code, items);
    return keep_true(reg, count);
  }
  // A comparison that is false beside null is all that is asked: no flag is needed.
  run(code.first(code.size() - 1), items);
  const double* const x = number(code.back().a);
  const double* const y = number(code.back().b);
  if (last == Op::lt) return keep(count, [x, y](std::size_t i) { return x[i] < y[i]; });
  return keep(count, [x, y](std::size_t i) { return x[i] <= y[i]; });
}

/// Those of the first `count` of ids_ for which the condition is true. A conjunct is asked of those
/// alone that the ones before it let through (P. Boncz, M. Zukowski, N. Nes: MonetDB/X100, 2005).
std::size_t Evaluation::select(std::size_t count) {
  if (count > broadcast_) broadcast(count);
  const std::span code(program_->each_);
  if (program_->steps_.empty()) return select(code, program_->result_, count);
  std::size_t begin = 0;
  for (const Step& step : program_->steps_) {
    if (count == 0) break;
    count = select(code.subspan(begin, step.end - begin), step.flag, count);
    begin = step.end;
  }
  return count;
}

/// The cells that the first conjunct will read, a block ahead: chunks of a column defeat the
/// processor's own guess.
void Evaluation::prefetch(std::size_t first) const {
  constexpr std::size_t kCellsOfALine = 8;
  const auto& steps = program_->steps_;
  const std::size_t end = steps.empty() ? program_->each_.size() : steps.front().end;
  for (const Instruction& it : std::span(program_->each_).first(end)) {
    if (it.column == nullptr) continue;
    for (std::size_t i = 0; i < kBlock; i += kCellsOfALine) {
      it.column->prefetch(ItemId{static_cast<std::uint32_t>(first + i)});
    }
  }
}

void Evaluation::to_bitmap(std::size_t items, Bitmap& bits) {
  static_assert(kBlock % 64 == 0 && kBlock == catalog::Column::kNear);
  ids_.resize(kBlock);
  is_near_ = true;
  for (std::size_t at = 0; at < items; at += kBlock) {
    const std::size_t count = std::min(kBlock, items - at);
    for (std::size_t i = 0; i < count; ++i) ids_[i] = ItemId{static_cast<std::uint32_t>(at + i)};
    prefetch(at + kBlock);
    const std::size_t kept = select(count);
    for (std::size_t word = at / 64; word * 64 < at + count; ++word) bits.set_word(word, 0);
    for (std::size_t i = 0; i < kept; ++i) bits.set(value_of(ids_[i]));
  }
  is_near_ = false;
}

void Evaluation::run(std::span<const Instruction> code, std::span<const ItemId> items) {
  for (const Instruction& it : code) {
    if (gives_text(it.op)) {
      run_texts(it, items);
    } else if (it.op >= Op::eq) {
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
