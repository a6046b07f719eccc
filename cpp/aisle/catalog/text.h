#pragma once

/// Text that came from elsewhere: is it UTF-8, and how does it go into a message.
///
/// Data path   every border where text comes in
/// Threads     pure functions
/// Ownership   borrows for the call
/// Cost        one pass, eight bytes at a time where they are ASCII

#include <cstddef>
#include <string>
#include <string_view>

namespace aisle::catalog {

/// True when `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Text for a message: UTF-8, cut, and without bytes that a terminal would obey.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 80);

}  // namespace aisle::catalog
