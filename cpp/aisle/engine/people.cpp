#include "aisle/engine/people.h"

#include <algorithm>
#include <tuple>

#include "aisle/slate/fatigue.h"

namespace aisle::engine {
namespace {

auto place_of(const Event& event) { return std::tuple(event.time, event.type, event.item); }

bool is_same(const Event& a, const Event& b) { return place_of(a) == place_of(b); }

bool is_of(const person::Part& part, Timestamp time) {
  return part.from <= time && time < part.until;
}

/// What came after the last pause.
std::size_t session_begin(const std::vector<Event>& events, Timestamp idle_gap) {
  std::size_t begin = events.empty() ? 0 : events.size() - 1;
  while (begin > 0 && events[begin].time - events[begin - 1].time <= idle_gap) --begin;
  return begin;
}

}  // namespace

bool People::find_events(const slate::Request& request, const live::Model& model,
                         slate::RequestWorkspace& work) const {
  session::Recent& recent = work.recent;
  work.parts.clear();
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
  const auto is_others = [&](const Event& event) {
    return std::ranges::none_of(parts, [&](const person::Part& part) {
      return part.visitor == request.visitor && is_of(part, event.time);
    });
  };
  std::erase_if(own, is_others);
  for (const person::Part& part : parts) {
    if (part.visitor == request.visitor) continue;
    session::Recent& other = work.other;
    sessions_.recent(session::Visitor(part.visitor), request.now, other, generation);
    if (other.is_stale) return false;
    for (const Event& event : other.events) {
      if (is_of(part, event.time)) own.push_back(event);
    }
  }
  std::ranges::sort(own, {}, place_of);
  own.erase(std::ranges::unique(own, is_same).begin(), own.end());
  const std::size_t most = sessions_.options().max_events;
  if (own.size() > most) own.erase(own.begin(), own.end() - static_cast<std::ptrdiff_t>(most));
  begin = session_begin(own, sessions_.options().idle_gap);
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
