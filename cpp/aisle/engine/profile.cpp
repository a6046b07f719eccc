#include "aisle/engine/profile.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "aisle/base/error.h"
#include "aisle/engine/features.h"
#include "aisle/slate/workspace.h"

namespace aisle::engine {
namespace {

using features::FeatureStore;
using features::Plan;
using features::VisitorState;

Shares best_first(Shares shares) {
  std::ranges::sort(shares, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return shares;
}

/// Values that the catalogue does not have any more have no name, and are left out.
Shares durable(const Plan& plan, std::size_t number, const VisitorState& state,
               const catalog::Column* column, Timestamp now) {
  const features::ShareTrack& track = plan.shares[number];
  const double all =
      features::DecayCell::sums(state.row.data() + track.total, now, track.half_life)[0];
  std::unordered_map<features::Key, double> sums;
  for (const features::ShareCell& cell : state.shares) {
    if (cell.track == number)
      sums[cell.key] = features::DecayCell::sums(cell.sum.data(), now, track.half_life)[0];
  }
  Shares shares;
  if (sums.empty() || all <= 0.0 || column == nullptr || !column->has_codes()) return shares;
  const catalog::Dictionary& values = *column->values();
  for (std::uint32_t v = 0; v < values.size() && shares.size() < sums.size(); ++v) {
    const auto found = sums.find(FeatureStore::value_key(values.name(v)));
    if (found != sums.end()) shares.emplace_back(std::string(values.name(v)), found->second / all);
  }
  return best_first(std::move(shares));
}

Shares intent(std::span<const Event> session, features::TypeMask types,
              const catalog::Column* column) {
  std::map<std::string_view, double> counts;
  double all = 0.0;
  for (const Event& event : session) {
    const bool counts_here = (types & features::mask_of(event.type)) != 0;
    const auto value =
        column != nullptr && counts_here ? column->text(event.item) : std::string_view{};
    if (value.empty()) continue;
    counts[value] += 1.0;
    all += 1.0;
  }
  Shares shares;
  for (const auto& [value, count] : counts) shares.emplace_back(std::string(value), count / all);
  return best_first(std::move(shares));
}

/// The person's events, of the model that numbers their items.
std::shared_ptr<live::Model> read_session(const Engine& engine, std::string_view visitor,
                                          Timestamp now, slate::RequestWorkspace& work) {
  slate::Request request;
  request.visitor = visitor;
  request.now = now;
  for (;;) {
    auto model = engine.model();
    if (engine.people().find_events(request, *model, work)) return model;
  }
}

}  // namespace

Profile read_profile(const Engine& engine, std::string_view visitor, Timestamp now) {
  slate::RequestWorkspace work;
  const auto model = read_session(engine, visitor, now, work);
  const session::Recent& recent = work.recent;
  const FeatureStore& store = features_of(*model);
  const Plan& plan = store.plan();
  const features::ProfileOptions& options = plan.definition.profile;
  if (options.columns.empty()) {
    throw ConfigError(
        "the bundle's features have no profile: fit it with "
        "FeatureSet(..., profile=ProfileOptions([\"brand\", \"category\"]))");
  }
  VisitorState state;
  store.person(stretches_of(engine.people().identities(), visitor, now), now, state);
  Profile profile;
  for (std::size_t c = 0; c < options.columns.size(); ++c) {
    const std::size_t track = plan.profile_shares[c];
    const catalog::Column* const column =
        plan.columns[plan.shares[track].column].in(model->catalog());
    profile.tastes.push_back({options.columns[c], durable(plan, track, state, column, now),
                              intent(recent.session(), options.types, column)});
  }
  for (const Event& event : recent.session())
    profile.session_events += (options.types & features::mask_of(event.type)) != 0 ? 1U : 0U;
  if (profile.session_events != 0) {
    const auto count = static_cast<double>(profile.session_events);
    const Timestamp pause = now - recent.session().back().time;
    profile.intent_weight =
        count / (count + options.intent_events) * features::faded(pause, options.intent_half_life);
  }
  const auto [weight, sum, squares] =
      features::MomentsCell::sums(state.row.data() + plan.profile_price, now, options.half_life);
  if (weight > 0.0) {
    profile.price_weight = weight;
    profile.price_mean = sum / weight;
    profile.price_deviation =
        std::sqrt(std::max(0.0, squares / weight - profile.price_mean * profile.price_mean));
  }
  return profile;
}

}  // namespace aisle::engine
