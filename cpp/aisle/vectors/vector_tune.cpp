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
constexpr double kDotBudget = 4e9;  // floats read by all exact searches: a second or two

struct Question {
  std::vector<float> query;
  std::vector<ItemId> few;   // the best kFew, sorted by item
  std::vector<ItemId> many;  // the best kMany, sorted by item
};

class Questions {
 public:
  Questions(const VectorRows& rows, std::uint64_t seed) : rows_(rows), rng_(seed) {
    work_.scores.resize(kTile);
    work_.places.resize(kTile);
    const double cost = static_cast<double>(rows.values.size() + 1);
    const auto count = static_cast<std::size_t>(
        std::clamp(kDotBudget / cost, 16.0, static_cast<double>(kQuestions)));
    for (std::size_t i = 0; i < count; ++i) ask(i);
  }

  [[nodiscard]] double recall(const VectorBackend& backend, std::size_t k) {
    std::size_t found = 0;
    std::size_t wanted = 0;
    for (const Question& question : questions_) {
      const auto& truth = k == kFew ? question.few : question.many;
      work_.best.reset(truth.size());
      backend.search({.vector = question.query,
                      .k = truth.size(),
                      .allowed = nullptr,
                      .allowed_share = 1.0,
                      .newer = nullptr,
                      .newer_rows = 0},
                     work_);
      for (const Candidate& candidate : work_.best.unsorted()) {
        found += std::binary_search(truth.begin(), truth.end(), candidate.item) ? 1U : 0U;
      }
      wanted += truth.size();
    }
    return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
  }

 private:
  [[nodiscard]] std::span<const float> any_row() {
    return rows_.row(std::uniform_int_distribution<std::size_t>(0, rows_.ids.size() - 1)(rng_));
  }

  // Half of the questions are a vector with noise, a quarter a mixture with the previous
  // question's vector's neighbours, a quarter a mixture of strangers.
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
      if (number % 4 == 3) mix_in(any_row(), 0.7F);
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
    work_.best.reset(std::min(kMany, rows_.ids.size()));
    scan_rows(query, rows_.values.data(), rows_.ids.size(), work_,
              [&](std::size_t row, float score) { work_.best.push({rows_.ids[row], score}); });
    Question question{.query = std::move(query), .few = {}, .many = {}};
    for (const Candidate& candidate : work_.best.sorted()) question.many.push_back(candidate.item);
    question.few.assign(
        question.many.begin(),
        question.many.begin() + static_cast<std::ptrdiff_t>(std::min(kFew, question.many.size())));
    std::sort(question.few.begin(), question.few.end());
    std::sort(question.many.begin(), question.many.end());
    questions_.push_back(std::move(question));
  }

  const VectorRows& rows_;
  std::mt19937_64 rng_;
  VectorWorkspace work_;
  std::vector<Question> questions_;
};

// The smallest effort in [low, high] that reaches `target`: recall grows with effort.
std::size_t smallest_effort(VectorBackend& backend, Questions& questions, std::size_t k,
                            double target, std::size_t low, std::size_t high) {
  std::size_t step = std::max<std::size_t>(low / 4, 1);
  std::size_t enough = low;  // gallop up, then halve
  for (;; enough = std::min(high, enough + step), step *= 2) {
    backend.set_effort({enough, 0.0, 0.0});
    if (enough >= high || questions.recall(backend, k) >= target) break;
    low = enough + 1;
  }
  while (low < enough) {
    const std::size_t middle = low + (enough - low) / 2;
    backend.set_effort({middle, 0.0, 0.0});
    if (questions.recall(backend, k) >= target) {
      enough = middle;
    } else {
      low = middle + 1;
    }
  }
  return enough;
}

}  // namespace

void tune(VectorBackend& backend, const VectorRows& rows, const VectorIndexOptions& options) {
  if (rows.ids.empty()) return;
  Questions questions(rows, options.seed);
  VectorEffort effort;
  if (const std::size_t most = backend.max_effort(); most != 0) {
    const std::size_t wish = options.kind == VectorKind::hnsw ? options.ef_search : options.probes;
    const double target = options.target_recall;
    effort.base = wish != 0 ? std::min(wish, most)
                            : smallest_effort(backend, questions, kFew, target, 1, most);
    const std::size_t for_many =
        smallest_effort(backend, questions, kMany, target, effort.base, most);
    effort.growth = std::log10(static_cast<double>(for_many) / static_cast<double>(effort.base));
  }
  backend.set_effort(effort);
  effort.recall = questions.recall(backend, kFew);
  backend.set_effort(effort);
}

}  // namespace aisle::vectors
