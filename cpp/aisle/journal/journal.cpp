#include "aisle/journal/journal.h"

#include <algorithm>
#include <chrono>

#include "aisle/base/error.h"
#include "aisle/journal/packing.h"
#include "aisle/journal/store.h"

namespace aisle::journal {
namespace {

using std::chrono::milliseconds;

constexpr const char* kClosed = "this engine's state is closed";
constexpr milliseconds kGather{30};  // what comes within it is written with one commit
constexpr milliseconds kGatherLazily{200};
constexpr milliseconds kTryAgain{200};                  // after a failure
constexpr std::size_t kSoon = std::size_t{4} << 20U;    // bytes that are not waited upon
constexpr std::size_t kMost = std::size_t{256} << 20U;  // beyond, events wait for the writer

}  // namespace

Journal::Journal(const JournalOptions& options)
    : path_(options.path),
      durability_(options.durability),
      store_(std::make_unique<Store>(options.path, options.durability)),
      facts_(store_->facts()),
      people_(store_->people()) {
  written_.store(static_cast<std::uint64_t>(store_->count()), std::memory_order_relaxed);
  writer_ = std::thread([this] { write_on(); });
}

Journal::~Journal() { close(); }

void Journal::close() {
  {
    const std::scoped_lock lock(mutex_);
    if (is_closing_) return;
    is_closing_ = true;
  }
  has_work_.notify_all();
  writer_.join();
  is_done_.notify_all();
  store_.reset();
}

void Journal::replay(const std::function<void(const Entry&)>& visit) {
  store_->replay([&](const Entry& entry) {
    newest_ = std::max(newest_, entry.time);
    visit(entry);
  });
}

std::uint64_t Journal::take_down(const Entry& entry, Deed deed) {
  std::unique_lock lock(mutex_);
  while (waiting_.size() > kMost) {
    if (!failure_.empty()) throw StateError(failure_);
    is_done_.wait(lock);
  }
  if (is_closing_) throw StateError(kClosed);
  const bool is_first = waiting_.empty();
  pack(entry, deed, waiting_);
  const std::uint64_t ticket = ++taken_down_;
  if (is_first || waiting_.size() > kSoon) has_work_.notify_one();
  // Who observes hears of it here; the others wait, and hear of it there.
  const bool is_told = deed == Deed::event && durability_ != Durability::sync;
  if (!failure_.empty() && is_told) throw StateError(failure_);
  return ticket;
}

std::uint64_t Journal::append(const Entry& entry) { return take_down(entry, Deed::event); }

void Journal::wait(std::uint64_t ticket) {
  std::unique_lock lock(mutex_);
  if (committed_ >= ticket) return;
  ++urgent_;
  has_work_.notify_one();
  const std::uint64_t before = attempts_;
  is_done_.wait(lock, [&] {
    return committed_ >= ticket || is_closing_ || (attempts_ > before && !failure_.empty());
  });
  --urgent_;
  if (committed_ < ticket) throw StateError(failure_.empty() ? kClosed : failure_);
}

void Journal::flush() {
  std::uint64_t last = 0;
  {
    const std::scoped_lock lock(mutex_);
    last = taken_down_;
  }
  wait(last);
}

std::uint64_t Journal::erase(std::string_view visitor) {
  return take_down({.visitor = visitor, .item = {}}, Deed::erase);
}

std::uint64_t Journal::prune(Timestamp before) {
  return take_down({.visitor = {}, .item = {}, .time = before}, Deed::prune);
}

std::uint64_t Journal::keep(std::string_view name, std::string_view value) {
  return take_down({.visitor = name, .item = value}, Deed::fact);
}

std::uint64_t Journal::erased(std::uint64_t ticket) {
  wait(ticket);
  const std::scoped_lock lock(mutex_);
  const auto found = erased_.extract(ticket);
  return found.empty() ? 0 : found.mapped();
}

/// The writer's life: gather, write, tell; after a failure the same again.
void Journal::write_on() {
  const milliseconds gather = durability_ == Durability::none ? kGatherLazily : kGather;
  std::unique_lock lock(mutex_);
  const auto has_work = [&] { return !waiting_.empty() || !batch_.empty() || store_->must_wipe(); };
  for (;;) {
    has_work_.wait(lock, [&] { return is_closing_ || has_work(); });
    if (!has_work()) return;
    has_work_.wait_for(lock, gather,
                       [&] { return urgent_ > 0 || is_closing_ || waiting_.size() > kSoon; });
    if (batch_.empty()) {
      batch_.swap(waiting_);
      batch_begin_ = batch_end_;
      batch_end_ = taken_down_;
    }
    lock.unlock();
    const std::string failure = write_batch();
    lock.lock();
    ++attempts_;
    failure_ = failure;
    if (failure.empty()) committed_ = batch_end_;
    is_done_.notify_all();
    if (failure.empty()) continue;
    if (is_closing_) return;
    has_work_.wait_for(lock, kTryAgain, [&] { return is_closing_; });
  }
}

/// What went wrong; empty: all of the batch is on disk.
std::string Journal::write_batch() {
  try {
    if (!batch_.empty()) {
      const Written written = store_->write(batch_);
      std::uint64_t events = written.events;
      const std::scoped_lock lock(mutex_);
      for (const Erased& one : written.erased) {
        events -= one.events;
        erased_.emplace(batch_begin_ + one.place, one.events);
      }
      written_.fetch_add(events, std::memory_order_relaxed);
      batch_.clear();
    }
    if (store_->must_wipe()) store_->wipe();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace aisle::journal
