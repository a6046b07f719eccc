// Texts and sets of texts.

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "aisle/expression/evaluation.h"

namespace aisle::expression {
namespace {

using From = TextSource::From;
using How = TextTest::How;

constexpr std::uint8_t kUnknown = 255;
constexpr std::size_t kFewCodes = 8;                       // that are looked for side by side
constexpr std::uint32_t kNoCode = catalog::kNullCode - 1;  // of no text
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool is_of_item(From from) noexcept { return from == From::column || from == From::id; }
bool is_list_test(How how) noexcept {
  return how == How::in || how == How::any_of || how == How::all_of;
}
/// These alone remember what a code's text is to the right side.
bool has_memo(How how) noexcept {
  return !is_list_test(how) && how != How::equal && how != How::size && how != How::is_null;
}

/// `found`, or null where a text that nobody knows might have been it.
std::uint8_t unless_null(bool found, bool has_null) noexcept {
  return found ? 1 : has_null ? kNullFlag : 0;
}

/// `all`, or null where a text that nobody knows might not have been it.
std::uint8_t if_known(bool all, bool has_null) noexcept {
  return !all ? 0 : has_null ? kNullFlag : 1;
}

bool is_set(const TextSource& source) noexcept {
  return source.from == From::column && source.column->sets() != nullptr;
}

bool holds(How how, std::string_view left, std::string_view right) noexcept {
  switch (how) {
    case How::less:
      return left < right;
    case How::less_equal:
      return left <= right;
    case How::contains:
      return left.find(right) != std::string_view::npos;
    case How::starts_with:
      return left.starts_with(right);
    case How::ends_with:
      return left.ends_with(right);
    default:
      return left == right;
  }
}

/// Whether each code is one of at most kMost, no branch in it: where items pass is no pattern.
template <std::size_t kMost>
void are_among(std::span<const std::uint32_t> few, std::span<const std::uint32_t> codes,
               std::uint8_t* __restrict out) noexcept {
  std::array<std::uint32_t, kMost> wanted{};
  wanted.fill(few.empty() ? kNoCode : few.back());
  std::ranges::copy(few, wanted.begin());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    unsigned is_there = 0;
    for (std::size_t one = 0; one < kMost; ++one)
      is_there |= static_cast<unsigned>(codes[i] == wanted[one]);
    out[i] = static_cast<std::uint8_t>(is_there +
                                       2U * static_cast<unsigned>(codes[i] == catalog::kNullCode));
  }
}

}  // namespace

void Evaluation::prepare_texts(bool is_new) {
  for (std::size_t table = 0; table < program_->texts_.size(); ++table) {
    Ready& ready = ready_[table];
    if (is_new) {
      ready.memo.clear();
      ready.memo_of.clear();
    }
    prepare(program_->texts_[table], ready);
  }
}

void Evaluation::prepare(const TextTest& test, Ready& ready) {
  ready.texts.clear();
  ready.codes.clear();
  ready.left.clear();
  ready.has_null = false;
  ready.asks_item = false;
  for (const TextSource& source : test.right) {
    if (is_of_item(source.from) || source.from == From::made) {
      ready.asks_item = true;
    } else {
      resolve(source, is_list_test(test.how), ready.texts, ready.has_null);
    }
  }
  if (test.left.from == From::made) return;
  if (!is_of_item(test.left.from)) {
    ready.has_left = test.how == How::is_null ? is_there(test.left) : resolve_left(test, ready);
    return;
  }
  const catalog::Dictionary& words =
      test.left.from == From::id ? *program_->catalog_->items() : *test.left.column->values();
  for (const std::string_view text : ready.texts) {
    if (const auto code = words.find(text)) ready.codes.push_back(*code);
  }
  if (test.how != How::all_of) std::ranges::sort(ready.codes);
  if (has_memo(test.how) && !std::ranges::equal(ready.memo_of, ready.texts)) {
    ready.memo.clear();
    ready.memo_of.assign(ready.texts.begin(), ready.texts.end());
  }
}

