#include "aisle/vectors/vector_tune.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

namespace aisle::vectors {
namespace {

constexpr std::size_t kFew = 20;
constexpr std::size_t kMany = 200;
constexpr std::size_t kQuestions = 128;
constexpr double kDotBudget = 4e9;  // floats read by the exact searches: a second or two
constexpr std::size_t kPages = 4;
constexpr std::size_t kRegions = 48;
constexpr double kReachSteps = 8.0;      // in one standard deviation
constexpr std::size_t kMostReach = 256;  // such steps: everything

/// An exact answer, sorted by item.
using Answer = std::vector<ItemId>;

struct Question {
  std::vector<float> query;
  const Bitmap* page;
  Answer few;      // the best kFew
  Answer many;     // the best kMany
  Answer on_page;  // the best kFew that the page allows
};

class Questions {
 public:
  Questions(const VectorRows& rows, std::uint64_t seed) : rows_(rows), rng_(seed) {
    work_.scores.resize(kTile);
    work_.places.resize(kTile);
    const double cost = static_cast<double>(rows.values.size() + 1);
    const auto count = static_cast<std::size_t>(
        std::clamp(kDotBudget / cost, 16.0, static_cast<double>(kQuestions)));
    make_pages();
    for (std::size_t i = 0; i < count; ++i) ask(i);
  }

  [[nodiscard]] double recall(const VectorBackend& backend, Answer Question::* truth) {
    std::size_t found = 0;
    std::size_t wanted = 0;
    cells_ = 0;
    for (const Question& question : questions_) {
      const Bitmap* const page = truth == &Question::on_page ? question.page : nullptr;
      const Answer& expected = question.*truth;
      work_.best.reset(expected.size());
      backend.search({.vector = question.query,
                      .k = expected.size(),
                      .allowed = page,
                      .allowed_share = page == nullptr ? 1.0 : page_share(),
                      .newer = nullptr,
                      .newer_rows = 0},
                     work_);
      for (const Candidate& candidate : work_.best.unsorted()) {
        found += std::binary_search(expected.begin(), expected.end(), candidate.item) ? 1U : 0U;
      }
      wanted += expected.size();
      cells_ += work_.cells_visited;
    }
    return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
  }

  /// Of all items, what a page allows on average.
  [[nodiscard]] double page_share() const {
    std::size_t allowed = 0;
    for (const Bitmap& page : pages_) allowed += page.count();
    return std::max(static_cast<double>(allowed), 1.0) /
           static_cast<double>(kPages * pages_[0].size());
  }
  /// Cells that a search of the last recall() visited on average, rounded up.
  [[nodiscard]] std::size_t cells() const {
    return (cells_ + questions_.size() - 1) / questions_.size();
  }

 private:
  [[nodiscard]] std::size_t any_number() {
    return std::uniform_int_distribution<std::size_t>(0, rows_.ids.size() - 1)(rng_);
  }
  [[nodiscard]] std::span<const float> any_row() { return rows_.row(any_number()); }

  // A page of a shop: of a third of the regions around random rows six items in ten, as a filter by
  // category and price lets through. It takes most queries away from where their neighbours are.
  void make_pages() {
    const auto last = std::max_element(rows_.ids.begin(), rows_.ids.end());
    pages_.assign(kPages, Bitmap(value_of(*last) + std::size_t{1}));
    std::vector<float> centres;
    for (std::size_t i = 0; i < kRegions; ++i) {
      const auto row = any_row();
      centres.insert(centres.end(), row.begin(), row.end());
    }
    std::vector<float> near(kRegions);
    std::uniform_real_distribution<> share;
    std::vector<bool> has_region(kPages * kRegions);
    for (std::size_t i = 0; i < has_region.size(); ++i) has_region[i] = share(rng_) < 1.0 / 3.0;
    for (std::size_t r = 0; r < rows_.ids.size(); ++r) {
      dot_rows(rows_.row(r), centres.data(), near);
      const auto region =
          static_cast<std::size_t>(std::max_element(near.begin(), near.end()) - near.begin());
      for (std::size_t page = 0; page < kPages; ++page) {
        if (has_region[page * kRegions + region] && share(rng_) < 0.6) {
          pages_[page].set(value_of(rows_.ids[r]));
        }
      }
    }
  }

  // A quarter of the questions are a vector with noise, a quarter a mixture with the previous
  // question's vector's neighbours, the others mixtures of strangers: what a visitor who looks
  // around leaves behind.
  void ask(std::size_t number) {
    std::normal_distribution<float> normal;
    std::vector<float> query(rows_.dim);
    const auto mix_in = [&](std::span<const float> row, float weight) {
      for (std::size_t i = 0; i < row.size(); ++i) query[i] += weight * row[i];
    };
    if (number % 4 == 1) {
      const auto& near = questions_.back().few;
      mix_in(questions_.back().query, 0.6F);
      mix_in(row_of(near[rng_() % near.size()]), 0.4F);
    } else {
      mix_in(any_row(), 1.0F);
      if (number % 4 >= 2) mix_in(any_row(), 0.7F);
      if (number % 4 == 3) mix_in(any_row(), 0.5F);
    }
    float length = std::sqrt(dot(query, query));
    const float noise = 0.2F * length / std::sqrt(static_cast<float>(rows_.dim));
    for (float& value : query) value += noise * normal(rng_);
    length = std::sqrt(dot(query, query));
    for (float& value : query) value /= length > 0.0F ? length : 1.0F;
    answer(std::move(query));
  }

