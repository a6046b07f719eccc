#include "aisle/engine/log.h"

#include <string>

#include "aisle/base/error.h"

namespace aisle::engine {

void LogColumns::validate() const {
  const std::size_t n = time.size();
  const auto fits = [&](auto column, bool may_lack) {
    return column.size() == n || (may_lack && column.empty());
  };
  if (!fits(visitor, false) || !fits(item, false) || !fits(session, true) || !fits(type, false) ||
      !fits(value, true) || !fits(consent, true) || !fits(event_id, true)) {
    throw ConfigError("the columns of the log must have one length");
  }
  for (std::size_t row = 0; row < n; ++row) {
    const bool holds =
        visitor[row] < visitors->size() &&
        (item[row] < items->size() || item[row] == value_of(kNoItem)) && type[row] < kEventTypes &&
        (session.empty() || (sessions != nullptr && session[row] < sessions->size())) &&
        (event_id.empty() || event_id[row] == kNoId ||
         (event_ids != nullptr && event_id[row] < event_ids->size()));
    if (!holds)
      throw ConfigError("row " + std::to_string(row) +
                        " of the log has a visitor, item, type, session or event without an id");
  }
}

bool LogColumns::event(std::size_t row, RawEvent& event) const {
  if (item[row] == value_of(kNoItem)) return false;
  event = {.visitor = visitors->name(visitor[row]),
           .item = items->name(item[row]),
           .type = static_cast<EventType>(type[row]),
           .time = time[row],
           .value = value.empty() ? kNoValue : value[row],
           .event_id = event_id_of(row),
           .session = session.empty() ? std::string_view{} : sessions->name(session[row]),
           .has_consent = has_consent(row)};
  return true;
}

void check_visitor(std::string_view id) {
  if (id.empty())
    throw DataError("a visitor's id is empty; give the event a visitor or leave it out");
  if (id.size() <= catalog::Dictionary::kMaxIdBytes && catalog::is_utf8(id)) return;
  throw DataError("a visitor's id is " + std::to_string(id.size()) +
                  " bytes long or not UTF-8; at most " +
                  std::to_string(catalog::Dictionary::kMaxIdBytes) + " bytes of UTF-8 are allowed");
}

}  // namespace aisle::engine
