#include "aisle/catalog/bundle_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

using nlohmann::json;

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::string_view kChecksumKey = "\"checksum\":\"";
constexpr std::size_t kMaxManifestDepth = 64;
constexpr std::array kDTypes{DType::i8,  DType::u8,  DType::u16, DType::i32, DType::u32,
                             DType::i64, DType::u64, DType::f32, DType::f64};

std::string supported_dtypes() {
  std::string all;
  for (const DType dtype : kDTypes) all += (all.empty() ? "" : ", ") + std::string(name_of(dtype));
  return all;
}

/// Takes the header event by event and stops at the first that does not belong there, so neither
/// depth nor size of a hostile header costs more than reading up to the fault.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  explicit HeaderReader(BundleHeader& header) : header_(header) {}

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] const std::optional<std::string>& format() const noexcept { return format_; }
  [[nodiscard]] const std::optional<std::string>& version() const noexcept { return version_; }
  [[nodiscard]] bool has_metadata() const noexcept { return has_metadata_; }
  [[nodiscard]] bool has_manifest() const noexcept { return has_manifest_; }

  bool null() override { return misplaced("null"); }
  bool boolean(bool) override { return misplaced("a boolean"); }
  bool number_integer(json::number_integer_t) override { return misplaced("a negative number"); }
  bool number_float(json::number_float_t, const std::string&) override {
    return misplaced("a number that is no whole number");
  }
  bool binary(json::binary_t&) override { return misplaced("binary data"); }

  bool number_unsigned(json::number_unsigned_t value) override {
    if (depth_ != kList) return misplaced("a number");
    if (field_ == "shape") {
      if (entry_.shape.size() == BundleHeader::kMaxDimensions)
        return fail("has too many dimensions");
      entry_.shape.push_back(value);
      return true;
    }
    if (offsets_ == 2) return fail("has more than two data_offsets");
    (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
    return true;
  }

  bool string(std::string& value) override {
    if (depth_ != kFields) return misplaced("a string");
    if (in_metadata_) return take_metadata(value);
    if (field_ != "dtype") return misplaced("a string");
    const auto* const found = std::ranges::find(kDTypes, value, name_of);
    if (found == kDTypes.end()) {
      return fail("has dtype \"" + printable(value) + "\"; supported are " + supported_dtypes());
    }
    entry_.dtype = *found;
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ >= kFields) return misplaced("an object");
    ++depth_;
    if (depth_ != kFields) return true;
    in_metadata_ = name_ == kMetadata;
    seen_.clear();
    entry_ = {name_, DType::u8, {}, 0, 0};
    offsets_ = 0;
    if (!in_metadata_) return true;
    if (has_metadata_) return fail("is there twice");
    has_metadata_ = true;
    return true;
  }

  bool key(std::string& value) override {
    if (depth_ == kNames) {
      name_ = value;
      field_.clear();
      return true;
    }
    field_ = value;
    if (!in_metadata_ && value != "dtype" && value != "shape" && value != "data_offsets") {
      return fail("has an unknown field \"" + printable(value) + "\"");
    }
    if (std::ranges::find(seen_, value) != seen_.end()) {
      return fail("has the field \"" + printable(value) + "\" twice");
    }
    seen_.push_back(value);
    return true;
  }

  bool end_object() override {
    if (depth_-- != kFields || in_metadata_) return true;
    if (seen_.size() != 3) return fail("lacks dtype, shape or data_offsets");
    if (offsets_ != 2) return fail("has fewer than two data_offsets");
    header_.tensors.push_back(std::move(entry_));
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != kFields || in_metadata_ || field_ == "dtype") return misplaced("a list");
    depth_ = kList;
    return true;
  }
  bool end_array() override {
    depth_ = kFields;
    return true;
  }

  bool parse_error(std::size_t at, const std::string& last, const json::exception&) override {
    problem_ = "the header is not JSON, at byte " + std::to_string(at);
    if (!last.empty()) problem_ += " behind " + printable(last, 40);
    return false;
  }

 private:
  static constexpr int kNames = 1;
  static constexpr int kFields = 2;
  static constexpr int kList = 3;

  bool fail(const std::string& what) {
    problem_ = "tensor \"" + printable(name_) + "\" " + what;
    return false;
  }
  bool misplaced(const std::string& what) {
    problem_ = "the header has " + what + " at \"" + printable(name_);
    if (!field_.empty()) problem_.append(".").append(printable(field_));
    problem_ += "\", where none belongs";
    return false;
  }
  bool take_metadata(std::string& value) {
    if (field_ == "format") format_ = value;
    if (field_ == "version") version_ = value;
    if (field_ == "checksum") header_.checksum = value;
    if (field_ == "manifest") {
      header_.manifest = std::move(value);
      has_manifest_ = true;
    }
    return true;
  }

  BundleHeader& header_;
  std::string problem_;
  std::optional<std::string> format_;
  std::optional<std::string> version_;
  int depth_ = 0;
  bool in_metadata_ = false;
  bool has_metadata_ = false;
  bool has_manifest_ = false;
  std::string name_;
  std::string field_;
  std::vector<std::string> seen_;
  TensorEntry entry_;
  int offsets_ = 0;
};

