#include "aisle/catalog/tensors.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

constexpr const char* kItems = "catalog.items";
constexpr const char* kColumns = "catalog.columns";
constexpr const char* kKinds = "catalog.kinds";

std::string cells_of(std::string_view column) { return "catalog.cells." + std::string(column); }
std::string values_of(std::string_view column) { return "catalog.values." + std::string(column); }
std::string sets_of(std::string_view column) { return "catalog.sets." + std::string(column); }

[[noreturn]] void refuse(const Bundle& bundle, const std::string& tensor, const std::string& what) {
  throw BundleError(bundle.origin() + ": tensor \"" + printable(tensor) + "\": " + what);
}

template <class T>
void write_cells(BundleBuilder& builder, const Column& column, std::size_t count) {
  std::vector<T> cells(count);
  column.copy_to(std::span<T>(cells));
  builder.add(cells_of(column.name()), std::move(cells));
}

/// The cells, and the sets they have, numbered anew by the first item of each.
void write_sets(BundleBuilder& builder, const Column& column, std::size_t count) {
  std::vector<std::uint32_t> cells(count);
  column.copy_to(std::span(cells));
  std::vector<std::uint32_t> renumbered(column.sets()->size(), kNullCode);
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> labels;
  for (std::uint32_t& cell : cells) {
    if (cell == kNullCode) continue;
    std::uint32_t& number = renumbered[cell];
    if (number == kNullCode) {
      number = static_cast<std::uint32_t>(offsets.size() - 1);
      const auto set = column.sets()->labels(cell);
      labels.insert(labels.end(), set.begin(), set.end());
      offsets.push_back(labels.size());
    }
    cell = number;
  }
  builder.add(cells_of(column.name()), std::move(cells));
  builder.add(sets_of(column.name()) + ".labels", std::move(labels));
  builder.add(sets_of(column.name()) + ".offsets", std::move(offsets));
}

void write_column(BundleBuilder& builder, const Column& column, std::size_t count) {
  switch (column.kind()) {
    case AttributeKind::category:
    case AttributeKind::text:
      write_cells<std::uint32_t>(builder, column, count);
      break;
    case AttributeKind::labels:
      write_sets(builder, column, count);
      break;
    case AttributeKind::number:
      return write_cells<double>(builder, column, count);
    case AttributeKind::flag:
      return write_cells<std::uint8_t>(builder, column, count);
    case AttributeKind::time:
      return write_cells<Timestamp>(builder, column, count);
  }
  // After the cells: a code that is seen has its value by now.
  write_dictionary(builder, values_of(column.name()), *column.values(), column.values()->size());
}

template <class T, class Good>
void read_cells(const Bundle& bundle, Column& column, std::size_t count, Good good) {
  const std::string tensor = cells_of(column.name());
  const std::span<const T> cells = bundle.array<T>(tensor);
  if (cells.size() != count) {
    refuse(
        bundle, tensor,
        "has " + std::to_string(cells.size()) + " cells for " + std::to_string(count) + " items");
  }
  const auto bad = std::ranges::find_if_not(cells, good);
  if (bad != cells.end()) {
    refuse(bundle, tensor,
           "item number " + std::to_string(bad - cells.begin()) + " has " + std::to_string(*bad) +
               ", which means nothing");
  }
  column.load(cells);
}

std::shared_ptr<LabelSets> read_sets(const std::shared_ptr<const Bundle>& bundle,
                                     const std::string& name, std::size_t labels) {
  try {
    return LabelSets::from_blob(bundle->array<std::uint32_t>(name + ".labels"),
                                bundle->array<std::uint64_t>(name + ".offsets"), labels, bundle);
  } catch (const DataError& error) {
    refuse(*bundle, name + ".offsets", error.what());
  }
}

void read_coded(const std::shared_ptr<const Bundle>& bundle, Catalog& catalog,
                std::string_view name, AttributeKind kind) {
  // Titles are many and hardly ever looked up.
  const auto lookup =
      kind == AttributeKind::text ? Dictionary::Lookup::later : Dictionary::Lookup::now;
  const auto values = read_dictionary(bundle, values_of(name), lookup);
  const auto sets =
      kind == AttributeKind::labels ? read_sets(bundle, sets_of(name), values->size()) : nullptr;
  Column& column = catalog.add_column(name, kind, values, sets);
  const std::size_t known = sets ? sets->size() : values->size();
  read_cells<std::uint32_t>(*bundle, column, catalog.size(), [known](std::uint32_t code) {
    return code < known || code == kNullCode;
  });
}

