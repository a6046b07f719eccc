#include <array>
#include <optional>

#include "aisle/engine/engine.h"
#include "aisle/engine/replay.h"
#include "bindings.h"
#include "engine_border.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace): the room this file binds

LogColumns log_of(const In<std::uint32_t>& visitor, const catalog::Dictionary& visitors,
                  const In<std::uint32_t>& item, const catalog::Dictionary& items,
                  const In<std::int64_t>& time, const In<std::uint8_t>& type,
                  const std::optional<In<std::uint32_t>>& session,
                  const catalog::Dictionary* sessions,
                  const std::optional<In<std::uint32_t>>& event_id,
                  const catalog::Dictionary* event_ids, const std::optional<In<float>>& value,
                  const std::optional<In<std::uint8_t>>& consent) {
  return {.visitor = view(visitor),
          .item = view(item),
          .session = session ? view(*session) : std::span<const std::uint32_t>{},
          .time = view(time),
          .type = view(type),
          .value = value ? view(*value) : std::span<const float>{},
          .consent = consent ? view(*consent) : std::span<const std::uint8_t>{},
          .event_id = event_id ? view(*event_id) : std::span<const std::uint32_t>{},
          .visitors = &visitors,
          .items = &items,
          .sessions = sessions,
          .event_ids = event_ids};
}

KeepGoing keep_going_of(const py::object& progress) {
  return [progress](std::size_t done) {
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!progress.is_none()) progress(done);
    return true;
  };
}

py::array_t<std::uint64_t> observe_many(
    Engine& self, const In<std::uint32_t>& visitor, const catalog::Dictionary& visitors,
    const In<std::uint32_t>& item, const catalog::Dictionary& items, const In<std::int64_t>& time,
    const In<std::uint8_t>& type, const std::optional<In<std::uint32_t>>& session,
    const catalog::Dictionary* sessions, const std::optional<In<std::uint32_t>>& event_id,
    const catalog::Dictionary* event_ids, const std::optional<In<float>>& value,
    const std::optional<In<std::uint8_t>>& consent, bool learn) {
  const LogColumns log = log_of(visitor, visitors, item, items, time, type, session, sessions,
                                event_id, event_ids, value, consent);
  std::array<std::uint64_t, kObserved + 1> counts{};
  {
    const py::gil_scoped_release release;
    counts = self.observe_many(log, clock_now(), learn);
  }
  return to_numpy(std::span<const std::uint64_t>(counts));
}

py::tuple run_replay(Engine& self, const In<std::uint32_t>& visitor,
                     const catalog::Dictionary& visitors, const In<std::uint32_t>& item,
                     const catalog::Dictionary& items, const In<std::int64_t>& time,
                     const In<std::uint8_t>& type, const std::optional<In<std::uint32_t>>& session,
                     const catalog::Dictionary* sessions,
                     const std::optional<In<std::uint32_t>>& event_id,
                     const catalog::Dictionary* event_ids, const std::optional<In<float>>& value,
                     const std::optional<In<std::uint8_t>>& consent, const In<std::int64_t>& rows,
                     const In<std::int64_t>& following, std::size_t k, bool learn,
                     const py::object& progress) {
  const LogColumns log = log_of(visitor, visitors, item, items, time, type, session, sessions,
                                event_id, event_ids, value, consent);
  const ReplayRows asked{view(rows), view(following)};
  const KeepGoing keep_going = keep_going_of(progress);
  ReplayResult result;
  {
    const py::gil_scoped_release release;
    result = replay(self, log, asked, k, learn, keep_going);
  }
  return py::make_tuple(to_numpy(std::span<const std::int32_t>(result.ranks)),
                        to_numpy(std::span<const std::int64_t>(result.recommend_ns)),
                        to_numpy(std::span<const std::int64_t>(result.observe_ns)));
}

py::tuple run_training(Engine& self, const In<std::uint32_t>& visitor,
                       const catalog::Dictionary& visitors, const In<std::uint32_t>& item,
                       const catalog::Dictionary& items, const In<std::int64_t>& time,
                       const In<std::uint8_t>& type,
                       const std::optional<In<std::uint32_t>>& session,
                       const catalog::Dictionary* sessions,
                       const std::optional<In<std::uint32_t>>& event_id,
                       const catalog::Dictionary* event_ids, const std::optional<In<float>>& value,
                       const std::optional<In<std::uint8_t>>& consent, const In<std::int64_t>& rows,
                       const In<std::int64_t>& following, std::size_t others, std::uint64_t seed) {
  const LogColumns log = log_of(visitor, visitors, item, items, time, type, session, sessions,
                                event_id, event_ids, value, consent);
  const ReplayRows asked{view(rows), view(following)};
  const KeepGoing keep_going = keep_going_of(py::none());
  TrainingRows training;
  {
    const py::gil_scoped_release release;
    training = collect_training(self, log, asked, others, seed, keep_going);
  }
  const auto count = static_cast<py::ssize_t>(training.is_target.size());
  auto features = to_numpy(std::span<const float>(training.features));
  return py::make_tuple(features.reshape({count, static_cast<py::ssize_t>(score::kFeatures)}),
                        to_numpy(std::span<const std::uint8_t>(training.is_target)),
                        to_numpy(std::span<const std::uint32_t>(training.group_begin)),
                        training.asked);
}

}  // namespace

void add_replay(py::class_<engine::Engine>& engine) {
  engine
      .def("observe_columns", &observe_many, "visitor"_a, "visitors"_a, "item"_a, "items"_a,
           "time"_a, "type"_a, "session"_a, "sessions"_a, "event_id"_a, "event_ids"_a, "value"_a,
           "consent"_a, "learn"_a)
      .def("replay", &run_replay, "visitor"_a, "visitors"_a, "item"_a, "items"_a, "time"_a,
           "type"_a, "session"_a, "sessions"_a, "event_id"_a, "event_ids"_a, "value"_a, "consent"_a,
           "rows"_a, "following"_a, "k"_a, "learn"_a, "progress"_a)
      .def("collect_training", &run_training, "visitor"_a, "visitors"_a, "item"_a, "items"_a,
           "time"_a, "type"_a, "session"_a, "sessions"_a, "event_id"_a, "event_ids"_a, "value"_a,
           "consent"_a, "rows"_a, "following"_a, "others"_a, "seed"_a);
}

}  // namespace aisle::bindings
