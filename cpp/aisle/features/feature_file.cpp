#include "aisle/features/feature_file.h"

#include <algorithm>
#include <string>

#include "aisle/base/error.h"
#include "aisle/catalog/tensors.h"

namespace aisle::features {
namespace {

using catalog::Bundle;
using catalog::BundleBuilder;
using catalog::Dictionary;

constexpr std::size_t kNumbers = 9;  // of a feature, in the order of numbers_of()
constexpr std::size_t kOptions = 9;  // of a definition
constexpr std::int64_t kNoColumn = -1;

[[noreturn]] void refuse(const Bundle& bundle, const std::string& array, const std::string& what) {
  throw BundleError(bundle.origin() + ": features." + array + " " + what);
}

template <class T>
std::span<const T> sized(const Bundle& bundle, const std::string& array, std::size_t size) {
  const auto values = bundle.array<T>("features." + array);
  if (values.size() != size)
    refuse(bundle, array,
           "must hold " + std::to_string(size) + " values, has " + std::to_string(values.size()));
  return values;
}

template <class T>
T narrowed(const Bundle& bundle, const std::string& array, std::int64_t value) {
  const T narrow = static_cast<T>(value);
  if (static_cast<std::int64_t>(narrow) != value)
    refuse(bundle, array, "holds " + std::to_string(value) + ", which is out of range");
  return narrow;
}

void write_definition(BundleBuilder& builder, const Definition& definition,
                      const std::vector<std::string>& columns) {
  Dictionary names;
  Dictionary column_names;
  for (const std::string& column : columns) column_names.insert(column);
  std::vector<std::int64_t> numbers;
  std::vector<double> priors;
  for (const Feature& one : definition.features) {
    names.insert(one.name);
    const auto column = column_names.find(one.column);
    for (const std::int64_t number :
         {static_cast<std::int64_t>(one.kind), static_cast<std::int64_t>(one.of),
          column ? std::int64_t{*column} : kNoColumn, std::int64_t{one.types},
          std::int64_t{one.per}, one.window, one.half_life, std::int64_t{one.utc_offset},
          std::int64_t{0}})
      numbers.push_back(number);
    priors.push_back(one.prior_mean);
    priors.push_back(one.prior_weight);
  }
  std::vector<std::uint32_t> profile;
  profile.reserve(definition.profile.columns.size());
  for (const std::string& column : definition.profile.columns)
    profile.push_back(column_names.insert(column));
  catalog::write_dictionary(builder, "features.names", names, names.size());
  catalog::write_dictionary(builder, "features.columns", column_names, column_names.size());
  builder.add("features.numbers", std::move(numbers), {names.size(), kNumbers});
  builder.add("features.priors", std::move(priors), {names.size(), 2});
  builder.add("features.profile", std::move(profile));
  builder.add("features.options",
              std::vector<std::int64_t>{definition.session_gap, definition.time_to_live,
                                        static_cast<std::int64_t>(definition.memory_limit),
                                        static_cast<std::int64_t>(definition.max_values),
                                        static_cast<std::int64_t>(definition.max_items),
                                        definition.profile.types, definition.profile.half_life,
                                        definition.profile.intent_half_life, 0});
  builder.add("features.intent_events", std::vector<double>{definition.profile.intent_events});
}

Definition read_definition(const std::shared_ptr<const Bundle>& bundle) {
  const auto names = catalog::read_dictionary(bundle, "features.names");
  const auto columns = catalog::read_dictionary(bundle, "features.columns");
  const auto numbers = sized<std::int64_t>(*bundle, "numbers", names->size() * kNumbers);
  const auto priors = sized<double>(*bundle, "priors", names->size() * 2);
  const auto options = sized<std::int64_t>(*bundle, "options", kOptions);
  Definition definition;
  for (std::uint32_t f = 0; f < names->size(); ++f) {
    const auto of = numbers.subspan(f * kNumbers, kNumbers);
    const bool has_column = of[2] >= 0 && of[2] < static_cast<std::int64_t>(columns->size());
    if (!has_column && of[2] != kNoColumn)
      refuse(*bundle, "numbers", "names a column that is none");
    definition.features.push_back(
        {.name = std::string(names->name(f)),
         .kind = Kind{narrowed<std::uint8_t>(*bundle, "numbers", of[0])},
         .of = Of{narrowed<std::uint8_t>(*bundle, "numbers", of[1])},
         .column = has_column ? std::string(columns->name(static_cast<std::uint32_t>(of[2])))
                              : std::string(),
         .types = narrowed<TypeMask>(*bundle, "numbers", of[3]),
         .per = narrowed<TypeMask>(*bundle, "numbers", of[4]),
         .window = of[5],
         .half_life = of[6],
         .prior_mean = priors[std::size_t{f} * 2],
         .prior_weight = priors[std::size_t{f} * 2 + 1],
         .utc_offset = narrowed<std::int32_t>(*bundle, "numbers", of[7])});
  }
  for (const std::uint32_t column : bundle->array<std::uint32_t>("features.profile")) {
    if (column >= columns->size()) refuse(*bundle, "profile", "names a column that is none");
    definition.profile.columns.emplace_back(columns->name(column));
  }
  definition.session_gap = options[0];
  definition.time_to_live = options[1];
  definition.memory_limit = static_cast<std::size_t>(options[2]);
  definition.max_values = static_cast<std::size_t>(options[3]);
  definition.max_items = static_cast<std::size_t>(options[4]);
  definition.profile.types = narrowed<TypeMask>(*bundle, "options", options[5]);
  definition.profile.half_life = options[6];
  definition.profile.intent_half_life = options[7];
  definition.profile.intent_events = sized<double>(*bundle, "intent_events", 1)[0];
  return definition;
}

/// The rows of some texts one behind the other; zeros where nothing was counted.
template <class KeyOf>
std::vector<Word> rows_of(const RowTable& table, const Dictionary& texts, const KeyOf& key_of) {
  std::vector<Word> rows(texts.size() * table.words(), 0);
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    table.read(key_of(texts.name(i)), [&](const Word* row) {
      std::copy_n(row, table.words(), rows.data() + i * table.words());
    });
  }
  return rows;
}

template <class KeyOf>
void take_rows(const Bundle& bundle, const std::string& array, const Layout& layout,
               const Dictionary& texts, const KeyOf& key_of, RowTable& table) {
  const std::size_t words = layout.words();
  const auto rows = sized<Word>(bundle, array, texts.size() * words);
  for (std::uint32_t i = 0; i < texts.size() && words != 0; ++i) {
    const Word* const row = rows.data() + i * words;
    if (std::all_of(row, row + words, [](Word word) { return word == 0; })) continue;
    if (!layout.holds(row)) refuse(bundle, array, "is damaged in row " + std::to_string(i));
    table.change(key_of(texts.name(i)), [&](Word* to) { std::copy_n(row, words, to); });
  }
}

/// The texts of a column's values; null where a bundle keeps no counts of them.
const Dictionary* texts_of(const catalog::Catalog& catalog, const NamedColumn& column) {
  const catalog::Column* const found = column.in(catalog);
  return found == nullptr || !found->has_codes() ? nullptr : found->values().get();
}

}  // namespace

