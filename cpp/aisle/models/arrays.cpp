#include "aisle/models/arrays.h"

#include <algorithm>

namespace aisle::models {
namespace {

/// Strong ids and the integers they are.
template <class To, class From>
std::vector<To> cast(std::span<const From> values) {
  std::vector<To> found(values.size());
  std::ranges::transform(values, found.begin(), [](From value) { return static_cast<To>(value); });
  return found;
}

}  // namespace

void Arrays::put(std::string name, std::span<const ItemId> items) {
  put(std::move(name), cast<std::uint32_t>(items));
}

void Arrays::put(std::string name, std::span<const EventType> types) {
  put(std::move(name), cast<std::uint8_t>(types));
}

std::vector<ItemId> Arrays::items(std::string_view name) const {
  return cast<ItemId>(std::span<const std::uint32_t>(get<std::uint32_t>(name)));
}

std::vector<EventType> Arrays::types(std::string_view name) const {
  const auto& codes = get<std::uint8_t>(name);
  require(std::ranges::all_of(codes, [](std::uint8_t code) { return code < kEventTypes; }), name,
          "has a type of event that there is not");
  return cast<EventType>(std::span<const std::uint8_t>(codes));
}

const Column& Arrays::find(std::string_view name) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) throw BundleError("array " + std::string(name) + " is missing");
  return found->second;
}

void require(bool holds, std::string_view array, std::string_view what) {
  if (!holds) throw BundleError("array " + std::string(array) + " " + std::string(what));
}

void save_sessions(const retrieve::SessionIndexData& index, Arrays& arrays) {
  arrays.put("sessions.offsets", index.offsets);
  arrays.put("sessions.items", std::span(index.items));
  arrays.put("sessions.last_time", index.last_time);
  arrays.put("sessions.order", index.order);
  arrays.put("sessions.types", std::span(index.types));
  arrays.put("sessions.seconds", index.seconds);
}

retrieve::SessionIndexData load_sessions(const Arrays& arrays, std::size_t item_count,
                                         const retrieve::SessionIndexOptions& options) {
  retrieve::SessionIndexData sessions;
  sessions.offsets = arrays.get<std::uint32_t>("sessions.offsets");
  sessions.items = arrays.items("sessions.items");
  sessions.last_time = arrays.get<std::int64_t>("sessions.last_time");
  sessions.order = arrays.get<std::uint32_t>("sessions.order");
  sessions.types = arrays.types("sessions.types");
  sessions.seconds = arrays.get<float>("sessions.seconds");
  return retrieve::restore_session_index(std::move(sessions), item_count, options);
}

}  // namespace aisle::models