bool Evaluation::resolve_left(const TextTest& test, Ready& ready) {
  bool is_null = false;
  const bool takes_list =
      test.how == How::any_of || test.how == How::all_of || test.how == How::size;
  resolve(test.left, takes_list, ready.left, is_null);
  if (test.how == How::size) {  // a list that is given may name one text twice
    std::ranges::sort(ready.left);
    ready.left.erase(std::unique(ready.left.begin(), ready.left.end()), ready.left.end());
  }
  return !is_null;
}

std::uint32_t Evaluation::code_of(const TextSource& source, ItemId item) const {
  return source.from == From::id ? value_of(item) : source.column->code(item);
}

void Evaluation::test_texts(std::uint32_t table, std::span<const ItemId> items, std::uint8_t* out) {
  const TextTest& test = program_->texts_[table];
  Ready& ready = ready_[table];
  const bool has_few_codes = test.left.from == From::column && test.left.column->has_codes() &&
                             !ready.asks_item && !ready.has_null && !ready.texts.empty() &&
                             ready.codes.size() <= kFewCodes &&
                             (test.how == How::equal || test.how == How::in);
  if (has_few_codes) {  // the common case: brand == 'acme', brand in ['acme', 'apex']
    const catalog::Column* const column = test.left.column;
    std::array<std::uint32_t, kBlock> of_items;
    if (is_near_) {
      column->codes_near(items, of_items.data());
    } else {
      for (std::size_t i = 0; i < items.size(); ++i) of_items[i] = column->code(items[i]);
    }
    const std::span codes = std::span(of_items).first(items.size());
    if (ready.codes.size() <= 2) return are_among<2>(ready.codes, codes, out);
    if (ready.codes.size() <= 4) return are_among<4>(ready.codes, codes, out);
    return are_among<kFewCodes>(ready.codes, codes, out);
  }
  for (std::size_t i = 0; i < items.size(); ++i) out[i] = test_text(test, ready, items[i], i);
}

std::uint8_t Evaluation::test_text(const TextTest& test, Ready& ready, ItemId item,
                                   std::size_t place) {
  const bool is_left_of_item = is_of_item(test.left.from);
  const std::uint32_t code = is_left_of_item ? code_of(test.left, item) : 0;
  const bool is_null = is_left_of_item                ? code == catalog::kNullCode
                       : test.left.from == From::made ? !text(test.left.reg, place)
                                                      : !ready.has_left;
  if (test.how == How::is_null) return static_cast<std::uint8_t>(is_null);
  // An empty list decides alone, whatever is asked of it.
  if (is_list_test(test.how) && asks_nothing(test, ready, item)) return test.how == How::all_of;
  if (is_null) return kNullFlag;
  if (is_list_test(test.how) && has_empty_left(test, ready, code)) return 0;
  if (!is_left_of_item || ready.asks_item) return test_sides(test, ready, item, place);
  if (is_set(test.left)) return test_set(test, ready, test.left.column->sets()->labels(code));
  return test_code(test, ready, code);
}

bool Evaluation::asks_nothing(const TextTest& test, const Ready& ready, ItemId item) const {
  if (!ready.texts.empty() || ready.has_null) return false;
  return std::ranges::all_of(test.right, [&](const TextSource& source) {
    if (source.from == From::made || source.from == From::id) return false;
    if (source.from != From::column) return true;
    const std::uint32_t code = code_of(source, item);
    return is_set(source) && code != catalog::kNullCode &&
           source.column->sets()->labels(code).empty();
  });
}

bool Evaluation::has_empty_left(const TextTest& test, const Ready& ready, std::uint32_t code) {
  if (test.left.from == From::made) return false;
  if (!is_of_item(test.left.from)) return ready.left.empty();
  return is_set(test.left) && test.left.column->sets()->labels(code).empty();
}

