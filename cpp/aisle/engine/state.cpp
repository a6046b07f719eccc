// What lasts: every event that was taken in goes to the journal, and comes back from it.

#include <algorithm>

#include "aisle/base/error.h"
#include "aisle/engine/engine.h"

namespace aisle::engine {
/// Takes the events of the journal in as they came. The bundle has learned from those that are not
/// newer than its own newest: they go into sessions alone. Links come first: features are counted
/// by whose device it was.
void Engine::recover() {
  auto journal = std::make_unique<journal::Journal>(options_.state);
  const auto* const features = model()->features();
  const Timestamp learned =
      std::max(model()->newest(), features == nullptr ? 0 : features->counted_until());
  for (const journal::LinkRow& link : journal->people().links)
    people_.identities().link(link.device, link.user, link.since);
  journal->people().links = {};
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

void Engine::identify(std::string_view device, std::string_view user, Timestamp since) {
  check_visitor(device);
  if (!user.empty()) check_visitor(user);
  std::uint64_t ticket = 0;
  {
    const auto turn = turn_to_write();
    people_.identities().link(device, user, since);
    if (journal_ != nullptr) {
      ticket = journal_->keep_of_person({.visitor = device, .item = user, .time = since},
                                        journal::Deed::link);
    }
  }
  wait_for(ticket);
}

std::size_t Engine::separate(std::string_view device, std::string_view user) {
  std::uint64_t ticket = 0;
  std::size_t gone = 0;
  {
    const auto turn = turn_to_write();
    gone = people_.identities().unlink(device, user);
    if (journal_ != nullptr && gone > 0) {
      ticket = journal_->keep_of_person({.visitor = device, .item = user}, journal::Deed::unlink);
    }
  }
  wait_for(ticket);
  return gone;
}

void Engine::keep_told(std::string_view visitor, std::string_view name, std::string_view value) {
  if (journal_ == nullptr) return;
  check_visitor(visitor);
  std::uint64_t ticket = 0;
  {
    const auto turn = turn_to_write();
    ticket = journal_->keep_of_person({.visitor = visitor, .item = value, .session = name},
                                      journal::Deed::told);
  }
  wait_for(ticket);
}

// The session goes first: from then on the visitor's clicks are those of somebody new. A model that
// took one in before is published by now, and under the lock it is seen here too.
bool Engine::forget_one(std::string_view visitor, std::uint64_t& ticket) {
  const session::Visitor who(visitor);
  if (journal_ != nullptr) ticket = journal_->erase(visitor);
  const bool was_known = sessions_.forget(who);
  if (learner_.is_on()) learner_.forget(who.hash);
  people_.keepsakes().forget(visitor);
  const auto model = [&] {
    const std::scoped_lock lock(publishing_);
    return model_.load()->model;
  }();
  model->live_sessions().forget(who.hash);
  features::FeatureStore* const features = model->features();
  bool had_features = features != nullptr && features->forget(who.hash);
  for (const Timestamp stretch : people_.identities().forget(visitor))
    had_features = (features != nullptr && features->forget(who.hash, stretch)) || had_features;
  slates_.forget(who.hash);
  return was_known || had_features;
}

bool Engine::forget(std::string_view visitor) {
  std::unique_lock turn(erasing_, std::defer_lock);
  if (journal_ != nullptr) turn.lock();
  std::vector<std::string> all = people_.identities().devices(visitor);
  bool was_known = !all.empty() || !people_.identities().links(visitor).empty();
  all.emplace_back(visitor);
  std::vector<std::uint64_t> tickets(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    was_known = forget_one(all[i], tickets[i]) || was_known;
  if (journal_ == nullptr) return was_known;
  turn.unlock();
  for (const std::uint64_t ticket : tickets) was_known = journal_->erased(ticket) > 0 || was_known;
  return was_known;
}

}  // namespace aisle::engine
