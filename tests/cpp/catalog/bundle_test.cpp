#include "aisle/catalog/bundle.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "aisle/base/error.h"
#include "aisle/catalog/text.h"

namespace aisle::catalog {
namespace {

namespace fs = std::filesystem;

class BundleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::temp_directory_path() / ("aisle-" + std::to_string(::getpid()) + "-" + test->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name = "shop.aisle") const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

 private:
  fs::path folder_;
};

std::shared_ptr<const Bundle> small_bundle() {
  BundleBuilder builder;
  builder.set_manifest(R"({"name":"Größe \"42\"","list":[1,2.5,null]})");
  builder.add("scores", std::vector<double>{1.5, -2.0, 3.25});
  builder.add("codes", std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6}, {2, 3});
  builder.add("empty", std::vector<float>{});
  builder.add("blob", std::vector<std::uint8_t>{7, 8, 9});
  builder.add("times", std::vector<std::int64_t>{-1, 1});
  return builder.build();
}

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::shared_ptr<const Bundle> parse(std::string_view file,
                                    Bundle::Check check = Bundle::Check::all) {
  return Bundle::parse(std::as_bytes(std::span(file)), "test.aisle", check);
}

/// A file with that header and `data` bytes of zeros; the header is filled up to 64.
std::string file_of(std::string header, std::size_t data) {
  header.append((64 - (8 + header.size()) % 64) % 64, ' ');
  const std::uint64_t size = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &size, 8);
  return file + header + std::string(data, '\0');
}
std::string tensors(const std::string& rest, const std::string& version = "1") {
  return R"({"__metadata__":{"format":"aisle","version":")" + version +
         R"(","checksum":"0000000000000000","manifest":"{}"})" + (rest.empty() ? "" : "," + rest) +
         "}";
}

/// What parse() says of the file, without looking at the checksum.
std::string refusal(std::string_view file) {
  try {
    (void)parse(file, Bundle::Check::trust);
  } catch (const BundleError& error) {
    return error.what();
  }
  return "";
}
void expect_refused(const std::string& file, const std::string& because) {
  EXPECT_NE(refusal(file).find(because), std::string::npos) << refusal(file);
}

TEST_F(BundleTest, ComesBackAsItWasSaved) {
  save(*small_bundle(), path());
  const auto bundle = Bundle::open(path());
  EXPECT_EQ(bundle->manifest(), small_bundle()->manifest());
  EXPECT_EQ(bundle->path(), path());
  ASSERT_EQ(bundle->tensors().size(), 5U);
  EXPECT_EQ(bundle->tensors()[0].name, "blob");
  EXPECT_EQ(bundle->get("codes").shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(bundle->array<double>("scores")[2], 3.25);
  EXPECT_EQ(bundle->array<std::uint32_t>("codes")[5], 6U);
  EXPECT_EQ(bundle->array<std::int64_t>("times")[0], -1);
  EXPECT_TRUE(bundle->array<float>("empty").empty());
  EXPECT_EQ(bundle->nbytes(), 24U + 24 + 3 + 16);
  EXPECT_EQ(bundle->find("absent"), nullptr);
}

TEST_F(BundleTest, SavesTheSameBytesEveryTime) {
  save(*small_bundle(), path("a"));
  save(*Bundle::open(path("a")), path("b"));
  EXPECT_EQ(read_bytes(path("a")), read_bytes(path("b")));
}

TEST_F(BundleTest, LaysEveryTensorAt64Bytes) {
  save(*small_bundle(), path());
  const auto bundle = Bundle::open(path());
  for (const Tensor& tensor : bundle->tensors()) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % 64, 0U) << tensor.name;
  }
}

TEST_F(BundleTest, NamesTheTensorWithAnotherDtype) {
  try {
    (void)small_bundle()->array<float>("scores");
    FAIL() << "no exception";
  } catch (const BundleError& error) {
    EXPECT_NE(std::string(error.what()).find("\"scores\" is F64 [3], wanted is F32"),
              std::string::npos);
  }
  EXPECT_THROW((void)small_bundle()->array<float>("absent"), BundleError);
}

TEST_F(BundleTest, RefusesEveryFlippedBit) {
  save(*small_bundle(), path());
  std::string file = read_bytes(path());
  ASSERT_NO_THROW((void)parse(file));
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    const char before = file[bit / 8];
    file[bit / 8] = static_cast<char>(before ^ (1 << (bit % 8)));
    EXPECT_THROW((void)parse(file), BundleError) << "bit " << bit;
    file[bit / 8] = before;
  }
}

