#include "aisle/expression/syntax.h"

#include <algorithm>
#include <utility>

// Recursive descent, one function a level of precedence:
//
//   or < and < not < predicate < sum < product < sign < primary

namespace aisle::expression {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

  Tree run() {
    if (now().token == Token::end) fail(now().place, "the expression is empty");
    tree_.root = either();
    if (now().token != Token::end) {
      fail(now().place, is_comparison(now().token)
                            ? "comparisons don't chain: write a < b and b < c, or between"
                            : "expected and, or, an operator or the end here");
    }
    return std::move(tree_);
  }

 private:
  using Id = std::uint32_t;

  [[noreturn]] void fail(Span place, const std::string& problem) const {
    throw ExpressionError(text_, place, problem);
  }
  [[nodiscard]] const Lexeme& now() const { return tokens_[at_]; }
  bool take(Token token) {
    if (now().token != token) return false;
    ++at_;
    return true;
  }
  void need(Token token, const std::string& what) {
    if (now().token == Token::assign) fail(now().place, "write == for 'equal'");
    if (!take(token)) fail(now().place, "expected " + what + " here");
  }
  Id add(Shape shape, Span place, std::vector<Id> children = {}) {
    if (tree_.nodes.size() - listed_ >= kMostNodes) {
      fail(place, "the expression has too many parts, at most 4,096");
    }
    Node node;
    node.shape = shape;
    node.place = place;
    node.children = std::move(children);
    tree_.nodes.push_back(std::move(node));
    return static_cast<Id>(tree_.nodes.size() - 1);
  }
  [[nodiscard]] Span from(std::size_t begin) const {
    const Span& last = tokens_[at_ == 0 ? 0 : at_ - 1].place;
    return {begin, std::max<std::size_t>(1, last.begin + last.length - begin)};
  }

  /// Every nesting passes here: parentheses, arguments, signs.
  struct Deeper {
    explicit Deeper(Parser& parser) : self(parser) {
      if (++self.depth_ > kDeepest) {
        self.fail(self.now().place, "the expression is nested deeper than 64 levels");
      }
    }
    ~Deeper() { --self.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& self;
  };

  Id either() {
    const Deeper deeper(*this);
    return chain(Token::disjunction, Shape::disjunction, &Parser::both);
  }
  Id both() { return chain(Token::conjunction, Shape::conjunction, &Parser::negation); }

  /// One node for a and b and c: long rule lists stay flat.
  Id chain(Token token, Shape shape, Id (Parser::*part)()) {
    const std::size_t begin = now().place.begin;
    const Id first = (this->*part)();
    if (now().token != token) return first;
    std::vector<Id> parts{first};
    while (take(token)) parts.push_back((this->*part)());
    return add(shape, from(begin), std::move(parts));
  }

  Id negation() {
    const std::size_t begin = now().place.begin;
    if (!take(Token::negation)) return predicate();
    const Deeper deeper(*this);
    const Id inner = negation();
    return add(Shape::negation, from(begin), {inner});
  }

  static bool is_comparison(Token token) { return token >= Token::eq && token <= Token::ge; }

  Id predicate() {
    const std::size_t begin = now().place.begin;
    const Id left = sum();
    const Token token = now().token;
    if (is_comparison(token)) {
      ++at_;
      const Id right = sum();
      const auto shape = static_cast<Shape>(static_cast<int>(Shape::eq) + static_cast<int>(token) -
                                            static_cast<int>(Token::eq));
      return add(shape, from(begin), {left, right});
    }
    if (take(Token::is)) {
      const bool negated = take(Token::negation);
      need(Token::null, "null (is null, is not null)");
      return add(negated ? Shape::is_not_null : Shape::is_null, from(begin), {left});
    }
    if (token == Token::any || token == Token::all || token == Token::none) {
      ++at_;
      need(Token::of, "of");
      const Id right = sum();
      const Shape shape = token == Token::any   ? Shape::any_of
                          : token == Token::all ? Shape::all_of
                                                : Shape::none_of;
      return add(shape, from(begin), {left, right});
    }
    const bool negated = take(Token::negation);
    if (take(Token::in)) {
      const Id right = sum();
      return add(negated ? Shape::not_in : Shape::in, from(begin), {left, right});
    }
    if (take(Token::between)) {
      const Id low = sum();
      need(Token::conjunction, "and (between 1 and 5)");
      const Id high = sum();
      return add(negated ? Shape::not_between : Shape::between, from(begin), {left, low, high});
    }
    if (negated) fail(now().place, "expected in or between after not");
    if (token == Token::assign) fail(now().place, "write == for 'equal'");
    return left;
  }

