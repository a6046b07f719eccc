#pragma once

/// Small letters of Unicode.
///
/// Data path   compiler, evaluation -> [letters] -> texts
/// Threads     pure functions
/// Ownership   none
/// Cost        about a ns a byte of ASCII; other letters a search in a table of 181 ranges

#include <string>
#include <string_view>

namespace aisle::expression {

/// The text with each letter replaced by its small one, into `out`, whose memory is used again.
/// Simple mappings of Unicode 14, a letter for a letter: no locale, no special casing (İ becomes i,
/// a Σ that ends a word σ). Bytes that are no UTF-8 stay as they are.
void lower(std::string_view text, std::string& out);

}  // namespace aisle::expression
