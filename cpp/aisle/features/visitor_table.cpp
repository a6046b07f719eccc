#include "aisle/features/visitor_table.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "aisle/features/row_index.h"

namespace aisle::features {

/// A visitor in the chain from the one who came longest ago to the newest.
struct VisitorTable::Node {
  VisitorState state;
  Key key = 0;
  Node* older = nullptr;
  Node* newer = nullptr;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof(Node) + 2 * sizeof(void*) + state.row.capacity() * sizeof(Word) +
           state.shares.capacity() * sizeof(ShareCell) +
           state.touched.capacity() * sizeof(TouchCell);
  }
};

struct alignas(64) VisitorTable::Shard {
  mutable std::mutex mutex;
  RowIndex<Node> nodes;  // owned by the chain
  Node* oldest = nullptr;
  Node* newest = nullptr;
  std::size_t bytes = 0;

  Shard() = default;
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard() {
    while (oldest != nullptr) delete std::exchange(oldest, oldest->newer);
  }
  void unlink(Node& node) noexcept {
    (node.older != nullptr ? node.older->newer : oldest) = node.newer;
    (node.newer != nullptr ? node.newer->older : newest) = node.older;
  }
  void link(Node& node) noexcept {
    node.older = newest;
    node.newer = nullptr;
    (newest != nullptr ? newest->newer : oldest) = &node;
    newest = &node;
  }
  Node& add(Key key) {
    auto node = std::make_unique<Node>();
    node->key = key;
    nodes.put(key, node.get());
    link(*node);
    bytes += node->bytes();
    return *node.release();
  }
  void erase(Node& node) {
    bytes -= node.bytes();
    unlink(node);
    nodes.erase(node.key);
    delete &node;
  }
  std::size_t drop_idle(Timestamp now, Timestamp time_to_live) {
    std::size_t gone = 0;
    for (; oldest != nullptr && now - oldest->state.newest > time_to_live; ++gone) erase(*oldest);
    return gone;
  }
};

namespace {

/// The cell of a track with the smallest sum; of equals the one with the smaller key.
ShareCell& least_of(std::vector<ShareCell>& cells, std::size_t track, Timestamp now,
                    Timestamp half_life) {
  ShareCell* least = nullptr;
  double least_sum = 0.0;
  for (ShareCell& cell : cells) {
    if (cell.track != track) continue;
    const double sum = DecayCell::sums(cell.sum.data(), now, half_life)[0];
    if (least == nullptr || sum < least_sum || (sum == least_sum && cell.key < least->key)) {
      least = &cell;
      least_sum = sum;
    }
  }
  return *least;
}

}  // namespace

VisitorTable::VisitorTable(const Plan& plan)
    : plan_(plan), forgotten_(std::make_unique<std::atomic<std::uint32_t>[]>(kForgotten)) {
  for (std::size_t i = 0; i < kShards; ++i) shards_.push_back(std::make_unique<Shard>());
}

VisitorTable::~VisitorTable() = default;

VisitorTable::Shard& VisitorTable::shard_of(Key visitor) const noexcept {
  return *shards_[visitor >> 58U];
}

void VisitorTable::clear(VisitorState& state) const {
  state.has_events = false;
  state.newest = state.session_begin = 0;
  state.session_key = 0;
  state.row.assign(plan_.visitor.words(), 0);
  state.shares.clear();
  state.touched.clear();
}

void VisitorTable::count(const Counted& event, std::uint32_t ticket) {
  Shard& shard = shard_of(event.row);
  const std::scoped_lock lock(shard.mutex);
  if (this->ticket(event.visitor) != ticket) return;
  const Definition& definition = plan_.definition;
  Node* const found = shard.nodes.find(event.row);
  const bool is_new = found == nullptr;
  Node& node = is_new ? shard.add(event.row) : *found;
  shard.bytes -= node.bytes();
  shard.unlink(node);
  if (is_new || event.time - node.state.newest > definition.time_to_live) clear(node.state);
  add(node.state, event);
  shard.link(node);
  shard.bytes += node.bytes();
  if (is_new) shard.drop_idle(event.time, definition.time_to_live);
  while (shard.bytes > definition.memory_limit / kShards && shard.oldest != &node)
    shard.erase(*shard.oldest);
}

/// A late event belongs to the running session when it lies in it, or before it by no more than a
/// pause; with a session id of the shop, that decides.
void VisitorTable::add(VisitorState& state, const Counted& event) const {
  const Timestamp gap = plan_.definition.session_gap;
  const bool is_first = !state.has_events;
  const bool has_key = event.session_key != 0 || state.session_key != 0;
  const bool is_late = !is_first && event.time < state.newest;
  bool is_running = has_key   ? event.session_key == state.session_key
                    : is_late ? state.session_begin - event.time <= gap
                              : event.time - state.newest <= gap;
  if (is_first || (!is_running && !is_late)) {
    plan_.visitor.begin_session(state.row.data());
    state.session_begin = event.time;
    state.session_key = event.session_key;
    is_running = true;
  } else if (is_running) {
    state.session_begin = std::min(state.session_begin, event.time);
  }
  state.newest = is_first ? event.time : std::max(state.newest, event.time);
  state.has_events = true;
  plan_.visitor.count(state.row.data(), event.type, event.time, is_running, event.log_price);
  for (std::size_t t = 0; t < plan_.shares.size(); ++t) {
    const ShareTrack& track = plan_.shares[t];
    const Key value = event.values == nullptr ? 0 : (*event.values)[track.column];
    if (value != 0 && (track.types & mask_of(event.type)) != 0) add_share(state, t, value, event);
  }
  for (std::size_t t = 0; t < plan_.touched.size(); ++t) {
    if (event.item != 0 && (plan_.touched[t] & mask_of(event.type)) != 0) touch(state, t, event);
  }
}