void check_version(const HeaderReader& reader, const std::string& origin) {
  if (reader.format() != "aisle") {
    throw BundleError(origin + ": a safetensors file, but no bundle of aisle: its metadata has " +
                      (reader.format() ? "the format \"" + printable(*reader.format()) + "\""
                                       : std::string("no format")));
  }
  const std::string found = reader.version().value_or("");
  std::uint32_t version = 0;
  const char* const end = found.data() + found.size();
  const auto parsed = std::from_chars(found.data(), end, version);
  if (parsed.ec != std::errc{} || parsed.ptr != end || version == 0) {
    throw BundleError(origin + ": the bundle's version is \"" + printable(found) +
                      "\", which is no version number");
  }
  if (version > Bundle::kVersion) {
    throw BundleError(origin + ": the bundle has format version " + std::to_string(version) +
                      ", this aisle reads up to " + std::to_string(Bundle::kVersion) +
                      "; update aisle, or save the bundle with the older one");
  }
}

}  // namespace

BundleHeader read_header(std::string_view text, const std::string& origin) {
  BundleHeader header;
  HeaderReader reader(header);
  if (!json::sax_parse(text.begin(), text.end(), &reader)) {
    throw BundleError(origin + ": " + reader.problem());
  }
  if (!reader.has_metadata()) {
    throw BundleError(origin + ": no bundle of aisle: the header has no \"__metadata__\"");
  }
  check_version(reader, origin);
  if (!reader.has_manifest()) throw BundleError(origin + ": the metadata has no \"manifest\"");
  check_manifest(header.manifest, origin);
  return header;
}

std::string write_header(const BundleHeader& header) {
  nlohmann::ordered_json root;
  root[kMetadata] = {{"format", "aisle"},
                     {"version", std::to_string(Bundle::kVersion)},
                     {"checksum", header.checksum},
                     {"manifest", header.manifest}};
  for (const TensorEntry& entry : header.tensors) {
    root[entry.name] = {{"dtype", name_of(entry.dtype)},
                        {"shape", entry.shape},
                        {"data_offsets", {entry.begin, entry.end}}};
  }
  std::string text = root.dump();
  text.append((64 - (8 + text.size()) % 64) % 64, ' ');
  if (text.size() > BundleHeader::kMaxBytes) {
    throw BundleError("a bundle's header (names, shapes and manifest) would take " +
                      std::to_string(text.size()) + " bytes, more than " +
                      std::to_string(BundleHeader::kMaxBytes) + "; put large data into arrays");
  }
  return text;
}

std::size_t find_checksum(std::string_view text) noexcept {
  const std::size_t key = text.find(kChecksumKey);
  if (key == std::string_view::npos) return key;
  if (text.find(kChecksumKey, key + 1) != std::string_view::npos) return std::string_view::npos;
  const std::size_t at = key + kChecksumKey.size();
  const std::string_view digits = text.substr(at, BundleHeader::kChecksumDigits + 1);
  const bool whole = digits.size() == BundleHeader::kChecksumDigits + 1 && digits.back() == '"' &&
                     digits.find_first_not_of("0123456789abcdef") == digits.size() - 1;
  return whole ? at : std::string_view::npos;
}

void check_manifest(std::string_view text, const std::string& origin) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++depth > kMaxManifestDepth) {
        throw BundleError(origin + ": the manifest is nested deeper than " +
                          std::to_string(kMaxManifestDepth) + " levels");
      }
    } else if (!in_string && (c == ']' || c == '}') && depth != 0) {
      --depth;
    }
  }
  if (!json::accept(text.begin(), text.end())) {
    throw BundleError(origin + ": the manifest is not JSON: " + printable(text));
  }
}

}  // namespace aisle::catalog
