#include <heed/graph/ambient.h>
#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/io/safetensors.h>
#include <heed/nn/fields/parameters.h>
#include <heed/nn/fields/save.h>
#include <heed/nn/layers/linear.h>
#include <heed/ops/index/assign.h>
#include <heed/optim/adamw.h>
#include <heed/train/checkpoint.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
void write(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::uint64_t header_length(const std::string& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  return length;
}

/// Returns the file with another header.
template <class Change>
std::string with_header(const std::string& bytes, const Change& change) {
  const std::uint64_t length = header_length(bytes);
  auto header = nlohmann::ordered_json::parse(bytes.substr(8, length));
  change(header);
  std::string text = header.dump();
  const std::uint64_t new_length = text.size();
  return std::string(reinterpret_cast<const char*>(&new_length), 8) + text + bytes.substr(8 + length);
}

/// Calls load for the file with each of its bits flipped. Returns the indices of bits for which load did not throw and
/// `unchanged` is false.
template <class Load, class Unchanged>
std::vector<std::size_t> unnoticed(const std::string& path, const Load& load, const Unchanged& unchanged) {
  const std::string bytes = read(path);
  std::vector<std::size_t> missed;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    write(path, flipped);
    try {
      if (!unchanged(load())) missed.push_back(bit);
    } catch (const Error&) {
    }
  }
  write(path, bytes);
  return missed;
}

}  // namespace

TEST_CASE("a checksum is the CRC-32 of a tensor's bytes", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  std::vector<float> values(2);
  std::memcpy(values.data(), "12345678", 8);
  io::save_tensors({{"w", tensor(values)}}, path);
  const std::string bytes = read(path);
  const auto header = nlohmann::json::parse(bytes.substr(8, header_length(bytes)));
  const auto sums = nlohmann::json::parse(header["__metadata__"]["heed.checksums"].get<std::string>());
  CHECK(sums["w"] == "9ae0daaf");  // zlib.crc32(b"12345678") in Python
}

TEST_CASE("every flipped bit of a saved file is detected", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  const bool flags[] = {true, false};
  io::save_tensors({{"w", tensor({1.0f, -2.5f, 0.0f}, {3, 1})},
                    {"n", tensor({std::int64_t{7}})},
                    {"none", zeros({0})},
                    {"flags", tensor(std::span<const bool>(flags), {2})}},
                   path, {{"epoch", "3"}});
  const io::TensorFile whole = io::load_tensors(path);
  CHECK(whole.metadata == std::map<std::string, std::string>{{"epoch", "3"}});
  const auto same = [&](const io::TensorFile& other) {
    if (other.metadata != whole.metadata || other.tensors.size() != whole.tensors.size()) return false;
    for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
      const auto& [name, a] = whole.tensors[i];
      const auto& [other_name, b] = other.tensors[i];
      if (name != other_name || a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
      if (std::memcmp(read<std::byte>(a), read<std::byte>(b),
                      static_cast<std::size_t>(a.elements() * bytes(a.dtype()))) != 0)
        return false;
    }
    return true;
  };
  CHECK(unnoticed(path, [&] { return io::load_tensors(path); }, same).empty());
}

TEST_CASE("every flipped bit of a checkpoint is detected, and a refused file changes nothing", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  seed(3);
  const nn::Linear model{.in = 2, .out = 1};
  optim::AdamW adam{nn::parameters(model)};
  train::save_checkpoint(path, model, adam, {.step = 12, .epoch = 1, .batch = 4, .notes = {{"best", "0.5"}}});
  const auto saved = model.weight.to_vector<float>();

  seed(4);
  const nn::Linear other{.in = 2, .out = 1};
  optim::AdamW other_adam{nn::parameters(other)};
  const auto before = other.weight.to_vector<float>();
  const std::string bytes = read(path);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    write(path, flipped);
    try {
      const train::TrainingPosition place = train::load_checkpoint(path, other, other_adam);
      // A blank after the header, which is ignored.
      REQUIRE(other.weight.to_vector<float>() == saved);
      REQUIRE((place.step == 12 && place.epoch == 1 && place.batch == 4 && place.notes.at("best") == "0.5"));
      NoGrad scope;
      assign(other.weight, tensor(before, {1, 2}));
    } catch (const Error&) {
      REQUIRE(other.weight.to_vector<float>() == before);
    }
  }
}

TEST_CASE("errors of checksums", "[safetensors]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  io::save_tensors({{"first", ones({2})}, {"second", zeros({2})}}, path, {{"k", "v"}});
  const std::string bytes = read(path), begin = "load_tensors: " + path + " is no valid safetensors file: ";
  const std::uint64_t data = 8 + header_length(bytes);

  std::string changed = bytes;
  changed[data + 9] ^= 4;
  write(path, changed);
  CHECK_THROWS_WITH(io::load_tensors(path),
                    Contains(begin + "the checksum of second is ") && Contains(", but it was written as \""));
  const auto with = [&](const auto& change) {
    write(path, with_header(bytes, change));
    return io::load_tensors(path);
  };
  CHECK_THROWS_WITH(with([](auto& header) { header["__metadata__"]["k"] = "w"; }),
                    Contains(begin + "the checksum of its header is "));
  CHECK_THROWS_WITH(with([](auto& header) { header["__metadata__"].erase("heed.checksums"); }),
                    begin + "it has the checksums \"heed.checksum_of_header\", but not \"heed.checksums\"");
  CHECK_THROWS_WITH(with([](auto& header) { header["__metadata__"].erase("heed.checksum_of_header"); }),
                    begin + "it has the checksums \"heed.checksums\", but not \"heed.checksum_of_header\"");
  CHECK_THROWS_AS(with([](auto& header) {
                    header["third"] = header["second"];
                    header.erase("second");
                  }),
                  Error);
  // The order and white space of the header may differ, and a file without checksums is read unchecked.
  const auto turned = with([](auto& header) {
    auto metadata = header["__metadata__"];
    header.erase("__metadata__");
    header["__metadata__"] = metadata;
  });
  CHECK(turned.metadata == std::map<std::string, std::string>{{"k", "v"}});
  CHECK(with([](auto& header) { header.erase("__metadata__"); }).tensors.size() == 2);

  for (const char* key : {"heed.checksums", "heed.checksum_of_header"})
    CHECK_THROWS_WITH(io::save_tensors({}, path, {{key, ""}}), "save_tensors: " + path +
                                                                   " was not written, because its metadata key \"" +
                                                                   key + "\" is reserved for checksums");
}
