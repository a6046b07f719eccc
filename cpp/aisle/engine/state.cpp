// What lasts: every event that was taken in goes to the journal, and comes back from it.

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/engine/engine.h"

namespace aisle::engine {
/// Takes the events of the journal in as they came. The bundle has learned from those that are not
/// newer than its own newest: they go into sessions alone.
void Engine::recover() {
  auto journal = std::make_unique<journal::Journal>(options_.state);
  const auto* const features = model()->features();
  const Timestamp learned =
      std::max(model()->newest(), features == nullptr ? 0 : features->counted_until());
  journal->replay([&](const journal::Entry& entry) {
    const RawEvent raw{.visitor = entry.visitor,
                       .item = entry.item,
                       .type = entry.type,
                       .time = entry.time,
                       .value = entry.value,
                       .event_id = entry.event_id,
                       .session = entry.session};
    observe_live(raw, entry.time, entry.time > learned);
  });
  journal_ = std::move(journal);
}

std::shared_lock<std::shared_mutex> Engine::turn_to_write() {
  if (journal_ == nullptr) return {};
  return std::shared_lock(erasing_);
}

/// The event's ticket.
std::uint64_t Engine::write_down(const RawEvent& event) {
  return journal_->append({.visitor = event.visitor,
                           .item = event.item,
                           .session = event.session,
                           .event_id = event.event_id,
                           .time = event.time,
                           .value = event.value,
                           .type = event.type});
}

void Engine::wait_for(std::uint64_t ticket) {
  if (ticket != 0 && journal_->durability() == journal::Durability::sync) journal_->wait(ticket);
}

Observed Engine::observe(const RawEvent& raw, Timestamp now, bool learn) {
  if (journal_ == nullptr) return observe_live(raw, now, learn);
  std::uint64_t ticket = 0;
  Observed outcome{};
  {
    const auto turn = turn_to_write();
    outcome = observe_live(raw, now, learn);
    if (is_kept(outcome)) ticket = write_down(raw);
  }
  wait_for(ticket);
  return outcome;
}

void Engine::flush() {
  if (journal_ != nullptr) journal_->flush();
}

std::uint64_t Engine::prune_state(Timestamp before) {
  return journal_ == nullptr ? 0 : journal_->erased(journal_->prune(before));
}

void Engine::keep_fact(std::string_view name, std::string_view value) {
  if (journal_ != nullptr) journal_->wait(journal_->keep(name, value));
}

void Engine::close_state() {
  if (journal_ == nullptr) return;
  flush();
  journal_->close();
}

}  // namespace aisle::engine