/// Text by text: for sides that no codes stand for. The left one is not null.
std::uint8_t Evaluation::test_sides(const TextTest& test, const Ready& ready, ItemId item,
                                    std::size_t place) const {
  bool has_null = ready.has_null;
  bool meets_any = false;
  bool meets_all = true;
  const auto ask = [&](std::string_view right) {
    const bool is_met = meets(test, ready, item, place, right);
    meets_any = meets_any || is_met;
    meets_all = meets_all && is_met;
  };
  std::ranges::for_each(ready.texts, ask);
  for (const TextSource& source : test.right) {
    if (source.from == From::made) {
      const Text& made = text(source.reg, place);
      has_null = has_null || !made;
      if (made) ask(*made);
    }
    if (!is_of_item(source.from)) continue;
    const std::uint32_t code = code_of(source, item);
    if (code == catalog::kNullCode) {
      has_null = true;
    } else if (is_set(source)) {
      for (const std::uint32_t label : source.column->sets()->labels(code))
        ask(source.column->values()->name(label));
    } else {
      ask(word(source, code));
    }
  }
  return test.how == How::all_of ? if_known(meets_all, has_null) : unless_null(meets_any, has_null);
}

/// Whether the left text, or one of the left set, is to `right` as the test wants it.
bool Evaluation::meets(const TextTest& test, const Ready& ready, ItemId item, std::size_t place,
                       std::string_view right) const {
  const auto is_met = [&](std::string_view left) { return holds(test.how, left, right); };
  if (test.left.from == From::made) {
    const Text& made = text(test.left.reg, place);
    return made && is_met(*made);
  }
  if (!is_of_item(test.left.from)) return std::ranges::any_of(ready.left, is_met);
  const std::uint32_t code = code_of(test.left, item);
  if (!is_set(test.left)) return is_met(word(test.left, code));
  const auto label = test.left.column->values()->find(right);
  return label && test.left.column->sets()->contains(code, *label);
}

/// By the code of the left side's text.
std::uint8_t Evaluation::test_code(const TextTest& test, Ready& ready, std::uint32_t code) {
  if (test.how == How::equal || test.how == How::in || test.how == How::any_of) {
    const bool found = ready.codes.size() <= 8
                           ? std::ranges::find(ready.codes, code) != ready.codes.end()
                           : std::ranges::binary_search(ready.codes, code);
    return unless_null(found, ready.has_null);
  }
  if (test.how == How::all_of) {
    const bool is_all = std::ranges::all_of(
        ready.texts, [&](std::string_view text) { return text == word(test.left, code); });
    return if_known(is_all, ready.has_null);
  }
  if (ready.has_null) return kNullFlag;
  if (ready.memo.size() <= code) ready.memo.resize(code + code / 2 + 64, kUnknown);
  std::uint8_t& known = ready.memo[code];
  if (known == kUnknown)
    known = static_cast<std::uint8_t>(holds(test.how, word(test.left, code), ready.texts.front()));
  return known;
}

std::string_view Evaluation::word(const TextSource& source, std::uint32_t code) const {
  return source.from == From::id ? program_->catalog_->items()->name(code)
                                 : source.column->values()->name(code);
}

std::uint8_t Evaluation::test_set(const TextTest& test, const Ready& ready,
                                  std::span<const std::uint32_t> labels) {
  const auto has = [&](std::uint32_t code) { return std::ranges::binary_search(labels, code); };
  if (test.how == How::any_of)
    return unless_null(std::ranges::any_of(ready.codes, has), ready.has_null);
  const bool is_all =
      ready.codes.size() == ready.texts.size() && std::ranges::all_of(ready.codes, has);
  return if_known(is_all, ready.has_null);
}

double Evaluation::set_size(const Instruction& it, ItemId item) const {
  const Ready& ready = ready_[it.table];
  if (it.column == nullptr || program_->texts_[it.table].left.from != From::column)
    return ready.has_left ? static_cast<double>(ready.left.size()) : kNone;
  const std::uint32_t code = it.column->code(item);
  return code == catalog::kNullCode ? kNone
                                    : static_cast<double>(it.column->sets()->labels(code).size());
}

}  // namespace aisle::expression
