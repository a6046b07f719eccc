#include "aisle/expression/compiler.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <utility>

namespace aisle::expression {

std::string_view name_of(Type type) noexcept {
  constexpr std::array<std::string_view, 7> kNames = {
      "a condition", "a number", "a text", "a time", "a duration", "a set of texts", "unknown"};
  return kNames[static_cast<std::size_t>(type)];
}

void Compiler::fail(const Node& node, const std::string& problem) const {
  throw ExpressionError(text_, node.place, problem);
}

std::shared_ptr<Program> Compiler::run(std::span<const Id> roots, Type wanted) {
  static std::atomic<std::uint64_t> made{0};
  program_ = std::make_shared<Program>();
  program_->number_ = ++made;
  program_->catalog_ = &catalog_.whole();
  program_->type_ = wanted;
  constexpr std::uint8_t kPlain = 2;  // a list whose values need no instructions
  std::vector<std::uint8_t> is_needed(tree_.nodes.size(), 0);
  for (const Id root : roots) is_needed[root] = 1;
  for (Id id = static_cast<Id>(tree_.nodes.size()); id-- > 0;) {
    if (is_needed[id] == 0) continue;
    if (is_needed[id] == kPlain) continue;
    const Node& node = at(id);
    for (const Id child : node.children) is_needed[child] = 1;
    const bool is_in = node.shape == Shape::in || node.shape == Shape::not_in;
    if (is_in && is_plain(at(node.children[1]))) is_needed[node.children[1]] = kPlain;
  }
  const std::vector<Id> conjuncts = conjuncts_of(roots, wanted);
  for (Id id = 0; id < tree_.nodes.size(); ++id) {  // children stand before their parents
    if (is_needed[id] == 0) continue;
    compile_node(id);
    const auto& steps = program_->steps_;
    if (steps.size() < conjuncts.size() && id == conjuncts[steps.size()]) add_step(id);
  }
  Value result = as(values_[roots.front()], wanted, at(roots.front()));
  values_[roots.front()].needs = result.needs;
  for (const Id root : roots.subspan(1)) {
    const Value next = as(values_[root], wanted, at(root));
    values_[root].needs = next.needs;
    Needs needs = result.needs;
    needs.add(next.needs);
    result = emit(Op::conjunction, Type::boolean, needs, {result.reg, next.reg});
  }
  program_->needs_ = result.needs;
  program_->result_ = result.reg;
  return std::move(program_);
}

/// What the outermost and joins; nothing where there is none.
std::vector<std::uint32_t> Compiler::conjuncts_of(std::span<const Id> roots, Type wanted) const {
  const Node& top = at(roots.front());
  if (wanted != Type::boolean) return {};
  if (roots.size() > 1) return {roots.begin(), roots.end()};
  return top.shape == Shape::conjunction ? top.children : std::vector<Id>();
}

/// Everything up to here belongs to this conjunct or those before it.
void Compiler::add_step(Id conjunct) {
  const Value value = as(values_[conjunct], Type::boolean, at(conjunct));
  program_->steps_.push_back({static_cast<std::uint32_t>(program_->each_.size()), value.reg});
}

void Compiler::compile_node(Id id) {
  const Node& node = at(id);
  Value& value = values_[id];
  switch (node.shape) {
    case Shape::conjunction:
    case Shape::disjunction:
    case Shape::negation:
      value = logic(node);
      break;
    case Shape::eq:
    case Shape::ne:
    case Shape::lt:
    case Shape::le:
    case Shape::gt:
    case Shape::ge:
      value = compare(node);
      break;
    case Shape::in:
    case Shape::not_in:
      value = membership(node);
      break;
    case Shape::between:
    case Shape::not_between:
      value = between(node);
      break;
    case Shape::is_null:
    case Shape::is_not_null:
      value = is_null(node);
      break;
    case Shape::any_of:
    case Shape::all_of:
      value = set_test(node, node.shape == Shape::all_of);
      break;
    case Shape::none_of:
      value = negated(set_test(node, false));
      break;
    case Shape::plus:
    case Shape::minus:
    case Shape::times:
    case Shape::divide:
    case Shape::modulo:
    case Shape::negate:
      value = arithmetic(node);
      break;
    case Shape::choice:
      value = choice(node, 1);
      break;
    case Shape::call:
      value = call(node);
      break;
    default:
      value = leaf(node);
  }
}

Value Compiler::emit(Op op, Type type, const Needs& needs,
                     std::initializer_list<std::uint16_t> inputs, const catalog::Column* column,
                     double number, std::uint32_t table) {
  Instruction made;
  made.op = op;
  made.column = column;
  made.number = number;
  made.table = table;
  const std::array<std::uint16_t*, 4> places = {&made.a, &made.b, &made.c, &made.d};
  std::size_t place = 0;
  for (const std::uint16_t input : inputs) *places[place++] = input;
  auto& count = gives_text(op)   ? program_->made_texts_
                : gives_flag(op) ? program_->flags_
                                 : program_->numbers_;
  if (count == std::numeric_limits<std::uint16_t>::max())
    throw ExpressionError(text_, {0, 1}, "the expression has too many parts");
  made.out = count++;
  if (needs.item) {
    program_->each_.push_back(made);
  } else {
    program_->once_.push_back(made);
    auto& kept = gives_text(op)   ? program_->kept_texts_
                 : gives_flag(op) ? program_->kept_flags_
                                  : program_->kept_numbers_;
    kept.push_back(made.out);
  }
  Value value;
  value.kind = Value::Kind::reg;
  value.type = type;
  value.needs = needs;
  value.reg = made.out;
  return value;
}

void Compiler::read(const catalog::Column* column) {
  auto& columns = program_->columns_;
  if (column != nullptr && std::ranges::find(columns, column) == columns.end())
    columns.push_back(column);
}

std::uint32_t Compiler::name_number(const std::string& name) {
  auto& names = program_->names_;
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  names.push_back(name);
  return static_cast<std::uint32_t>(names.size() - 1);
}

Value Compiler::leaf(const Node& node) {
  Value value;
  switch (node.shape) {
    case Shape::number:
    case Shape::duration: {
      const Type type = node.shape == Shape::number ? Type::number : Type::duration;
      value = emit(Op::constant, type, {}, {}, nullptr, node.number);
      value.is_literal = true;
      return value;
    }
    case Shape::boolean:
      return emit_flag(node.number != 0.0);
    case Shape::now: {
      Needs needs;
      needs.now = true;
      return emit(Op::now, Type::time, needs, {});
    }
    case Shape::text:
      value.kind = Value::Kind::text;
      value.type = Type::text;
      value.text.text = node.text;
      value.is_literal = true;
      return value;
    case Shape::list:
      value.kind = Value::Kind::list;
      for (const Id child : node.children) value.needs.add(values_[child].needs);
      return value;
    case Shape::null:
    case Shape::parameter:
      value.kind = Value::Kind::open;
      value.text.from =
          node.shape == Shape::null ? TextSource::From::nothing : TextSource::From::parameter;
      value.text.text = node.text;
      if (node.shape == Shape::parameter) value.needs.parameters = true;
      return value;
    default:
      return name(node);
  }
}

Value Compiler::emit_flag(bool flag) {
  return emit(Op::constant_flag, Type::boolean, {}, {}, nullptr, flag ? 1.0 : 0.0);
}

Value Compiler::emit_test(TextTest::How how, const Value& left, std::vector<Value> right) {
  TextTest test;
  test.how = how;
  test.left = left.text;
  Needs needs = left.needs;
  if (left.text.from == TextSource::From::column) read(left.text.column);
  for (Value& one : right) {
    needs.add(one.needs);
    if (one.text.from == TextSource::From::column) read(one.text.column);
    test.right.push_back(std::move(one.text));
  }
  program_->texts_.push_back(std::move(test));
  const auto table = static_cast<std::uint32_t>(program_->texts_.size() - 1);
  if (how == TextTest::How::size)
    return emit(Op::text_size, Type::number, needs, {}, left.text.column, 0.0, table);
  return emit(Op::text_test, Type::boolean, needs, {}, nullptr, 0.0, table);
}

void Compiler::need_arguments(const Node& node, std::size_t least, std::size_t most) const {
  const std::size_t count = node.children.size();
  for (const std::string& label : node.labels) {
    if (!label.empty()) fail(node, "no argument is called '" + label + "' here");
  }
  if (count >= least && count <= most) return;
  const std::string many =
      least == most ? std::to_string(least) : std::to_string(least) + " or more";
  fail(node,
       node.path.back() + "() takes " + many + " arguments, here are " + std::to_string(count));
}

std::shared_ptr<const Program> compile(std::string_view text, const catalog::View& catalog,
                                       Type wanted) {
  const Tree tree = parse(text);
  Compiler compiler(text, tree, catalog);
  const std::array<std::uint32_t, 1> root = {tree.root};
  const auto whole = compiler.run(root, wanted);
  const Node& top = tree.nodes[tree.root];
  if (wanted != Type::boolean || top.shape != Shape::conjunction) return whole;
  std::vector<std::uint32_t> fixed;
  std::vector<std::uint32_t> rest;
  for (const std::uint32_t part : top.children)
    (compiler.needs(part).is_static() ? fixed : rest).push_back(part);
  if (!fixed.empty() && !rest.empty()) {
    whole->split(Compiler(text, tree, catalog).run(fixed, wanted),
                 Compiler(text, tree, catalog).run(rest, wanted));
  }
  return whole;
}

std::shared_ptr<const Program> Program::static_part() const {
  if (is_split_) return static_;
  return needs_.is_static() ? shared_from_this() : nullptr;
}

std::shared_ptr<const Program> Program::dynamic_part() const {
  if (is_split_) return dynamic_;
  return needs_.is_static() ? nullptr : shared_from_this();
}

void Program::split(std::shared_ptr<const Program> fixed, std::shared_ptr<const Program> rest) {
  is_split_ = true;
  static_ = std::move(fixed);
  dynamic_ = std::move(rest);
}

}  // namespace aisle::expression
