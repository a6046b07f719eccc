#pragma once

/// A definition and the counts of items and values as arrays of a bundle, and back. Visitors stay out.
///
/// Data path   fit -> [feature file] -> engine
/// Threads     writing needs a store that nobody writes to
/// Ownership   what is read is copied out of the bundle
/// Cost        one look-up for each item and value

#include <memory>

#include "aisle/catalog/bundle.h"
#include "aisle/catalog/catalog.h"
#include "aisle/features/store.h"

namespace aisle::features {

/// Adds arrays whose names begin with "features.": rows of counts by the catalogue's own numbers.
void write_features(catalog::BundleBuilder& builder, const FeatureStore& store,
                    const catalog::Catalog& catalog);

/// Null where the bundle has no features.
/// @throws BundleError naming the array that does not hold.
[[nodiscard]] std::shared_ptr<FeatureStore> read_features(
    const std::shared_ptr<const catalog::Bundle>& bundle, const catalog::Catalog& catalog);

}  // namespace aisle::features