  [[nodiscard]] std::span<const float> row_of(ItemId item) const {
    const auto at = std::find(rows_.ids.begin(), rows_.ids.end(), item);
    return rows_.row(static_cast<std::size_t>(at - rows_.ids.begin()));
  }

  void answer(std::vector<float> query) {
    Question question{.query = std::move(query),
                      .page = &pages_[questions_.size() % kPages],
                      .few = {},
                      .many = {},
                      .on_page = {}};
    question.many = best(kMany, question.query, nullptr);
    question.few.assign(
        question.many.begin(),
        question.many.begin() + static_cast<std::ptrdiff_t>(std::min(kFew, question.many.size())));
    question.on_page = best(kFew, question.query, question.page);
    for (auto truth : {&Question::few, &Question::many, &Question::on_page}) {
      std::sort((question.*truth).begin(), (question.*truth).end());
    }
    questions_.push_back(std::move(question));
  }

  // Best first.
  [[nodiscard]] Answer best(std::size_t k, std::span<const float> query, const Bitmap* page) {
    work_.best.reset(std::min(k, rows_.ids.size()));
    scan_rows(query, rows_.values.data(), rows_.ids.size(), work_,
              [&](std::size_t row, float score) {
                const ItemId item = rows_.ids[row];
                if (page == nullptr || page->test(value_of(item))) work_.best.push({item, score});
              });
    Answer items;
    for (const Candidate& candidate : work_.best.sorted()) items.push_back(candidate.item);
    return items;
  }

  const VectorRows& rows_;
  std::mt19937_64 rng_;
  VectorWorkspace work_;
  std::vector<Bitmap> pages_;
  std::vector<Question> questions_;
  std::size_t cells_ = 0;
};

// The smallest number in [low, high] that `suffices`, which all numbers above it do as well.
template <typename Suffices>
std::size_t smallest(std::size_t low, std::size_t high, const Suffices& suffices) {
  std::size_t step = std::max<std::size_t>(low / 4, 1);
  std::size_t enough = low;  // gallop up, then halve
  for (;; enough = std::min(high, enough + step), step *= 2) {
    if (enough >= high || suffices(enough)) break;
    low = enough + 1;
  }
  while (low < enough) {
    const std::size_t middle = low + (enough - low) / 2;
    if (suffices(middle)) {
      enough = middle;
    } else {
      low = middle + 1;
    }
  }
  return enough;
}

// Probes or beam.
VectorEffort fixed_effort(VectorBackend& backend, Questions& questions,
                          const VectorIndexOptions& options) {
  const std::size_t most = backend.max_effort();
  const std::size_t wish = options.kind == VectorKind::hnsw ? options.ef_search : options.probes;
  const auto enough_for = [&](Answer Question::* truth, std::size_t low) {
    return smallest(low, most, [&](std::size_t base) {
      backend.set_effort({.base = base, .growth = 0.0});
      return questions.recall(backend, truth) >= options.target_recall;
    });
  };
  VectorEffort effort;
  effort.base = wish != 0 ? std::min(wish, most) : enough_for(&Question::few, 1);
  const std::size_t for_many = enough_for(&Question::many, effort.base);
  effort.growth = std::log10(static_cast<double>(for_many) / static_cast<double>(effort.base));
  return effort;
}

// Real pages and visitors lead further afield than these: three fifths of the misses leave room.
constexpr double kPageMisses = 0.6;

VectorEffort reach_effort(VectorBackend& backend, Questions& questions, double target) {
  const auto enough_for = [&](Answer Question::* truth, double low, double least) {
    const auto first = static_cast<std::size_t>(low * kReachSteps);
    const auto steps = smallest(first, kMostReach, [&](std::size_t some) {
      const double reach = static_cast<double>(some) / kReachSteps;
      backend.set_effort({.reach = reach, .far_reach = reach});
      return questions.recall(backend, truth) >= least;
    });
    return static_cast<double>(steps) / kReachSteps;
  };
  VectorEffort effort;
  const double near = enough_for(&Question::few, 1.0 / kReachSteps, target);
  const double many = enough_for(&Question::many, near, target);
  const double page = enough_for(&Question::on_page, near, 1.0 - kPageMisses * (1.0 - target));
  const double share = static_cast<double>(kFew) / static_cast<double>(kMany);
  effort.reach = near;
  effort.far_reach = near + std::max((many - near) / (1.0 - share),
                                     (page - near) / (1.0 - questions.page_share()));
  return effort;
}

}  // namespace

void tune(VectorBackend& backend, const VectorRows& rows, const VectorIndexOptions& options) {
  if (rows.ids.empty()) return;
  Questions questions(rows, options.seed);
  VectorEffort effort;
  const bool is_bounded = options.kind == VectorKind::ivf && options.probes == 0;
  if (backend.max_effort() != 0) {
    effort = is_bounded ? reach_effort(backend, questions, options.target_recall)
                        : fixed_effort(backend, questions, options);
  }
  backend.set_effort(effort);
  effort.recall = questions.recall(backend, &Question::few);
  if (is_bounded) effort.base = std::max<std::size_t>(questions.cells(), 1);
  backend.set_effort(effort);
}

}  // namespace aisle::vectors
