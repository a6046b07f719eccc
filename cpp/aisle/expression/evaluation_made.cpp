// Texts in registers: chosen among several, or written in small letters.

#include <algorithm>

#include "aisle/expression/evaluation.h"
#include "aisle/expression/letters.h"

namespace aisle::expression {

void Evaluation::run_texts(const Instruction& it, std::span<const ItemId> items) {
  Text* const out = text(it.out);
  const std::size_t n = items.size();
  switch (it.op) {
    case Op::load_text:
      return load_text(program_->sources_[it.table], items, out);
    case Op::lower_text: {
      const Text* const a = text(it.a);
      Buffer& buffer = *buffers_[it.table];
      for (std::size_t i = 0; i < n; ++i) {
        const Text& given = a[i];
        out[i] = given;
        if (!given) continue;
        lower(*given, buffer[i]);
        out[i] = buffer[i];
      }
      return;
    }
    case Op::select_text: {
      const std::uint8_t* const is_true = flag(it.a);
      const Text* const b = text(it.b);
      const Text* const c = text(it.c);
      for (std::size_t i = 0; i < n; ++i) out[i] = is_true[i] == 1 ? b[i] : c[i];
      return;
    }
    default: {  // coalesce_text
      const Text* const a = text(it.a);
      const Text* const b = text(it.b);
      for (std::size_t i = 0; i < n; ++i) out[i] = a[i] ? a[i] : b[i];
    }
  }
}

void Evaluation::load_text(const TextSource& source, std::span<const ItemId> items, Text* out) {
  using From = TextSource::From;
  if (source.from == From::column || source.from == From::id) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::uint32_t code = code_of(source, items[i]);
      out[i] = code == catalog::kNullCode ? Text() : Text(word(source, code));
    }
    return;
  }
  found_.clear();
  bool is_null = false;
  resolve(source, false, found_, is_null);
  std::fill_n(out, items.size(), found_.empty() ? Text() : Text(found_.front()));
}

}  // namespace aisle::expression
