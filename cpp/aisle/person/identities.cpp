#include "aisle/person/identities.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

#include "aisle/base/error.h"

namespace aisle::person {
namespace {

void put(std::vector<Part>& parts, std::size_t& count, std::string_view visitor, Timestamp from,
         Timestamp until) {
  if (count == parts.size()) parts.emplace_back();
  Part& part = parts[count++];
  part.visitor.assign(visitor);
  part.from = from;
  part.until = until;
}

/// Where link i of a device begins to hold: the first one from the beginning on.
Timestamp begin_of(const std::vector<Link>& links, std::size_t i) {
  return i == 0 ? kBeginning : links[i].since;
}

Timestamp end_of(const std::vector<Link>& links, std::size_t i) {
  return i + 1 == links.size() ? kEnd : links[i + 1].since;
}

/// The link that holds at that time.
std::size_t link_at(const std::vector<Link>& links, Timestamp at) {
  const auto after = std::ranges::upper_bound(links, at, {}, &Link::since);
  return after == links.begin() ? 0 : static_cast<std::size_t>(after - links.begin()) - 1;
}

}  // namespace

void Identities::link(std::string_view device, std::string_view user, Timestamp since) {
  const std::unique_lock lock(mutex_);
  if (links_.contains(user) || devices_of_.contains(device)) {
    const bool is_user = links_.contains(user);
    throw ConfigError("'" + std::string(is_user ? user : device) +
                      (is_user ? "' is a device of an account: link to the account itself"
                               : "' is an account with devices: an account is linked to none"));
  }
  auto& links = links_[std::string(device)];
  const auto at = std::ranges::lower_bound(links, since, {}, &Link::since);
  if (at != links.end() && at->since == since) {
    const std::string before = std::exchange(at->user, std::string(user));
    if (std::ranges::find(links, before, &Link::user) == links.end())
      drop_device_of(before, device);
  } else {
    if (!links.empty()) cut(device, std::max(since, links.front().since));
    links.insert(at, {since, std::string(user)});
  }
  if (!user.empty()) {
    auto& devices = devices_of_[std::string(user)];
    const auto place = std::ranges::lower_bound(devices, device);
    if (place == devices.end() || *place != device) devices.insert(place, std::string(device));
  }
  count_devices();
}

std::size_t Identities::unlink(std::string_view device, std::string_view user) {
  const std::unique_lock lock(mutex_);
  const auto found = links_.find(device);
  if (found == links_.end()) return 0;
  const std::size_t gone =
      std::erase_if(found->second, [&](const Link& link) { return link.user == user; });
  if (gone > 0) drop_device_of(user, device);
  if (found->second.empty()) links_.erase(found);
  count_devices();
  return gone;
}

void Identities::cut(std::string_view device, Timestamp at) {
  auto& cuts = cuts_[std::string(device)];
  const auto place = std::ranges::lower_bound(cuts, at);
  if (place == cuts.end() || *place != at) cuts.insert(place, at);
}

/// A device without links counts as long as it has cuts: its stretches are to be put together.
void Identities::count_devices() noexcept {
  devices_count_.store(links_.size() + cuts_.size(), std::memory_order_relaxed);
}

void Identities::drop_device_of(std::string_view user, std::string_view device) {
  const auto found = devices_of_.find(user);
  if (found == devices_of_.end()) return;
  std::erase(found->second, device);
  if (found->second.empty()) devices_of_.erase(found);
}

std::vector<Timestamp> Identities::forget(std::string_view id) {
  const std::unique_lock lock(mutex_);
  std::vector<Timestamp> began;
  if (const auto found = cuts_.find(id); found != cuts_.end()) {
    began = std::move(found->second);
    cuts_.erase(found);
  }
  if (const auto found = links_.find(id); found != links_.end()) {
    for (const Link& link : found->second) drop_device_of(link.user, id);
    links_.erase(found);
  }
  if (const auto found = devices_of_.find(id); found != devices_of_.end()) {
    for (const std::string& device : found->second) {
      const auto there = links_.find(device);
      if (there == links_.end()) continue;
      std::erase_if(there->second, [&](const Link& link) { return link.user == id; });
      if (there->second.empty()) links_.erase(there);
    }
    devices_of_.erase(found);
  }
  count_devices();
  return began;
}

void Identities::add_spans(std::string_view device, std::string_view user, std::vector<Part>& parts,
                           std::size_t& count) const {
  const auto found = links_.find(device);
  if (found == links_.end()) return;
  const auto& links = found->second;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i].user == user) put(parts, count, device, begin_of(links, i), end_of(links, i));
  }
}

