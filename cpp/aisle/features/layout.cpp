#include "aisle/features/layout.h"

#include <algorithm>

namespace aisle::features {
namespace {

constexpr Timestamp kFarthest = Timestamp{1} << 56U;

std::size_t words_of(Counter::Kind kind) {
  switch (kind) {
    case Counter::Kind::window:
      return WindowCell::kWords;
    case Counter::Kind::decay:
      return DecayCell::kWords;
    case Counter::Kind::moments:
      return MomentsCell::kWords;
    case Counter::Kind::last:
    case Counter::Kind::session:
    case Counter::Kind::sessions:
      break;
  }
  return 1;
}

bool is_time(Word word) {
  return word == 0 || (time_of(word) > -kFarthest && time_of(word) < kFarthest);
}

bool is_sum(Word word, bool may_be_negative) {
  const double sum = std::bit_cast<double>(word);
  return std::isfinite(sum) && (may_be_negative || sum >= 0.0);
}

}  // namespace

std::size_t Layout::add(Counter::Kind kind, TypeMask types, Timestamp span) {
  const auto found = std::ranges::find_if(counters_, [&](const Counter& one) {
    return one.kind == kind && one.types == types && one.span == span;
  });
  if (found != counters_.end()) return found->place;
  counters_.push_back({kind, types, span, words_});
  words_ += words_of(kind);
  types_ |= types;
  return counters_.back().place;
}

std::size_t Layout::add_sum(Timestamp half_life) {
  counters_.push_back({Counter::Kind::decay, 0, half_life, words_});
  words_ += DecayCell::kWords;
  return counters_.back().place;
}

void Layout::count(Word* row, EventType type, Timestamp time, bool is_running,
                   double amount) const noexcept {
  for (const Counter& counter : counters_) {
    if ((counter.types & mask_of(type)) == 0) continue;
    Word* const cell = row + counter.place;
    switch (counter.kind) {
      case Counter::Kind::window:
        WindowCell::add(cell, time, counter.span);
        break;
      case Counter::Kind::decay:
        DecayCell::add(cell, time, counter.span, {1.0});
        break;
      case Counter::Kind::last:
        LastCell::add(cell, time);
        break;
      case Counter::Kind::session:
        if (is_running) ++*cell;
        break;
      case Counter::Kind::sessions:
        break;
      case Counter::Kind::moments:
        if (!std::isnan(amount))
          MomentsCell::add(cell, time, counter.span, {1.0, amount, amount * amount});
        break;
    }
  }
}

void Layout::begin_session(Word* row) const noexcept {
  end_session(row);
  for (const Counter& counter : counters_) {
    if (counter.kind == Counter::Kind::sessions) ++row[counter.place];
  }
}

void Layout::end_session(Word* row) const noexcept {
  for (const Counter& counter : counters_) {
    if (counter.kind == Counter::Kind::session) row[counter.place] = 0;
  }
}

void Layout::take_greater(Word* row, const Word* other) const noexcept {
  for (const Counter& counter : counters_) {
    Word* const mine = row + counter.place;
    const Word* const its = other + counter.place;
    switch (counter.kind) {
      case Counter::Kind::window:
        WindowCell::take_greater(mine, its);
        break;
      case Counter::Kind::decay:
        DecayCell::take_greater(mine, its, counter.span);
        break;
      case Counter::Kind::last:
      case Counter::Kind::session:
      case Counter::Kind::sessions:
        *mine = std::max(*mine, *its);
        break;
      case Counter::Kind::moments:  // of visitors alone, and no two stores know one visitor
        break;
    }
  }
}

void Layout::join(Word* row, const Word* other) const noexcept {
  for (const Counter& counter : counters_) {
    Word* const mine = row + counter.place;
    const Word* const its = other + counter.place;
    switch (counter.kind) {
      case Counter::Kind::window:
        WindowCell::join(mine, its);
        break;
      case Counter::Kind::decay:
        DecayCell::join(mine, its, counter.span);
        break;
      case Counter::Kind::moments:
        MomentsCell::join(mine, its, counter.span);
        break;
      case Counter::Kind::last:
        *mine = std::max(*mine, *its);
        break;
      case Counter::Kind::session:
      case Counter::Kind::sessions:
        *mine += *its;
        break;
    }
  }
}

bool Layout::holds(const Word* row) const noexcept {
  return std::ranges::all_of(counters_, [&](const Counter& counter) {
    const Word* const cell = row + counter.place;
    switch (counter.kind) {
      case Counter::Kind::window:
      case Counter::Kind::last:
        return is_time(cell[0]);
      case Counter::Kind::decay:
        return is_time(cell[0]) && is_sum(cell[1], false);
      case Counter::Kind::moments:
        return is_time(cell[0]) && is_sum(cell[1], false) && is_sum(cell[2], true) &&
               is_sum(cell[3], false);
      case Counter::Kind::session:
      case Counter::Kind::sessions:
        break;
    }
    return true;
  });
}

}  // namespace aisle::features
