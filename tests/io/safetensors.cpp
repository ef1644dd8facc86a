#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/io/safetensors.h>
#include <heed/text/strings/unicode.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "golden_folder.h"
#include "nn/temporary_folder.h"

using namespace heed;
using nlohmann::json;

namespace {

const std::filesystem::path vectors = std::filesystem::path(golden_folder()).parent_path() / "io/safetensors";

std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) characters += text::next_character(text, at);
  return characters;
}

/// Bytes of a file with this header and this number of zeros as data.
std::string file_with(const std::string& header, std::size_t data = 0) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + header + std::string(data, '\0');
}

/// Returns the error of loading such a file, after its name.
std::string complaint(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("bad.safetensors");
  write(path, bytes);
  try {
    io::load_tensors(path);
  } catch (const Error& error) {
    const std::string text = error.what(), begin = "load_tensors: " + path + " is no valid safetensors file: ";
    return text.starts_with(begin) ? text.substr(begin.size()) : text;
  }
  return "accepted";
}

std::string one_tensor(const std::string& fields) { return "{\"w\":{" + fields + "}}"; }

/// Scope that limits the size of files.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

TEST_CASE("test files of the reference implementation are read or refused alike", "[safetensors]") {
  const json index = json::parse(read(vectors / "index.json"));
  REQUIRE(index.size() == 20);
  for (const json& one : index) {
    const std::string path = vectors / one["file"].get<std::string>();
    INFO(path);
    if (!one["valid"].get<bool>()) {
      CHECK_THROWS_AS(io::load_tensors(path), Error);
      CHECK_THROWS_WITH(io::load_tensors(path), Catch::Matchers::Contains(path));
      continue;
    }
    const io::TensorFile file = io::load_tensors(path);
    CHECK(file.metadata == one.value("metadata", std::map<std::string, std::string>{}));
    REQUIRE(file.tensors.size() == one["tensors"].size());
    for (const auto& [name, tensor] : file.tensors) {
      const json& expected = one["tensors"][name];
      const std::vector<std::int64_t> shape(tensor.shape().begin(), tensor.shape().end());
      CHECK(shape == expected["shape"].get<std::vector<std::int64_t>>());
      if (expected["dtype"] == "F32") {
        CHECK(tensor.to_vector<float>() == expected["values"].get<std::vector<float>>());
      } else {
        REQUIRE(expected["dtype"] == "I32");
        CHECK(tensor.to_vector<std::int32_t>() ==
              std::vector<std::int32_t>(expected["hex"].get<std::string>().size() / 8, 0));
      }
    }
  }
}

TEST_CASE("headers are read or refused as by the reference implementation", "[safetensors]") {
  const json cases = json::parse(read(vectors / "headers.json"));
  REQUIRE(cases.size() > 300);
  for (const json& one : cases) {
    std::string header;  // Latin-1: each character is a byte
    for (const char32_t byte : characters_of(one["header"].get<std::string>())) header += static_cast<char>(byte);
    CAPTURE(one.dump());
    const bool is_valid = one["valid"].get<bool>() && !one.contains("heed");
    CHECK((complaint(file_with(header, one["data"].get<std::size_t>())) == "accepted") == is_valid);
  }
}

namespace {

/// Returns a file without its metadata, which the reference's files here do not have.
std::string without_metadata(const std::string& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  auto header = nlohmann::ordered_json::parse(bytes.substr(sizeof(length), length));
  header.erase("__metadata__");
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return file_with(text) + bytes.substr(sizeof(length) + length);
}

}  // namespace

TEST_CASE("files equal those of the reference implementation, except for metadata", "[safetensors]") {
  const TemporaryFolder folder;
  io::save_tensors({{"attn.0", tensor({0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f}, {1, 2, 3})}}, folder.file("a"));
  CHECK(without_metadata(read(folder.file("a"))) == read(vectors / "ok_f32_1x2x3.safetensors"));
  io::save_tensors({{"attn0", tensor({0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 5.0f}, {1, 1, 2, 3})}}, folder.file("b"));
  CHECK(without_metadata(read(folder.file("b"))) == read(vectors / "ok_f32_padded_header.safetensors"));
  io::save_tensors({}, folder.file("c"));
  CHECK(without_metadata(read(folder.file("c"))) == read(vectors / "ok_empty.safetensors"));
}