  Id sum() {
    const std::size_t begin = now().place.begin;
    Id left = product();
    while (now().token == Token::plus || now().token == Token::minus) {
      const Shape shape = now().token == Token::plus ? Shape::plus : Shape::minus;
      ++at_;
      const Id right = product();
      left = add(shape, from(begin), {left, right});
    }
    return left;
  }

  Id product() {
    const std::size_t begin = now().place.begin;
    Id left = sign();
    for (;;) {
      const Token token = now().token;
      const Shape shape = token == Token::star    ? Shape::times
                          : token == Token::slash ? Shape::divide
                                                  : Shape::modulo;
      if (token != Token::star && token != Token::slash && token != Token::percent) return left;
      ++at_;
      const Id right = sign();
      left = add(shape, from(begin), {left, right});
    }
  }

  Id sign() {
    const std::size_t begin = now().place.begin;
    if (!take(Token::minus)) return primary();
    const Deeper deeper(*this);
    const Id inner = sign();
    return add(Shape::negate, from(begin), {inner});
  }

  Id primary() {
    const Lexeme& token = now();
    const Span place = token.place;
    ++at_;
    switch (token.token) {
      case Token::number:
        return number(Shape::number, place, token.number);
      case Token::duration:
        return number(Shape::duration, place, token.number);
      case Token::yes:
      case Token::no:
        return number(Shape::boolean, place, token.token == Token::yes ? 1.0 : 0.0);
      case Token::null:
        return add(Shape::null, place);
      case Token::text:
      case Token::parameter: {
        const Id id = add(token.token == Token::text ? Shape::text : Shape::parameter, place);
        tree_.nodes[id].text = token.text;
        return id;
      }
      case Token::name:
        return name(token);
      case Token::choice:
        return call(Shape::choice, {"if"}, place.begin);
      case Token::left: {
        const Id inner = either();
        need(Token::right, "a closing )");
        return inner;
      }
      case Token::open:
        return list(place.begin);
      default:
        --at_;
        fail(place, token.token == Token::end ? "the expression ends too early"
                                              : "expected a value, a name or ( here");
    }
  }

  Id number(Shape shape, Span place, double value) {
    const Id id = add(shape, place);
    tree_.nodes[id].number = value;
    return id;
  }

  Id name(const Lexeme& first) {
    const std::size_t begin = first.place.begin;
    std::vector<std::string> path{first.text};
    if (first.text == "now" && text_[begin] != '`') return add(Shape::now, first.place);
    while (take(Token::dot)) {
      const Token token = now().token;
      // Words are names behind a dot: history.any.
      if (token < Token::conjunction && token != Token::name)
        fail(now().place, "a name follows the dot");
      path.push_back(now().text);
      ++at_;
    }
    if (now().token == Token::left) return call(Shape::call, std::move(path), begin);
    const Id id = add(Shape::name, from(begin));
    tree_.nodes[id].path = std::move(path);
    return id;
  }

  Id call(Shape shape, std::vector<std::string> path, std::size_t begin) {
    need(Token::left, "(");
    std::vector<Id> arguments;
    std::vector<std::string> labels;
    while (now().token != Token::right) {
      if (!arguments.empty()) need(Token::comma, ", or )");
      std::string label;
      if (now().token == Token::name && tokens_[at_ + 1].token == Token::assign) {
        label = now().text;
        at_ += 2;
      }
      arguments.push_back(either());
      labels.push_back(std::move(label));
    }
    ++at_;
    const Id id = add(shape, from(begin), std::move(arguments));
    tree_.nodes[id].path = std::move(path);
    tree_.nodes[id].labels = std::move(labels);
    return id;
  }

  Id list(std::size_t begin) {
    const Deeper deeper(*this);
    std::vector<Id> values;
    while (now().token != Token::close) {
      if (!values.empty()) need(Token::comma, ", or ]");
      values.push_back(sum());
      ++listed_;
    }
    ++at_;
    return add(Shape::list, from(begin), std::move(values));
  }

  std::string_view text_;
  std::vector<Lexeme> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t listed_ = 0;  // values of lists, which the text's length bounds
  Tree tree_;
};

}  // namespace

Tree parse(std::string_view text) { return Parser(text).run(); }

}  // namespace aisle::expression
