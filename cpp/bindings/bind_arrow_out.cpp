// Columns that go out: NumPy buffers behind an Arrow C stream of one batch, nothing copied.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aisle/catalog/arrow_abi.h"
#include "aisle/catalog/dictionary.h"
#include "bindings.h"

namespace aisle::bindings {
namespace {

constexpr std::int64_t kNullable = 2;  // ARROW_FLAG_NULLABLE

struct Node {
  std::string name;
  std::string format;
  std::int64_t length = 0;
  std::int64_t nulls = 0;
  std::vector<const void*> buffers;
  std::vector<Node> children;
  std::unique_ptr<Node> dictionary;
};

/// The whole table. The arrays behind the buffers are Python's, so its end needs the GIL.
struct Table {
  Node root;
  std::vector<py::object> arrays;

  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() {
    if (Py_IsInitialized() == 0) {
      for (py::object& array : arrays) array.release();  // too late to give them back
      return;
    }
    const py::gil_scoped_acquire hold;
    arrays.clear();
  }
};

/// What one exported struct owns: its part in the table and the structs below it.
template <typename Arrow>
struct Holder {
  std::shared_ptr<const Table> table;
  std::vector<std::unique_ptr<Arrow>> below;
  std::vector<Arrow*> children;
  std::vector<const void*> buffers;

  static void release(Arrow* arrow) {
    auto* holder = static_cast<Holder*>(arrow->private_data);
    for (const auto& child : holder->below) {  // one that was moved away is released already
      if (child->release != nullptr) child->release(child.get());
    }
    arrow->release = nullptr;
    delete holder;
  }

  /// Exports `node` into `out`, children and dictionary first.
  template <typename Fill>
  static void fill(std::shared_ptr<const Table> table, const Node& node, Arrow& out,
                   const Fill& set) {
    auto holder = std::make_unique<Holder>();
    holder->table = table;
    out = Arrow{};
    const auto add = [&](const Node& part) {
      holder->below.push_back(std::make_unique<Arrow>());
      fill(table, part, *holder->below.back(), set);
      return holder->below.back().get();
    };
    for (const Node& child : node.children) holder->children.push_back(add(child));
    if (node.dictionary) out.dictionary = add(*node.dictionary);
    holder->buffers = node.buffers;
    out.n_children = static_cast<std::int64_t>(holder->children.size());
    out.children = holder->children.data();
    set(node, *holder, out);
    out.release = &release;
    out.private_data = holder.release();
  }
};

void give_schema(const std::shared_ptr<const Table>& table, ArrowSchema& out) {
  Holder<ArrowSchema>::fill(table, table->root, out,
                            [](const Node& node, auto&, ArrowSchema& schema) {
                              schema.format = node.format.c_str();
                              schema.name = node.name.c_str();
                              schema.flags = kNullable;
                            });
}

void give_array(const std::shared_ptr<const Table>& table, ArrowArray& out) {
  Holder<ArrowArray>::fill(table, table->root, out,
                           [](const Node& node, auto& holder, ArrowArray& array) {
                             array.length = node.length;
                             array.null_count = node.nulls;
                             array.n_buffers = static_cast<std::int64_t>(holder.buffers.size());
                             array.buffers = holder.buffers.data();
                           });
}

struct Stream {
  std::shared_ptr<const Table> table;
  bool given = false;
};

ArrowArrayStream* make_stream(std::shared_ptr<const Table> table) {
  auto state = std::make_unique<Stream>(Stream{std::move(table)});
  auto stream = std::make_unique<ArrowArrayStream>();
  stream->get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    give_schema(static_cast<Stream*>(self->private_data)->table, *out);
    return 0;
  };
  stream->get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    auto& stream_state = *static_cast<Stream*>(self->private_data);
    *out = ArrowArray{};
    if (!std::exchange(stream_state.given, true)) give_array(stream_state.table, *out);
    return 0;
  };
  stream->get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  stream->release = [](ArrowArrayStream* self) {
    delete static_cast<Stream*>(self->private_data);
    self->release = nullptr;
  };
  stream->private_data = state.release();
  return stream.release();
}

/// One column as Python lays it out: (name, format, length, nulls, [buffer or None], further), where
/// further is the column of the dictionary, or that of the items of lists.
Node node_of(const py::tuple& column, std::vector<py::object>& arrays) {
  Node node;
  node.name = column[0].cast<std::string>();
  node.format = column[1].cast<std::string>();
  node.length = column[2].cast<std::int64_t>();
  node.nulls = column[3].cast<std::int64_t>();
  for (const py::handle buffer : column[4]) {
    if (buffer.is_none()) {
      node.buffers.push_back(nullptr);
      continue;
    }
    const auto array = py::array::ensure(buffer, py::array::c_style);
    if (!array) throw py::error_already_set();
    node.buffers.push_back(array.data());
    arrays.push_back(array);
  }
  if (!column[5].is_none()) {
    Node further = node_of(column[5].cast<py::tuple>(), arrays);
    if (node.format.starts_with('+')) {
      node.children.push_back(std::move(further));
    } else {
      node.dictionary = std::make_unique<Node>(std::move(further));
    }
  }
  return node;
}

py::capsule arrow_stream(std::int64_t rows, const py::list& columns) {
  auto table = std::make_shared<Table>();
  table->root.format = "+s";
  table->root.length = rows;
  table->root.buffers = {nullptr};
  for (const py::handle column : columns) {
    table->root.children.push_back(node_of(column.cast<py::tuple>(), table->arrays));
  }
  const auto end = [](PyObject* capsule) {
    auto* stream =
        static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
    if (stream->release != nullptr) stream->release(stream);
    delete stream;
  };
  return py::capsule(make_stream(std::move(table)), "arrow_array_stream", end);
}

/// All ids as Arrow's large text: (offsets of int64, bytes).
py::tuple utf8(const catalog::Dictionary& dictionary) {
  const auto count = static_cast<std::uint32_t>(dictionary.size());
  py::array_t<std::int64_t> offsets(static_cast<py::ssize_t>(count) + 1);
  std::int64_t* const offset = offsets.mutable_data();
  std::string text;
  for (std::uint32_t i = 0; i < count; ++i) {
    offset[i] = static_cast<std::int64_t>(text.size());
    text += dictionary.name(i);
  }
  offset[count] = static_cast<std::int64_t>(text.size());
  py::array_t<char> bytes(static_cast<py::ssize_t>(text.size()), text.data());
  return py::make_tuple(offsets, bytes.attr("view")("uint8"));
}

}  // namespace

void bind_arrow_out(py::module_& m) {
  m.def("arrow_stream", &arrow_stream, "rows"_a, "columns"_a);
  m.def("utf8", &utf8, "dictionary"_a);
}

}  // namespace aisle::bindings
