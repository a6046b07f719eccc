#include "aisle/engine/people.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "aisle/slate/fatigue.h"

namespace aisle::engine {
namespace {

auto place_of(const Event& event) { return std::tuple(event.time, event.type, event.item); }

bool is_same(const Event& a, const Event& b) { return place_of(a) == place_of(b); }

bool is_of(const person::Part& part, Timestamp time) {
  return part.from <= time && time < part.until;
}

/// The running session of the device that was used last: its first event, and the one before.
struct Running {
  Timestamp newest = person::kBeginning;
  Timestamp begin = person::kBeginning;
  std::optional<Event> before;

  /// Leaves of a device's events those that `is_meant`.
  template <class Is>
  void take(session::Recent& recent, const Is& is_meant) {
    auto& events = recent.events;
    if (events.empty()) return;
    const std::size_t first = std::min(recent.session_begin, events.size() - 1);
    const Timestamp session = events[first].time;
    const auto earlier = first == 0 ? std::nullopt : std::optional(events[first - 1]);
    std::erase_if(events, [&](const Event& event) { return !is_meant(event); });
    if (events.empty() || events.back().time <= newest) return;
    newest = events.back().time;
    begin = std::min(session, newest);
    before = earlier;
  }
};

/// Where the person's session begins: with that of the device, or with what another one did before
/// it without a pause.
std::size_t session_begin(const std::vector<Event>& events, const Running& running,
                          Timestamp idle_gap) {
  const auto first = std::ranges::lower_bound(events, running.begin, {}, &Event::time);
  auto begin = static_cast<std::size_t>(first - events.begin());
  const auto goes_on = [&](std::size_t at) {
    if (at == events.size() || events[at].time - events[at - 1].time > idle_gap) return false;
    return !running.before || place_of(events[at - 1]) > place_of(*running.before);
  };
  while (begin > 0 && goes_on(begin)) --begin;
  return begin;
}

}  // namespace

bool People::find_events(const slate::Request& request, const live::Model& model,
                         slate::RequestWorkspace& work) const {
  session::Recent& recent = work.recent;
  sessions_.recent(session::Visitor(request.visitor), request.now, recent, model.generation());
  if (recent.is_stale) return false;
  if (!identities_.is_empty()) {
    identities_.of(request.visitor, request.now, work.parts);
    if (!join_parts(request, model.generation(), work)) return false;
  }
  if (!keepsakes_.is_empty()) add_keepsakes(request, model, work);
  return true;
}

/// Events of all parts of the person, each once, the newest max_events of them.
bool People::join_parts(const slate::Request& request, std::uint32_t generation,
                        slate::RequestWorkspace& work) const {
  auto& [own, begin, number, is_stale] = work.recent;
  const auto& parts = work.parts;
  const bool is_alone =
      parts.size() == 1 && parts[0].from == person::kBeginning && parts[0].until == person::kEnd;
  if (is_alone) return true;
  const auto is_own = [&](const Event& event) {
    return std::ranges::any_of(parts, [&](const person::Part& part) {
      return part.visitor == request.visitor && is_of(part, event.time);
    });
  };
  Running running;
  running.take(work.recent, is_own);
  for (const person::Part& part : parts) {
    if (part.visitor == request.visitor) continue;
    session::Recent& other = work.other;
    sessions_.recent(session::Visitor(part.visitor), request.now, other, generation);
    if (other.is_stale) return false;
    running.take(other, [&](const Event& event) { return is_of(part, event.time); });
    own.insert(own.end(), other.events.begin(), other.events.end());
  }
  std::ranges::sort(own, {}, place_of);
  own.erase(std::unique(own.begin(), own.end(), is_same), own.end());
  const std::size_t most = sessions_.options().max_events;
  if (own.size() > most) own.erase(own.begin(), own.end() - static_cast<std::ptrdiff_t>(most));
  begin = session_begin(own, running, sessions_.options().idle_gap);
  return true;
}

/// What was said outright and has left the ring of newest events, in its place in time.
void People::add_keepsakes(const slate::Request& request, const live::Model& model,
                           slate::RequestWorkspace& work) const {
  auto& events = work.recent.events;
  const auto add = [&](std::string_view visitor, const auto& is_meant) {
    keepsakes_.of(visitor, work.said);
    for (const person::Keepsake& one : work.said) {
      const auto item = model.catalog().items()->find(one.item);
      if (!item || !is_meant(one.time)) continue;
      const Event event{
          .time = one.time, .item = ItemId{*item}, .value = one.value, .type = one.type};
      const auto at = std::ranges::upper_bound(events, one.time, {}, &Event::time);
      const auto same = [&](const Event& known) { return is_same(known, event); };
      if (std::any_of(events.begin(), at, same)) continue;
      const auto index = static_cast<std::size_t>(at - events.begin());
      events.insert(at, event);
      if (index <= work.recent.session_begin) ++work.recent.session_begin;
    }
  };
  if (work.parts.empty()) add(request.visitor, [](Timestamp) { return true; });
  for (const person::Part& part : work.parts)
    add(part.visitor, [&](Timestamp time) { return is_of(part, time); });
}

void People::find_showings(const slate::Asked& asked, const shown::SlateLog& slates) const {
  auto& work = asked.work;
  work.showings.clear();
  if (!slate::asks_showings(asked.strategy()) || asked.request.visitor.empty()) return;
  const Timestamp since = slate::showings_since(asked);
  const std::uint32_t generation = asked.model.generation();
  if (work.parts.size() < 2) {
    slates.recent(session::Visitor(asked.request.visitor).hash, since, generation, work.showings);
    return;
  }
  for (const person::Part& part : work.parts) {
    slates.recent(session::Visitor(part.visitor).hash, since, generation, work.other_showings);
    for (const shown::Showing& one : work.other_showings) {
      if (is_of(part, one.time)) work.showings.push_back(one);
    }
  }
}

}  // namespace aisle::engine