void write_features(BundleBuilder& builder, const FeatureStore& store,
                    const catalog::Catalog& catalog) {
  const Plan& plan = store.plan();
  write_definition(builder, plan.definition, plan.definition.columns());
  builder.add("features.until", std::vector<std::int64_t>{store.counted_until()});
  builder.add("features.items", rows_of(store.items(), *catalog.items(), &FeatureStore::item_key),
              {catalog.size(), plan.item.words()});
  for (std::size_t c = 0; c < plan.columns.size(); ++c) {
    const Dictionary* const texts = texts_of(catalog, plan.columns[c]);
    if (texts == nullptr) continue;
    builder.add("features.values." + plan.columns[c].name,
                rows_of(store.values(c), *texts, &FeatureStore::value_key),
                {texts->size(), plan.value[c].words()});
  }
}

std::shared_ptr<FeatureStore> read_features(const std::shared_ptr<const Bundle>& bundle,
                                            const catalog::Catalog& catalog) {
  if (bundle->find("features.numbers") == nullptr) return nullptr;
  auto store = [&] {
    try {
      return std::make_shared<FeatureStore>(read_definition(bundle));
    } catch (const ConfigError& error) {
      throw BundleError(bundle->origin() + ": features: " + error.what());
    }
  }();
  const Plan& plan = store->plan();
  store->set_counted_until(sized<std::int64_t>(*bundle, "until", 1)[0]);
  take_rows(*bundle, "items", plan.item, *catalog.items(), &FeatureStore::item_key, store->items());
  for (std::size_t c = 0; c < plan.columns.size(); ++c) {
    const Dictionary* const texts = texts_of(catalog, plan.columns[c]);
    const std::string array = "values." + plan.columns[c].name;
    if (texts == nullptr || bundle->find("features." + array) == nullptr) continue;
    take_rows(*bundle, array, plan.value[c], *texts, &FeatureStore::value_key, store->values(c));
  }
  return store;
}

}  // namespace aisle::features
