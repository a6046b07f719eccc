#pragma once

/// Dictionaries and the catalogue as arrays of a bundle, and back.
///
/// Data path   catalog <-> bundle
/// Threads     writing may run beside readers and one writer of the catalogue
/// Ownership   what is read from a bundle keeps it open: its text is used where it lies
/// Cost        reading 100k items takes a few ms: one hash an id, one copy a column

#include <memory>
#include <string>

#include "aisle/catalog/bundle.h"
#include "aisle/catalog/catalog.h"
#include "aisle/catalog/dictionary.h"

namespace aisle::catalog {

/// Adds "<name>.text" and "<name>.offsets" (and "<name>.integers", whether ids are integers) of the
/// first `count` ids.
void write_dictionary(BundleBuilder& builder, const std::string& name, const Dictionary& dictionary,
                      std::size_t count);

/// @throws BundleError naming the tensor that is missing or does not hold.
[[nodiscard]] std::shared_ptr<Dictionary> read_dictionary(
    const std::shared_ptr<const Bundle>& bundle, const std::string& name,
    Dictionary::Lookup lookup = Dictionary::Lookup::now);

/// Adds the items and all columns; every tensor's name begins with "catalog.".
void write_catalog(BundleBuilder& builder, const Catalog& catalog);

/// @throws BundleError naming the tensor that is missing or does not hold.
[[nodiscard]] std::shared_ptr<Catalog> read_catalog(const std::shared_ptr<const Bundle>& bundle);

}  // namespace aisle::catalog
