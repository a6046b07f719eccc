// Writes the seeds of fuzz_bundle: make_bundle_seeds FOLDER

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "aisle/catalog/bundle.h"
#include "aisle/catalog/tensors.h"
#include "aisle/engine/fit.h"

namespace {

using aisle::ItemId;
using aisle::catalog::AttributeKind;
using aisle::catalog::Bundle;
using aisle::catalog::BundleBuilder;
using aisle::catalog::Catalog;
using aisle::catalog::Dictionary;

std::shared_ptr<const Bundle> arrays() {
  BundleBuilder builder;
  builder.set_manifest(R"({"name":"a \"shop\"","list":[1,2.5,null,true]})");
  builder.add("codes", std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6}, {2, 3});
  builder.add("scores", std::vector<double>{0.5, -1.0});
  builder.add("bytes", std::vector<std::uint8_t>{1, 2, 3});
  builder.add("none", std::vector<float>{});
  return builder.build();
}

std::shared_ptr<const Bundle> shop() {
  auto items = std::make_shared<Dictionary>();
  for (const char* id : {"42", "sku",
                         "gr\xc3\xb6\xc3\x9f"
                         "e"})
    items->insert(id);
  Catalog catalog(items);
  auto& brand = catalog.add_column("brand", AttributeKind::category);
  brand.set_code(ItemId{1}, brand.encode("b"));
  auto& title = catalog.add_column("title", AttributeKind::text);
  title.set_code(ItemId{0}, title.encode("A title"));
  catalog.add_column("price", AttributeKind::number).set_number(ItemId{2}, 9.5);
  catalog.add_column("stock", AttributeKind::flag).set_flag(ItemId{0}, 1);
  catalog.add_column("available_from", AttributeKind::time).set_time(ItemId{0}, 1);
  auto& tags = catalog.add_column("tags", AttributeKind::labels);
  const std::vector<std::uint32_t> both{tags.encode("red"), tags.encode("new")};
  tags.set_code(ItemId{0}, tags.sets()->insert(both));
  tags.set_code(ItemId{1}, tags.sets()->insert({}));
  BundleBuilder builder;
  aisle::catalog::write_catalog(builder, catalog);
  return builder.build();
}

/// What fit makes of a few sessions: a model that opens.
std::shared_ptr<const Bundle> model() {
  std::vector<std::uint32_t> session;
  std::vector<ItemId> item;
  std::vector<aisle::Timestamp> time;
  for (std::uint32_t s = 0; s < 4; ++s) {
    for (std::uint32_t step = 0; step < 3; ++step) {
      session.push_back(s);
      item.push_back(ItemId{(s + step) % 3});
      time.push_back(1'699'000'000 * aisle::kSecond + s * aisle::kMinute + step * aisle::kSecond);
    }
  }
  const std::vector<aisle::EventType> type(item.size(), aisle::EventType::view);
  const std::vector<std::uint32_t> rank{0, 1, 2, 3};
  const auto catalog = aisle::catalog::read_catalog(shop());
  BundleBuilder builder;
  aisle::catalog::write_catalog(builder, *catalog);
  aisle::engine::fit({.session = session,
                      .item = item,
                      .time = time,
                      .type = type,
                      .session_rank = rank,
                      .item_count = catalog->size()},
                     {}, builder, [](std::string_view, double) { return true; });
  return builder.build();
}

/// A seed is a byte that says whether to check the sum (odd: yes), then the file.
void write(const Bundle& bundle, const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path = folder / name;
  save(bundle, path.string());
  std::ifstream saved(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(saved), {}};
  for (const char how : {'\0', '\1'}) {
    std::ofstream seed(folder / (name + (how == 0 ? "-trusted" : "-checked")), std::ios::binary);
    seed.put(how).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::filesystem::remove(path);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  std::filesystem::create_directories(folder);
  write(*BundleBuilder().build(), folder, "empty");
  write(*arrays(), folder, "arrays");
  write(*shop(), folder, "shop");
  write(*model(), folder, "model");
  return 0;
}