void read_column(const std::shared_ptr<const Bundle>& bundle, Catalog& catalog,
                 std::string_view name, AttributeKind kind) {
  const std::size_t count = catalog.size();
  switch (kind) {
    case AttributeKind::category:
    case AttributeKind::text:
    case AttributeKind::labels:
      return read_coded(bundle, catalog, name, kind);
    case AttributeKind::number:
      return read_cells<double>(*bundle, catalog.add_column(name, kind), count,
                                [](double) { return true; });
    case AttributeKind::flag:
      return read_cells<std::uint8_t>(*bundle, catalog.add_column(name, kind), count,
                                      [](std::uint8_t flag) { return flag <= kNullFlag; });
    case AttributeKind::time:
      return read_cells<Timestamp>(*bundle, catalog.add_column(name, kind), count,
                                   [](Timestamp) { return true; });
  }
}

}  // namespace

void write_dictionary(BundleBuilder& builder, const std::string& name, const Dictionary& dictionary,
                      std::size_t count) {
  std::vector<std::uint64_t> offsets{0};
  offsets.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    offsets.push_back(offsets.back() + dictionary.name(static_cast<std::uint32_t>(i)).size());
  }
  std::vector<std::uint8_t> text(offsets.back());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view id = dictionary.name(static_cast<std::uint32_t>(i));
    std::memcpy(text.data() + offsets[i], id.data(), id.size());
  }
  builder.add(name + ".text", std::move(text));
  builder.add(name + ".offsets", std::move(offsets));
  builder.add(
      name + ".integers",
      std::vector<std::uint8_t>{dictionary.integer_ids() ? std::uint8_t{1} : std::uint8_t{0}});
}

std::shared_ptr<Dictionary> read_dictionary(const std::shared_ptr<const Bundle>& bundle,
                                            const std::string& name, Dictionary::Lookup lookup) {
  const auto text = bundle->array<std::uint8_t>(name + ".text");
  const auto integers = bundle->array<std::uint8_t>(name + ".integers");
  if (integers.size() != 1 || integers[0] > 1) {
    refuse(*bundle, name + ".integers", "must be one 0 or 1");
  }
  const std::span<const char> chars(reinterpret_cast<const char*>(text.data()), text.size());
  try {
    auto dictionary = Dictionary::from_blob(chars, bundle->array<std::uint64_t>(name + ".offsets"),
                                            bundle, lookup);
    dictionary->set_integer_ids(integers[0] == 1);
    return dictionary;
  } catch (const DataError& error) {
    refuse(*bundle, name + ".offsets", error.what());
  }
}

void write_catalog(BundleBuilder& builder, const Catalog& catalog) {
  const std::size_t columns = catalog.column_count();
  const std::size_t count = catalog.size();
  write_dictionary(builder, kItems, *catalog.items(), count);
  Dictionary names;
  std::vector<std::uint8_t> kinds;
  for (std::size_t i = 0; i < columns; ++i) {
    const Column& column = catalog.column_at(i);
    names.insert(column.name());
    kinds.push_back(static_cast<std::uint8_t>(column.kind()));
    write_column(builder, column, count);
  }
  write_dictionary(builder, kColumns, names, names.size());
  builder.add(kKinds, std::move(kinds));
}

std::shared_ptr<Catalog> read_catalog(const std::shared_ptr<const Bundle>& bundle) {
  auto catalog = std::make_shared<Catalog>(read_dictionary(bundle, kItems));
  const auto names = read_dictionary(bundle, kColumns);
  const auto kinds = bundle->array<std::uint8_t>(kKinds);
  if (kinds.size() != names->size()) {
    refuse(*bundle, kKinds,
           "has " + std::to_string(kinds.size()) + " kinds for " + std::to_string(names->size()) +
               " columns");
  }
  for (std::uint32_t i = 0; i < kinds.size(); ++i) {
    const std::string_view name = names->name(i);
    if (kinds[i] >= kAttributeKinds) {
      refuse(*bundle, kKinds,
             "column \"" + printable(name) + "\" has the unknown kind " + std::to_string(kinds[i]));
    }
    try {
      read_column(bundle, *catalog, name, static_cast<AttributeKind>(kinds[i]));
    } catch (const ConfigError& error) {
      refuse(*bundle, kColumns, error.what());
    }
  }
  return catalog;
}

}  // namespace aisle::catalog
