#pragma once

/// The exceptions of the core: broken promises only; expected outcomes are return values.
///
/// Data path   everywhere
/// Threads     values
/// Ownership   each owns its message
/// Cost        thrown off the hot path

#include <stdexcept>

namespace aisle {

/// Everything the core throws.
class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// An option outside its domain. In Python also a ValueError.
class ConfigError : public Error {
  using Error::Error;
};
/// Input data that cannot be read: names file, row, field and value. Also a ValueError.
class DataError : public Error {
  using Error::Error;
};
/// A bundle that is damaged, too new or no bundle at all. Also an OSError.
class BundleError : public Error {
  using Error::Error;
};
/// A state file that can't be opened, read or written. Also an OSError.
class StateError : public Error {
  using Error::Error;
};
/// A name that is not there. Also a KeyError.
class UnknownNameError : public Error {
  using Error::Error;
};

}  // namespace aisle
