// The reader of bundles: whatever the bytes, a bundle or a BundleError; and what opens as a model
// serves: no slate with an item twice or a score that is no number. The first byte says how deep
// to go, since hardly any mutation keeps a checksum.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "aisle/base/error.h"
#include "aisle/catalog/bundle.h"
#include "aisle/catalog/tensors.h"
#include "aisle/engine/engine.h"

namespace {

using aisle::ItemId;
using aisle::catalog::Bundle;

volatile std::uint64_t sink = 0;

void touch(const Bundle& bundle) {
  std::uint64_t sum = bundle.manifest().size() + bundle.nbytes();
  for (const auto& tensor : bundle.tensors()) {
    for (const std::byte byte : tensor.bytes) sum += static_cast<std::uint64_t>(byte);
    if (bundle.find(tensor.name) != &tensor) __builtin_trap();
  }
  sink = sum;
}

void use(aisle::catalog::Catalog& catalog) {
  std::uint64_t sum = catalog.memory_bytes();
  for (std::size_t c = 0; c < catalog.column_count(); ++c) {
    const auto& column = catalog.column_at(c);
    for (std::uint32_t i = 0; i < catalog.size(); ++i) {
      sum += column.text(ItemId{i}).size() + static_cast<std::uint64_t>(column.time(ItemId{i}));
      sum += static_cast<std::uint64_t>(column.is_null(ItemId{i}));
      if (column.sets() == nullptr) continue;
      for (const std::uint32_t label : column.sets()->labels(column.code(ItemId{i}))) {
        sum += column.values()->name(label).size();
      }
    }
  }
  sum += catalog.available_items(0).count();
  const std::uint32_t made = catalog.items()->insert("an id that the fuzzer will not find");
  if (catalog.items()->find(catalog.items()->name(made)) != made) __builtin_trap();
  sink = sum;
}

void serve(const std::shared_ptr<const Bundle>& bundle) {
  namespace engine = aisle::engine;
  engine::Engine shop(bundle, aisle::live::Strategy{},
                      {.sessions = {.shards = 1}, .learn = {.live_sessions = {.sessions = 16}}});
  const aisle::Timestamp now = 1'700'000'000 * aisle::kSecond;
  const auto ids = shop.model()->catalog().items();
  for (std::uint32_t i = 0; i < std::min<std::size_t>(ids->size(), 5); ++i) {
    shop.observe({.visitor = "v",
                  .item = ids->name(i),
                  .type = static_cast<aisle::EventType>(i % 4),
                  .time = now + i},
                 now + i);
  }
  aisle::slate::Slate slate;
  shop.recommend({.visitor = "v", .k = 20, .now = now + 5}, slate);
  for (std::size_t i = 0; i < slate.items.size(); ++i) {
    if (std::isnan(slate.items[i].score)) __builtin_trap();
    if (std::ranges::count(slate.names, slate.names[i]) != 1) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto file = std::as_bytes(std::span(data, size)).subspan(1);
  const auto check = data[0] % 2 == 0 ? Bundle::Check::trust : Bundle::Check::all;
  try {
    const auto bundle = Bundle::parse(file, "fuzzed.aisle", check);
    touch(*bundle);
    use(*aisle::catalog::read_catalog(bundle));
    try {
      serve(bundle);
    } catch (const aisle::BundleError&) {  // an array that the model wants is not as it should be
    }
  } catch (const aisle::BundleError& error) {
    if (!std::string_view(error.what()).starts_with("fuzzed.aisle: ")) __builtin_trap();
  }
  return 0;
}