void VisitorTable::add_share(VisitorState& state, std::size_t number, Key value,
                             const Counted& event) const {
  const ShareTrack& track = plan_.shares[number];
  DecayCell::add(state.row.data() + track.total, event.time, track.half_life, {1.0});
  std::size_t count = 0;
  for (ShareCell& cell : state.shares) {
    if (cell.track != number) continue;
    if (cell.key == value)
      return DecayCell::add(cell.sum.data(), event.time, track.half_life, {1.0});
    ++count;
  }
  ShareCell& cell = count < plan_.definition.max_values
                        ? state.shares.emplace_back()
                        : least_of(state.shares, number, event.time, track.half_life);
  cell = {.key = value, .track = number};
  DecayCell::add(cell.sum.data(), event.time, track.half_life, {1.0});
}

/// Kept are the items with the newest last events, whatever the order in which they came.
void VisitorTable::touch(VisitorState& state, std::size_t number, const Counted& event) const {
  TouchCell* oldest = nullptr;
  std::size_t count = 0;
  for (TouchCell& cell : state.touched) {
    if (cell.track != number) continue;
    if (cell.key == event.item) return LastCell::add(&cell.last, event.time);
    ++count;
    if (oldest == nullptr || cell.last < oldest->last) oldest = &cell;
  }
  if (count < plan_.definition.max_items) {
    oldest = &state.touched.emplace_back();
  } else if (oldest->last > word_of(event.time)) {
    return;
  }
  *oldest = {.key = event.item, .last = word_of(event.time), .track = number};
}

bool VisitorTable::copy(Key row, Timestamp now, VisitorState& out) const {
  {
    const Shard& shard = shard_of(row);
    const std::scoped_lock lock(shard.mutex);
    const Node* const found = shard.nodes.find(row);
    if (found != nullptr && now - found->state.newest <= plan_.definition.time_to_live) {
      out = found->state;
      if (now - out.newest > plan_.definition.session_gap)
        plan_.visitor.end_session(out.row.data());
      return true;
    }
  }
  clear(out);
  return false;
}

bool VisitorTable::copy(std::span<const Stretch> stretches, Timestamp now, VisitorState& one,
                        VisitorState& out) const {
  clear(out);
  for (const Stretch& stretch : stretches) {
    if (!copy(stretch.row, now, one) || one.newest >= stretch.until) continue;
    out.has_events ? join(out, one) : std::swap(out, one);
  }
  return out.has_events;
}

void VisitorTable::join(VisitorState& all, const VisitorState& one) const {
  all.newest = std::max(all.newest, one.newest);
  plan_.visitor.join(all.row.data(), one.row.data());
  const auto same_as = [](const auto& cell) {
    return [&](const auto& other) { return other.key == cell.key && other.track == cell.track; };
  };
  for (const ShareCell& cell : one.shares) {
    const auto found = std::ranges::find_if(all.shares, same_as(cell));
    if (found == all.shares.end()) {
      all.shares.push_back(cell);
    } else {
      DecayCell::join(found->sum.data(), cell.sum.data(), plan_.shares[cell.track].half_life);
    }
  }
  for (const TouchCell& cell : one.touched) {
    const auto found = std::ranges::find_if(all.touched, same_as(cell));
    if (found == all.touched.end()) {
      all.touched.push_back(cell);
    } else {
      found->last = std::max(found->last, cell.last);
    }
  }
}

void VisitorTable::prefetch(Key row, Ahead ahead) const noexcept {
  const Shard& shard = shard_of(row);
  const std::scoped_lock lock(shard.mutex);
  if (ahead == Ahead::far) return shard.nodes.prefetch(row);
  const Node* const node = shard.nodes.find(row);
  if (node == nullptr) return;
  const auto bring = [](const void* begin, std::size_t bytes) {
    constexpr std::size_t kLine = 64;
    const char* const first = static_cast<const char*>(begin);
    for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(first + at, 1);
  };
  if (ahead == Ahead::middle) return bring(node, sizeof(Node));
  const VisitorState& state = node->state;
  bring(state.row.data(), state.row.size() * sizeof(Word));
  bring(state.shares.data(), state.shares.size() * sizeof(ShareCell));
  bring(state.touched.data(), state.touched.size() * sizeof(TouchCell));
}

bool VisitorTable::forget(Key visitor, Key row) {
  forgotten_[visitor % kForgotten].fetch_add(1, std::memory_order_release);
  Shard& shard = shard_of(row);
  const std::scoped_lock lock(shard.mutex);
  Node* const found = shard.nodes.find(row);
  if (found == nullptr) return false;
  shard.erase(*found);
  return true;
}

std::size_t VisitorTable::expire(Timestamp now) {
  std::size_t gone = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    gone += shard->drop_idle(now, plan_.definition.time_to_live);
  }
  return gone;
}

std::size_t VisitorTable::size() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    count += shard->nodes.size();
  }
  return count;
}

std::size_t VisitorTable::memory_bytes() const {
  std::size_t bytes = shards_.size() * sizeof(Shard) + kForgotten * sizeof(std::uint32_t);
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    bytes += shard->bytes + shard->nodes.memory_bytes();
  }
  return bytes;
}

}  // namespace aisle::features
