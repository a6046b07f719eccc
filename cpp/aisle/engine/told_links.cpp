#include "aisle/engine/told_links.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "aisle/base/error.h"

namespace aisle::engine {

ToldLinks::ToldLinks(const LinkColumns& links, const catalog::Dictionary& ids)
    : links_(links), ids_(ids), order_(links.time.size()) {
  if (links.visitor.size() != order_.size() || links.user.size() != order_.size())
    throw ConfigError("visitor, user and time of the links must have one length");
  for (std::size_t row = 0; row < order_.size(); ++row) {
    if (links.visitor[row] != links.user[row]) continue;
    throw ConfigError("row " + std::to_string(row) + " of the links: '" +
                      std::string(ids.name(links.visitor[row])) +
                      "' is linked to itself; name the device and the account");
  }
  std::iota(order_.begin(), order_.end(), 0U);
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t row) { return links_.time[row]; });
}

void ToldLinks::tell(Timestamp until) {
  for (; next_ < order_.size() && links_.time[order_[next_]] <= until; ++next_) {
    const std::uint32_t row = order_[next_];
    const std::uint32_t user = links_.user[row];
    identities_.link(ids_.name(links_.visitor[row]),
                     user == LinkColumns::kNobody ? std::string_view() : ids_.name(user),
                     links_.time[row]);
  }
}

Timestamp ToldLinks::stretch_at(std::uint32_t visitor, Timestamp time) const {
  return identities_.stretch_at(ids_.name(visitor), time);
}

void ToldLinks::stretches(std::uint32_t visitor, Timestamp now,
                          std::vector<features::Stretch>& out) const {
  out.clear();
  if (identities_.is_empty()) return;
  identities_.stretches(ids_.name(visitor), now, parts_);
  for (const person::Part& part : parts_) {
    const auto number = ids_.find(part.visitor);
    if (number) out.push_back({features::played_row(*number, part.from), part.until});
  }
}

}  // namespace aisle::engine
