#pragma once

/// A program at work: values of one request, registers for blocks of items.
///
/// Data path   program, scope -> [evaluation] -> bits or numbers
/// Threads     one thread each; the catalogue may change beside it
/// Ownership   owns its registers; borrows program and scope until the next begin()
/// Cost        begin() what no item changes, once; then about a ns an item and instruction

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "aisle/base/bitmap.h"
#include "aisle/expression/program.h"
#include "aisle/expression/scope.h"

namespace aisle::expression {

inline constexpr std::uint8_t kNullFlag = 2;  ///< Beside 0 (false) and 1 (true).

class Evaluation {
 public:
  static constexpr std::size_t kBlock = 256;  ///< Items at a time.

  /// @throws ConfigError for a parameter that is missing or of another type.
  void begin(const Program& program, const Scope& scope);

  /// Whether the condition is true; null is not true.
  [[nodiscard]] bool test(ItemId item);
  /// 0, 1 or kNullFlag for each item.
  void tests(std::span<const ItemId> items, std::span<std::uint8_t> out);
  /// NaN is null.
  void numbers(std::span<const ItemId> items, std::span<double> out);
  /// Sets the bits of the items 0 to `items` - 1 for which the condition is true, clears the others;
  /// `bits` is at least that long.
  void to_bitmap(std::size_t items, Bitmap& bits);

 private:
  /// A text test made ready: the right side as codes of the left side's dictionary.
  struct Ready {
    std::vector<std::string_view> texts;
    std::vector<std::uint32_t> codes;
    bool has_null = false;
    bool asks_item = false;              // the right side has a text that items may change
    bool has_left = true;                // a left side that no item changes is not null
    std::vector<std::string_view> left;  // and these texts
    std::vector<std::uint8_t> memo;      // by code: 0, 1, or kUnknown
    std::vector<std::string> memo_of;    // the texts that it was made for
  };
  struct Counted {
    double number = 0.0;
    std::vector<std::pair<std::uint32_t, double>> by_code;
  };

  using Text = std::optional<std::string_view>;
  using Buffer = std::array<std::string, kBlock>;

  double* number(std::uint16_t reg) { return numbers_.data() + std::size_t{reg} * kBlock; }
  std::uint8_t* flag(std::uint16_t reg) { return flags_.data() + std::size_t{reg} * kBlock; }
  Text* text(std::uint16_t reg) { return made_.data() + std::size_t{reg} * kBlock; }
  [[nodiscard]] const Text& text(std::uint16_t reg, std::size_t place) const {
    return made_[std::size_t{reg} * kBlock + place];
  }
  void run(std::span<const Instruction> code, std::span<const ItemId> items);
  void run_loads(const Instruction& it, std::span<const ItemId> items);
  void run_arithmetic(const Instruction& it, std::size_t n);
  static void run_function(Op op, const double* a, double* out, std::size_t n);
  void run_tests(const Instruction& it, std::span<const ItemId> items);
  void run_logic(const Instruction& it, std::size_t n);
  void run_texts(const Instruction& it, std::span<const ItemId> items);
  void load_text(const TextSource& source, std::span<const ItemId> items, Text* out);
  void run_block(std::span<const ItemId> items);
  void broadcast(std::size_t items);
  void prefetch(std::size_t first) const;
  template <class Passes>
  std::size_t keep(std::size_t count, const Passes& passes);
  std::size_t keep_true(std::uint16_t reg, std::size_t count);
  std::size_t select(std::span<const Instruction> code, std::uint16_t reg, std::size_t count);
  std::size_t select(std::size_t count);

  void prepare_texts(bool is_new);
  void prepare(const TextTest& test, Ready& ready);
  void resolve(const TextSource& source, bool takes_list, std::vector<std::string_view>& texts,
               bool& has_null);
  void resolve_given(const TextSource& source, bool takes_list,
                     std::vector<std::string_view>& texts, bool& has_null) const;
  void resolve_visited(TextSource::From from, std::vector<std::string_view>& texts);
  bool resolve_left(const TextTest& test, Ready& ready);
  [[nodiscard]] bool is_there(const TextSource& source) const;
  void test_texts(std::uint32_t table, std::span<const ItemId> items, std::uint8_t* out);
  std::uint8_t test_text(const TextTest& test, Ready& ready, ItemId item, std::size_t place);
  std::uint8_t test_sides(const TextTest& test, const Ready& ready, ItemId item,
                          std::size_t place) const;
  bool meets(const TextTest& test, const Ready& ready, ItemId item, std::size_t place,
             std::string_view right) const;
  [[nodiscard]] bool asks_nothing(const TextTest& test, const Ready& ready, ItemId item) const;
  [[nodiscard]] static bool has_empty_left(const TextTest& test, const Ready& ready,
                                           std::uint32_t code);
  [[nodiscard]] std::uint32_t code_of(const TextSource& source, ItemId item) const;
  std::uint8_t test_code(const TextTest& test, Ready& ready, std::uint32_t code);
  [[nodiscard]] std::string_view word(const TextSource& source, std::uint32_t code) const;
  double set_size(const Instruction& it, ItemId item) const;
  static std::uint8_t test_set(const TextTest& test, const Ready& ready,
                               std::span<const std::uint32_t> labels);

  void count_events();
  void count_query(const EventQuery& query, Counted& counted);
  [[nodiscard]] std::span<const Event> events_of(bool in_session) const;
  void find_cart();
  template <class Counts>
  void find_items(bool in_session, const Counts& counts);
  double price_quantile(const EventQuery& query);
  double counted(std::uint32_t table, ItemId item) const;
  static double cart_value(std::span<const Event> events);

  [[noreturn]] static void fail_parameter(std::string_view name, bool is_missing,
                                          const char* wanted);
  [[nodiscard]] const Given* find(std::span<const Given> given, std::string_view name) const;
  double given_number(const Instruction& it) const;
  std::uint8_t given_flag(const Instruction& it) const;

  const Program* program_ = nullptr;
  Scope scope_;
  std::uint64_t number_of_program_ = 0;
  bool is_near_ = false;       // items of one block are asked, as Column::kNear says
  std::size_t broadcast_ = 1;  // items beside which stands what no item changes
  std::vector<double> numbers_;
  std::vector<std::uint8_t> flags_;
  std::vector<Ready> ready_;
  std::vector<Counted> counted_;
  std::vector<ItemId> ids_;
  std::vector<Text> made_;                        // texts in registers
  std::vector<std::unique_ptr<Buffer>> buffers_;  // and those that no catalogue holds
  std::vector<std::string_view> found_;
  std::vector<ItemId> visited_;
  std::vector<double> prices_;
};

}  // namespace aisle::expression