TEST_F(BundleTest, RefusesEveryCutAndEveryTail) {
  save(*small_bundle(), path());
  const std::string file = read_bytes(path());
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_THROW((void)parse(std::string_view(file).substr(0, size)), BundleError) << size;
  }
  EXPECT_THROW((void)parse(file + "x"), BundleError);
}

TEST_F(BundleTest, RefusesWhatIsNoFile) {
  EXPECT_THROW((void)Bundle::open(path("absent")), BundleError);
  EXPECT_THROW((void)Bundle::open(fs::path(path()).parent_path().string()), BundleError);
  EXPECT_THROW((void)Bundle::open(""), BundleError);
  write_bytes(path("empty"), "");
  EXPECT_THROW((void)Bundle::open(path("empty")), BundleError);
  try {
    (void)Bundle::open(path("absent"));
  } catch (const BundleError& error) {
    EXPECT_NE(std::string(error.what()).find("absent: there is no such file"), std::string::npos)
        << error.what();
  }
}

TEST(BundleHeader, SaysWhatIsWrong) {
  expect_refused("PK\3\4 a zip file, but no bundle", "does not begin as a safetensors file");
  expect_refused(file_of(tensors("").substr(0, 20), 0), "not JSON");
  expect_refused(file_of("{}", 0), "has no \"__metadata__\"");
  expect_refused(file_of(R"({"__metadata__":{"format":"pt"}})", 0), "has the format \"pt\"");
  expect_refused(file_of(tensors("", "2"), 0), "format version 2, this aisle reads up to 1");
  expect_refused(file_of(tensors("", "99999999999999999999"), 0), "no version number");
  expect_refused(file_of(tensors("", "one"), 0), "no version number");
  expect_refused(file_of(tensors("\"a\":\"\xff\xfe\""), 0), "not JSON, at byte 101 behind \"\\xff");
  expect_refused(file_of("{" + std::string(100'000, '['), 0), "not JSON");
  expect_refused(file_of("{\"a\":" + std::string(100'000, '['), 0), "a list at");
  expect_refused(file_of(R"({"__metadata__":{"format":"aisle","version":"1"}})", 0),
                 "no \"manifest\"");
}

TEST(BundleHeader, ChecksWhatItSaysOfTensors) {
  const auto one = [](const std::string& dtype, const std::string& shape,
                      const std::string& range) {
    return tensors(R"("a":{"dtype":")" + dtype + R"(","shape":[)" + shape +
                   R"(],"data_offsets":[)" + range + "]}");
  };
  EXPECT_EQ(refusal(file_of(one("U32", "2,2", "0,16"), 16)), "");
  EXPECT_EQ(refusal(file_of(one("F64", "", "0,8"), 8)), "");  // a scalar
  expect_refused(file_of(one("BF16", "8", "0,16"), 16), "dtype \"BF16\"; supported are I8, U8");
  expect_refused(file_of(one("U32", "5", "0,16"), 16), "which does not fit its bytes 0 to 16");
  expect_refused(file_of(one("U32", "4", "0,16"), 12), "the data has 12");
  expect_refused(file_of(one("U32", "4", "16,0"), 16), "it must begin at 0");
  expect_refused(file_of(one("U32", "4", "0,16"), 20), "the tensors end at byte 16 of 20");
  expect_refused(file_of(one("U32", "-4", "0,16"), 16), "a negative number");
  expect_refused(file_of(one("U32", "4.5", "0,16"), 16), "no whole number");
  expect_refused(file_of(one("U32", "1e400", "0,16"), 16), "not JSON");
  expect_refused(file_of(one("U32", "4", "0,16,17"), 16), "more than two data_offsets");
  expect_refused(file_of(one("U32", "4", "0"), 16), "fewer than two data_offsets");
  expect_refused(file_of(one("U32", "1,1,1,1,1,1,1,1,4", "0,16"), 16), "too many dimensions");
  expect_refused(file_of(one("F64", "4611686018427387904,4611686018427387904", "0,0"), 0), "fit");
  expect_refused(file_of(one("F64", "2305843009213693952", "0,0"), 0),
                 "does not fit");  // 2^64 bytes
  expect_refused(file_of(tensors(R"("a":{"dtype":"U8","shape":[1]})"), 1), "lacks");
  expect_refused(file_of(tensors(R"("a":{"dtype":"U8","dtype":"U8"})"), 1), "twice");
  expect_refused(file_of(tensors(R"("a":{"strides":[1]})"), 1), "unknown field \"strides\"");
}

TEST(BundleHeader, TensorsTileTheData) {
  const auto two = [](const std::string& a, const std::string& b, const std::string& name = "b") {
    return tensors(R"("a":{"dtype":"U8","shape":[8],"data_offsets":[)" + a + R"(]},")" + name +
                   R"(":{"dtype":"U64","shape":[1],"data_offsets":[)" + b + "]}");
  };
  EXPECT_EQ(refusal(file_of(two("0,8", "8,16"), 16)), "");
  EXPECT_EQ(refusal(file_of(two("8,16", "0,8"), 16)), "");
  expect_refused(file_of(two("0,8", "4,12"), 16), "must begin at 8");
  expect_refused(file_of(two("0,8", "9,17"), 17), "must begin at 8");
  expect_refused(file_of(two("0,8", "8,16", "a"), 16), "is there twice");
  const std::string odd = tensors(
      R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U64","shape":[1],"data_offsets":[1,9]})");
  expect_refused(file_of(odd, 9), "not aligned for U64");
}

TEST(BundleBuilder, RefusesWhatTheFormatCannotHold) {
  BundleBuilder builder;
  builder.add("a", std::vector<std::uint8_t>(6));
  EXPECT_THROW(builder.add("a", std::vector<std::uint8_t>(6)), BundleError);
  EXPECT_THROW(builder.add("b", std::vector<std::uint8_t>(6), {2, 2}), BundleError);
  EXPECT_THROW(builder.add("", std::vector<std::uint8_t>(6)), BundleError);
  EXPECT_THROW(builder.add("__pad1", std::vector<std::uint8_t>(6)), BundleError);
  EXPECT_THROW(builder.add("__metadata__", std::vector<std::uint8_t>(6)), BundleError);
  EXPECT_THROW(builder.add("\xff", std::vector<std::uint8_t>(6)), BundleError);
  EXPECT_THROW(builder.set_manifest("{"), BundleError);
  EXPECT_THROW(builder.set_manifest("\"\xff\""), BundleError);
  EXPECT_THROW(builder.set_manifest(std::string(100, '[') + std::string(100, ']')), BundleError);
  EXPECT_EQ(builder.build()->tensors().size(), 1U);
}

TEST_F(BundleTest, AManifestMayLookLikeTheHeader) {
  BundleBuilder builder;
  builder.set_manifest(R"({"checksum":"0123456789abcdef","__metadata__":{"format":"x"}})");
  builder.add("checksum", std::vector<std::uint8_t>{1});
  save(*builder.build(), path());
  EXPECT_EQ(Bundle::open(path())->manifest(),
            R"({"checksum":"0123456789abcdef","__metadata__":{"format":"x"}})");
}

TEST_F(BundleTest, LeavesTheOldFileWhenTheNewOneCannotBeWritten) {
  save(*small_bundle(), path());
  const std::string before = read_bytes(path());
  BundleBuilder builder;
  builder.add("large", std::vector<std::uint8_t>(1U << 20U));
  const auto large = builder.build();

  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{1U << 16U, old.rlim_max};  // write() fails as on a full disk
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  EXPECT_THROW(save(*large, path()), BundleError);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);

  EXPECT_EQ(read_bytes(path()), before);
  EXPECT_EQ(files(), 1U) << "nothing lies beside it";
  EXPECT_THROW(save(*large, path("no/such/folder")), BundleError);
  EXPECT_THROW(save(*large, ""), BundleError);
}

TEST_F(BundleTest, AnOpenBundleOutlivesTheFileThatReplacesIt) {
  save(*small_bundle(), path());
  const auto bundle = Bundle::open(path());
  BundleBuilder builder;
  builder.add("other", std::vector<std::uint8_t>{1});
  save(*builder.build(), path());
  EXPECT_EQ(bundle->array<double>("scores")[0], 1.5);
  EXPECT_NE(Bundle::open(path())->find("other"), nullptr);
  save(*bundle, path());  // over the file another bundle is mapped from
  EXPECT_EQ(Bundle::open(path())->array<double>("scores")[0], 1.5);
}

TEST(Printable, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(printable("Größe"), "Größe");
  EXPECT_EQ(printable("a\x1b[31m\n"), "a\\x1b[31m\\x0a");
  EXPECT_EQ(printable("\xff!"), "\\xff!");
  EXPECT_EQ(printable("0123456789", 4), "0123…");
}

}  // namespace
}  // namespace aisle::catalog
