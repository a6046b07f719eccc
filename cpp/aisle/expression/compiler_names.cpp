// Names: columns of the item and of the anchor, the request's context, session and history.

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "aisle/expression/compiler.h"

namespace aisle::expression {
namespace {

std::vector<std::string> columns_of(const catalog::Catalog& catalog) {
  std::vector<std::string> names{"id"};
  for (std::size_t i = 0; i < catalog.column_count(); ++i)
    names.push_back(catalog.column_at(i).name());
  return names;
}

}  // namespace

Value Compiler::name(const Node& node) {
  const std::string& first = node.path.front();
  if (node.path.size() == 1) return column(node, first, false);
  if (node.path.size() == 2) {
    const std::string& second = node.path.back();
    if (first == "anchor") return column(node, second, true);
    if (first == "session" || first == "history") return visitor_name(node);
    if (first == "context") {
      Value value;
      value.kind = Value::Kind::open;
      value.needs.context = true;
      value.text.from = TextSource::From::context;
      value.text.text = second;
      return value;
    }
  }
  const std::vector<std::string> known = {"anchor", "context", "session", "history"};
  fail(node, "unknown name '" + first + "." + node.path[1] + "'" + did_you_mean(first, known) +
                 " Names with a dot begin with " + joined(known));
}

Value Compiler::column(const Node& node, const std::string& name, bool of_anchor) {
  const catalog::Column* const found = catalog_.find_column(name);
  Value value;
  value.needs.item = !of_anchor;
  value.needs.anchor = of_anchor;
  if (found == nullptr && name == "id") {
    value.kind = Value::Kind::text;
    value.type = Type::text;
    value.text.from = of_anchor ? TextSource::From::anchor_id : TextSource::From::id;
    return value;
  }
  if (found == nullptr) {
    const std::vector<std::string> known = columns_of(catalog_.whole());
    fail(node, "unknown attribute '" + name + "'" + did_you_mean(name, known) +
                   " There are: " + joined(known));
  }
  if (!of_anchor) read(found);
  using catalog::AttributeKind;
  switch (found->kind()) {
    case AttributeKind::number:
      return emit(of_anchor ? Op::anchor_number : Op::load_number, Type::number, value.needs, {},
                  found);
    case AttributeKind::time:
      return emit(of_anchor ? Op::anchor_time : Op::load_time, Type::time, value.needs, {}, found);
    case AttributeKind::flag:
      return emit(of_anchor ? Op::anchor_flag : Op::load_flag, Type::boolean, value.needs, {},
                  found);
    case AttributeKind::category:
    case AttributeKind::text:
    case AttributeKind::labels:
      break;
  }
  value.kind = Value::Kind::text;
  value.type = found->kind() == AttributeKind::labels ? Type::texts : Type::text;
  value.text.from = of_anchor ? TextSource::From::anchor : TextSource::From::column;
  value.text.column = found;
  return value;
}

}  // namespace aisle::expression