TEST_CASE("every dtype is saved and loaded", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("all.safetensors");
  const bool bits[] = {true, false, true};
  io::save_tensors({{"flags", tensor(std::span<const bool>(bits), {3})},
                    {"single", tensor({1.5f, -0.0f}, {2, 1})},
                    {"double", scalar(0.1)},
                    {"int", tensor({-1, 2})},
                    {"long", tensor({std::int64_t{1} << 40})},
                    {"none", zeros({0, 3})}},
                   path, {{"note", "gr\xc3\xbc\xc3\x9f"}});
  const io::TensorFile file = io::load_tensors(path);
  std::map<std::string, Tensor> by_name(file.tensors.begin(), file.tensors.end());
  REQUIRE(by_name.size() == 6);
  CHECK(by_name["flags"].to_vector<bool>() == std::vector<bool>{true, false, true});
  CHECK(by_name["single"].to_vector<float>() == std::vector<float>{1.5f, -0.0f});
  CHECK(by_name["single"].shape() == Shape{2, 1});
  CHECK(by_name["double"].item() == 0.1);
  CHECK(by_name["double"].rank() == 0);
  CHECK(by_name["int"].to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 2});
  CHECK(by_name["long"].item<std::int64_t>() == std::int64_t{1} << 40);
  CHECK(by_name["none"].shape() == Shape{0, 3});
  CHECK(file.metadata == std::map<std::string, std::string>{{"note", "gr\xc3\xbc\xc3\x9f"}});
}

TEST_CASE("strided tensors are written in row-major order", "[safetensors]") {
  const TemporaryFolder folder;
  const Tensor rows = tensor({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, {2, 3});
  const Tensor columns = view_of(rows, fill<std::byte>(rows), {3, 2}, {1, 3});
  io::save_tensors({{"columns", columns}}, folder.file("a"));
  const io::TensorFile file = io::load_tensors(folder.file("a"));
  CHECK(file.tensors[0].second.to_vector<float>() == std::vector<float>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("damaged safetensors files are refused with a clear error", "[safetensors]") {
  const std::string good = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";
  CHECK(complaint(file_with(one_tensor(good), 8)) == "accepted");

  CHECK(complaint("") == "it has 0 bytes, but the header's length alone takes 8");
  CHECK(complaint(std::string(8, '\xff')) ==
        "its header would take 18446744073709551615 bytes, but at most 100000000 are allowed");
  CHECK(complaint(file_with(one_tensor(good), 8).substr(0, 20)) ==
        "its header should take 54 bytes, but only 12 follow");
  CHECK(complaint(file_with(one_tensor(good), 7)) == "its tensors take 8 bytes, but 7 bytes of data follow the header");
  CHECK(complaint(file_with(one_tensor(good), 9)) == "its tensors take 8 bytes, but 9 bytes of data follow the header");
  CHECK(complaint(file_with("")) == "its header is not valid JSON at byte 1");
  CHECK(complaint(file_with("[]")) == "its header is not a JSON object");
  CHECK(complaint(file_with("{\"\xff\":1}")) == "its header is not valid JSON at byte 3");
  CHECK(complaint(file_with("{}{}")) == "its header is not valid JSON at byte 3");
  CHECK(complaint(file_with(std::string(100'000, '['))) == "its header is nested more than 127 levels deep");
  CHECK(complaint(file_with("{\"w\":{" + good + "},\"w\":{" + good + "}}", 8)) == "its header has the key \"w\" twice");
  CHECK(complaint(file_with(one_tensor(good + ",\"dtype\":\"F32\""), 8)) == "its header has the key \"dtype\" twice");
  CHECK(complaint(file_with("{\"w\":3}")) == "w is not an object");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[])"))) == "w has no data_offsets");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","data_offsets":[0,4])"), 4)) == "w has no shape");
  CHECK(complaint(file_with(one_tensor(R"("dtype":7,"shape":[],"data_offsets":[0,4])"), 4)) ==
        "the dtype of w is not a string");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"), 8)) ==
        "the shape of w is not an array");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), 8)) ==
        "the shape of w has -2, which is no size");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), 8)) ==
        "the shape of w has 2.0, which is no size");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"), 4)) ==
        "w has 9 axes, but heed's tensors have at most 8");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])"))) ==
        "the size of w overflows");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,0])"))) ==
        "the shape of w has 18446744073709551615, which is no size");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[1e999],"data_offsets":[0,0])"))) ==
        "its header has a number that is too large");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), 8)) ==
        "the data_offsets of w are not two numbers");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])"), 8)) ==
        "the data_offsets of w has -8, which is no size");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), 8)) ==
        "w is float32 [2], which takes 8 bytes, but its data_offsets are 8 and 0");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), 8)) ==
        "w is float32 [3], which takes 12 bytes, but its data_offsets are 0 and 8");
  CHECK(complaint(file_with(R"({"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},)"
                            R"("b":{"dtype":"I32","shape":[2],"data_offsets":[4,12]}})",
                            12)) == "b begins at byte 4 of the data, but the tensor before it ends at 8");
  CHECK(complaint(file_with(R"({"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},)"
                            R"("b":{"dtype":"I32","shape":[2],"data_offsets":[12,20]}})",
                            20)) == "b begins at byte 12 of the data, but the bytes from 8 belong to no tensor");
  CHECK(complaint(file_with(R"({"__metadata__":{"a":1}})")) == "the metadata \"a\" is not a string");
  CHECK(complaint(file_with(R"({"__metadata__":[]})")) == "__metadata__ is neither an object nor null");
  CHECK(complaint(file_with(one_tensor(R"("dtype":"BOOL","shape":[1],"data_offsets":[0,1])")) + "\x02") ==
        "w is BOOL, but element 0 is 2");
}

