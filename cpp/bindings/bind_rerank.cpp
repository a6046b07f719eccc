#include <cmath>
#include <optional>
#include <string>

#include "aisle/base/error.h"
#include "aisle/rerank/calibration.h"
#include "aisle/rerank/dpp.h"
#include "aisle/rerank/exposure.h"
#include "aisle/rerank/mmr.h"
#include "aisle/rerank/novelty.h"
#include "aisle/rerank/xquad.h"
#include "bindings.h"
#include "numpy_views.h"

namespace aisle::bindings {
namespace {

using namespace rerank;  // NOLINT(google-build-using-namespace): the room this file binds

using Places = In<std::uint32_t>;
using Vectors = std::optional<In<float>>;
using Attributes = std::optional<std::vector<In<std::uint32_t>>>;

// The rerankers keep an entry for each code up to the greatest.
constexpr std::uint32_t kMostCodes = 1U << 20U;

void check_length(const char* name, std::size_t found, std::size_t pool) {
  if (found == pool) return;
  throw ConfigError(std::string(name) + " must have one entry for each of the " +
                    std::to_string(pool) + " candidates, got " + std::to_string(found));
}

void check_numbers(const char* name, std::span<const float> values, bool may_be_negative = false) {
  for (const float value : values) {
    if (std::isfinite(value) && (may_be_negative || value >= 0.0F)) continue;
    throw ConfigError(std::string(name) + " must be finite" +
                      (may_be_negative ? "" : " and not negative") + ", got " +
                      std::to_string(value));
  }
}

std::span<const float> relevance_of(const In<float>& relevance) {
  check_numbers("relevance", view(relevance), true);
  return view(relevance);
}

/// `k` places, fewer where fewer were picked.
template <class Pick>
Places pick(std::size_t k, std::size_t pool, const Pick& pick_into) {
  std::vector<std::uint32_t> picked(std::min(k, pool));
  std::size_t count = 0;
  {
    const py::gil_scoped_release release;
    count = pick_into(std::span<std::uint32_t>(picked));
  }
  return to_numpy(std::span<const std::uint32_t>(picked).first(count));
}

/// What two candidates have in common: rows of vectors, or columns of codes.
struct Likeness {
  std::span<const float> rows;
  std::size_t dim = 0;
  std::vector<std::span<const std::uint32_t>> columns;
};

Likeness likeness_of(const Vectors& vectors, const Attributes& attributes, std::size_t pool) {
  if (vectors.has_value() == attributes.has_value()) {
    throw ConfigError("give either vectors or attributes");
  }
  Likeness likeness;
  if (vectors) {
    if (vectors->ndim() != 2) throw ConfigError("vectors must have two dimensions");
    check_length("vectors", static_cast<std::size_t>(vectors->shape(0)), pool);
    check_numbers("vectors", view(*vectors), true);
    likeness.rows = view(*vectors);
    likeness.dim = static_cast<std::size_t>(vectors->shape(1));
    return likeness;
  }
  for (const auto& codes : *attributes) {
    check_length("attributes", static_cast<std::size_t>(codes.size()), pool);
    likeness.columns.push_back(view(codes));
  }
  return likeness;
}

Places mmr_places(const In<float>& relevance, std::size_t k, const Vectors& vectors,
                  const Attributes& attributes, float lambda) {
  const MmrOptions options{.lambda = lambda};
  options.validate();
  const auto scores = relevance_of(relevance);
  const Likeness like = likeness_of(vectors, attributes, scores.size());
  return pick(k, scores.size(), [&](std::span<std::uint32_t> picked) {
    MmrWorkspace work;
    return vectors ? mmr_by_vectors(scores, like.rows.data(), like.dim, options, work, picked)
                   : mmr_by_attributes(scores, like.columns, options, work, picked);
  });
}

Places dpp_places(const In<float>& relevance, std::size_t k, const Vectors& vectors,
                  const Attributes& attributes, float strength) {
  const DppOptions options{.strength = strength};
  options.validate();
  const auto scores = relevance_of(relevance);
  const Likeness like = likeness_of(vectors, attributes, scores.size());
  return pick(k, scores.size(), [&](std::span<std::uint32_t> picked) {
    DppWorkspace work;
    return vectors ? dpp_by_vectors(scores, like.rows.data(), like.dim, options, work, picked)
                   : dpp_by_attributes(scores, like.columns, options, work, picked);
  });
}

Aspects aspects_of(const std::vector<std::vector<std::uint32_t>>& lists, std::size_t pool) {
  check_length("aspects", lists.size(), pool);
  Aspects aspects;
  for (const auto& codes : lists) {
    for (const std::uint32_t code : codes) {
      if (code < kMostCodes) continue;
      throw ConfigError("codes in aspects must be below " + std::to_string(kMostCodes) + ", got " +
                        std::to_string(code));
    }
    aspects.add(codes);
  }
  return aspects;
}

Places xquad_places(const In<float>& relevance, std::size_t k,
                    const std::vector<std::vector<std::uint32_t>>& aspects,
                    const std::optional<In<float>>& interest, float strength) {
  const XquadOptions options{.strength = strength};
  options.validate();
  const auto scores = relevance_of(relevance);
  const Aspects lists = aspects_of(aspects, scores.size());
  const auto weights = interest ? view(*interest) : std::span<const float>();
  check_numbers("interest", weights);
  return pick(k, scores.size(), [&](std::span<std::uint32_t> picked) {
    XquadWorkspace work;
    return xquad(scores, lists, weights, options, work, picked);
  });
}

Places calibrated_places(const In<float>& relevance, std::size_t k,
                         const std::vector<std::vector<std::uint32_t>>& aspects,
                         const In<float>& target, float strength, float smoothing) {
  const CalibrationOptions options{.strength = strength, .smoothing = smoothing};
  options.validate();
  const auto scores = relevance_of(relevance);
  const Aspects lists = aspects_of(aspects, scores.size());
  const auto weights = view(target);
  check_numbers("target", weights);
  return pick(k, scores.size(), [&](std::span<std::uint32_t> picked) {
    CalibrationWorkspace work;
    return calibrate(scores, lists, weights, options, work, picked);
  });
}

Places novel_places(const In<float>& relevance, std::size_t k, const In<float>& counts,
                    double total, float strength) {
  const NoveltyOptions options{.strength = strength};
  options.validate();
  const auto scores = relevance_of(relevance);
  check_length("counts", static_cast<std::size_t>(counts.size()), scores.size());
  const auto seen = view(counts);
  check_numbers("counts", seen);
  if (!(total > 0.0) || !std::isfinite(total)) {
    throw ConfigError("total must be above 0, got " + std::to_string(total));
  }
  return pick(k, scores.size(), [&](std::span<std::uint32_t> picked) {
    NoveltyWorkspace work;
    return favour_novelty(scores, seen, total, options, work, picked);
  });
}

using Limit = std::pair<std::size_t, std::optional<std::size_t>>;

Places exposed_places(const In<std::uint32_t>& order, const In<std::uint64_t>& groups,
                      std::size_t k, const std::vector<Limit>& limits) {
  if (limits.size() > kMaxGroups) {
    throw ConfigError("limits must be at most 64, got " + std::to_string(limits.size()));
  }
  std::vector<ExposureLimit> checked;
  for (const auto& [at_least, at_most] : limits) {
    checked.push_back({.at_least = at_least, .at_most = at_most.value_or(ExposureLimit{}.at_most)});
    checked.back().validate();
  }
  const auto places = view(order);
  const auto masks = view(groups);
  std::vector<bool> is_there(masks.size(), false);
  for (const std::uint32_t place : places) {
    if (place >= masks.size() || is_there[place]) {
      throw ConfigError("order must have distinct places below " + std::to_string(masks.size()) +
                        ", got " + std::to_string(place));
    }
    is_there[place] = true;
  }
  return pick(k, places.size(), [&](std::span<std::uint32_t> picked) {
    ExposureWorkspace work;
    return expose(places, masks, checked, work, picked);
  });
}

}  // namespace

void bind_rerank(py::module_& m) {
  m.attr("NO_VALUE") = kNoValue;
  m.def("rerank_mmr", &mmr_places, "relevance"_a.noconvert(), "k"_a, py::kw_only(),
        "vectors"_a.noconvert() = py::none(), "attributes"_a.noconvert() = py::none(),
        "lambda_"_a = MmrOptions().lambda);
  m.def("rerank_dpp", &dpp_places, "relevance"_a.noconvert(), "k"_a, py::kw_only(),
        "vectors"_a.noconvert() = py::none(), "attributes"_a.noconvert() = py::none(),
        "strength"_a = DppOptions().strength);
  m.def("rerank_xquad", &xquad_places, "relevance"_a.noconvert(), "k"_a, "aspects"_a, py::kw_only(),
        "interest"_a.noconvert() = py::none(), "strength"_a = XquadOptions().strength);
  m.def("rerank_calibrated", &calibrated_places, "relevance"_a.noconvert(), "k"_a, "aspects"_a,
        "target"_a.noconvert(), py::kw_only(), "strength"_a = CalibrationOptions().strength,
        "smoothing"_a = CalibrationOptions().smoothing);
  m.def("rerank_novelty", &novel_places, "relevance"_a.noconvert(), "k"_a, "counts"_a.noconvert(),
        "total"_a, py::kw_only(), "strength"_a = NoveltyOptions().strength);
  m.def("rerank_exposed", &exposed_places, "order"_a.noconvert(), "groups"_a.noconvert(), "k"_a,
        "limits"_a);
}

}  // namespace aisle::bindings