void Identities::of(std::string_view visitor, Timestamp now, std::vector<Part>& parts) const {
  const std::shared_lock lock(mutex_);
  find_parts(visitor, now, parts);
}

Timestamp Identities::stretch_at(std::string_view device, Timestamp time) const {
  if (is_empty()) return kBeginning;
  const std::shared_lock lock(mutex_);
  const auto found = cuts_.find(device);
  if (found == cuts_.end()) return kBeginning;
  const auto after = std::ranges::upper_bound(found->second, time);
  return after == found->second.begin() ? kBeginning : *(after - 1);
}

void Identities::stretches(std::string_view visitor, Timestamp now,
                           std::vector<Part>& parts) const {
  const std::shared_lock lock(mutex_);
  find_parts(visitor, now, parts);
  for (std::size_t p = parts.size(); p-- > 0;) {
    const auto found = cuts_.find(parts[p].visitor);
    if (found == cuts_.end()) continue;
    const Part part = parts[p];
    for (const Timestamp at : found->second) {
      if (part.from < at && at < part.until) parts.push_back({part.visitor, at, part.until});
    }
  }
  std::ranges::sort(parts, {}, [](const Part& part) { return std::tie(part.visitor, part.from); });
}

void Identities::find_parts(std::string_view visitor, Timestamp now,
                            std::vector<Part>& parts) const {
  std::size_t count = 0;
  std::string_view user = visitor;
  if (const auto found = links_.find(visitor); found != links_.end()) {
    const auto& links = found->second;
    const std::size_t i = link_at(links, now);
    user = links[i].user;
    if (user.empty()) {  // logged out: what the device did since
      put(parts, count, visitor, begin_of(links, i), end_of(links, i));
      parts.resize(count);
      return;
    }
    add_spans(visitor, user, parts, count);
    if (user != visitor) put(parts, count, user, kBeginning, kEnd);
  } else {
    put(parts, count, visitor, kBeginning, kEnd);
  }
  if (const auto found = devices_of_.find(user); found != devices_of_.end()) {
    for (const std::string& device : found->second) {
      if (device != visitor) add_spans(device, user, parts, count);
    }
  }
  parts.resize(count);
}

std::vector<std::string> Identities::devices(std::string_view user) const {
  const std::shared_lock lock(mutex_);
  const auto found = devices_of_.find(user);
  return found == devices_of_.end() ? std::vector<std::string>() : found->second;
}

std::vector<Link> Identities::links(std::string_view device) const {
  const std::shared_lock lock(mutex_);
  const auto found = links_.find(device);
  return found == links_.end() ? std::vector<Link>() : found->second;
}

std::size_t Identities::memory_bytes() const {
  const std::shared_lock lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& [device, links] : links_)
    bytes += 64 + device.capacity() + links.capacity() * sizeof(Link);
  for (const auto& [user, devices] : devices_of_)
    bytes += 64 + user.capacity() + devices.capacity() * sizeof(std::string);
  for (const auto& [device, cuts] : cuts_)
    bytes += 64 + device.capacity() + cuts.capacity() * sizeof(Timestamp);
  return bytes;
}

}  // namespace aisle::person