TEST_CASE("tensors may be in any order in the header", "[safetensors]") {
  CHECK(complaint(file_with(R"({"a":{"dtype":"I32","shape":[2],"data_offsets":[4,12]},)"
                            R"("b":{"dtype":"I32","shape":[],"data_offsets":[0,4]}})",
                            12)) == "accepted");
}

TEST_CASE("an unreadable file is an error that names it", "[safetensors]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(io::load_tensors(folder.file("none")),
                    "load_tensors: " + folder.file("none") + " cannot be read: No such file or directory");
  CHECK_THROWS_WITH(io::load_tensors(folder.path()), "load_tensors: " + folder.path() + " is a folder, not a file");
  write(folder.file("small"), file_with(one_tensor(R"("dtype":"F8_E4M3","shape":[],"data_offsets":[0,1])"), 1));
  CHECK_THROWS_WITH(io::load_tensors(folder.file("small")),
                    "load_tensors: in " + folder.file("small") +
                        " the dtype of w is F8_E4M3, but heed reads F32, F64, BF16, F16, I32, I64 and BOOL");
}

TEST_CASE("a file truncated anywhere is refused, a changed byte never crashes", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cut");
  io::save_tensors({{"a", ones({2, 3})}, {"b", arange(2)}}, path, {{"k", "v"}});
  const std::string whole = read(path);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(path, whole.substr(0, length));
    CHECK_THROWS_AS(io::load_tensors(path), Error);
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char byte : {'\0', '\xff', '"', '9', '}'}) {
      std::string changed = whole;
      changed[i] = byte;
      write(path, changed);
      try {
        io::load_tensors(path);
      } catch (const Error&) {
      }
    }
  }
}

TEST_CASE("a write that fails leaves the old file and nothing else", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model");
  io::save_tensors({{"a", ones({2})}}, path);
  const std::string before = read(path);
  {
    const FileSizeLimit limit(16 << 10);
    CHECK_THROWS_WITH(io::save_tensors({{"a", ones({100'000})}}, path),
                      "save_tensors: " + path + " was not written, because writing stopped: File too large");
  }
  CHECK(read(path) == before);
  CHECK(folder.files() == 1);

  CHECK_THROWS_WITH(io::save_tensors({}, folder.file("none/model")),
                    "save_tensors: " + folder.file("none/model") +
                        " was not written, because no file can be made in its folder: No such file or directory");
  CHECK_THROWS_WITH(io::save_tensors({}, "/dev/full"),
                    "save_tensors: /dev/full was not written, because something that is no regular file has that name");
}

TEST_CASE("saving over a link replaces the file it points to and keeps its permissions", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string file = folder.file("file"), link = folder.file("link");
  io::save_tensors({}, file);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write |
                                         std::filesystem::perms::group_read);
  std::filesystem::create_symlink("file", link);
  io::save_tensors({{"a", ones({1})}}, link);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(io::load_tensors(file).tensors.size() == 1);
  CHECK(static_cast<int>(std::filesystem::status(file).permissions()) == 0640);
}

TEST_CASE("names that cannot be saved are refused", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a"), begin = "save_tensors: " + path + " was not written, because ";
  CHECK_THROWS_WITH(io::save_tensors({{"a", ones({1})}, {"a", ones({1})}}, path),
                    begin + "it would have two entries named a");
  CHECK_THROWS_WITH(io::save_tensors({{"__metadata__", ones({1})}}, path),
                    begin + "it would have two entries named __metadata__");
  CHECK_THROWS_WITH(io::save_tensors({{"\xff", ones({1})}}, path), begin + "a name or the metadata is not valid UTF-8");
  CHECK(folder.files() == 0);
}
