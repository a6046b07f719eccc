#include "aisle/engine/learner.h"

#include <algorithm>
#include <tuple>

#include "aisle/base/error.h"

namespace aisle::engine {
namespace {

constexpr std::size_t kDropEvery = 65'536;  // learned events between two looks for idle visitors

}  // namespace

Learner::Learner(Timestamp watermark, Timestamp idle_gap)
    : watermark_(watermark), idle_gap_(idle_gap) {
  if (watermark < 0) {
    throw ConfigError("watermark is " + std::to_string(watermark) +
                      " microseconds; give 0 or more, as long as events may be late");
  }
}

/// At one time the order is that of visitors and items, not of arrival.
bool Learner::Later::operator()(const Waiting& a, const Waiting& b) const {
  const auto place = [](const Waiting& one) {
    return std::tuple(one.event.time, one.visitor, std::string_view(one.item), one.event.type);
  };
  return place(a) > place(b);
}

void Learner::add(std::uint64_t visitor, std::string_view item, const Event& event,
                  std::uint32_t session_key, const retrieve::LiveSessions::Owner& owner,
                  live::Model& model) {
  const std::scoped_lock lock(mutex_);
  newest_ = std::max(newest_, event.time);
  waiting_.push({event, std::string(item), visitor, session_key, owner});
  while (!waiting_.empty() &&
         (waiting_.top().event.time <= newest_ - watermark_ || waiting_.size() > kMost)) {
    learn(waiting_.top(), model);
    waiting_.pop();
  }
  if (learned_ >= kDropEvery) drop_idle();
}

void Learner::learn(const Waiting& one, live::Model& model) {
  ++learned_;
  const auto item = model.catalog().items()->find(one.item);
  if (!item) return;
  Event event = one.event;
  event.item = ItemId{*item};
  Learned& known = visitors_[one.visitor];
  const bool is_other = one.session_key != 0 || known.session_key != 0
                            ? one.session_key != known.session_key
                            : event.time - known.last > idle_gap_;
  if (known.number == 0 || is_other || known.generation != model.generation()) known.tail.count = 0;
  if (known.number == 0 || is_other) known.number = next_number_++;
  model.learn(event, known.tail.before(), known.number, one.owner);
  auto& [events, count] = known.tail;
  if (count == session::Tail::kLength) {
    std::move(events.begin() + 1, events.end(), events.begin());
    --count;
  }
  events[count++] = event;
  known.last = event.time;
  known.session_key = one.session_key;
  known.generation = model.generation();
}

void Learner::drop_idle() {
  learned_ = 0;
  const Timestamp over = newest_ - watermark_ - idle_gap_;
  std::erase_if(visitors_, [&](const auto& one) { return one.second.last < over; });
}

std::uint64_t Learner::number_of(std::uint64_t visitor) const {
  const std::scoped_lock lock(mutex_);
  const auto found = visitors_.find(visitor);
  return found == visitors_.end() ? 0 : found->second.number;
}

void Learner::forget(std::uint64_t visitor) {
  const std::scoped_lock lock(mutex_);
  visitors_.erase(visitor);
  decltype(waiting_) others;
  for (; !waiting_.empty(); waiting_.pop()) {
    if (waiting_.top().visitor != visitor) others.push(waiting_.top());
  }
  waiting_ = std::move(others);
}

std::size_t Learner::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

}  // namespace aisle::engine
