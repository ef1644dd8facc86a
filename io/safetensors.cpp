#include "safetensors.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_set>

#include "../graph/executor.h"
#include "../graph/fail.h"
#include "../graph/support/size.h"
#include "files.h"
#include "support/strict_json.h"

namespace heed::io {
using namespace heed::detail;
using namespace heed::io::detail;

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little endian");

using Json = nlohmann::json;

constexpr std::uint64_t max_header_length = 100'000'000;  // as in the reference implementation
constexpr std::pair<std::string_view, DType> dtype_names[] = {{"F32", float32}, {"F64", float64}, {"BF16", bfloat16},
                                                              {"F16", float16}, {"I32", int32},   {"I64", int64},
                                                              {"BOOL", boolean}};

std::string_view format_name(DType dtype) {
  return std::find_if(std::begin(dtype_names), std::end(dtype_names), [&](auto& pair) { return pair.second == dtype; })
      ->first;
}

/// Returns the tensor's elements in row-major order: in place if it is contiguous, else in `copy`.
std::span<const std::byte> row_major(const Tensor& tensor, std::vector<std::byte>& copy) {
  const auto size = static_cast<std::size_t>(bytes(tensor.dtype()));
  const auto count = static_cast<std::size_t>(tensor.elements());
  const std::byte* from = read<std::byte>(tensor);
  if (tensor.is_contiguous()) return {from, count * size};
  copy.resize(vector_length("save_tensors", tensor.elements(), size) * size);
  for (std::size_t i = 0; i < count; ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t offset = 0;
    for (int axis = tensor.rank() - 1; axis >= 0; --axis) {
      offset += rest % tensor.shape()[axis] * tensor.strides()[axis];
      rest /= tensor.shape()[axis];
    }
    std::memcpy(&copy[i * size], from + offset * static_cast<std::int64_t>(size), size);
  }
  return copy;
}

// Metadata keys of the checksums: of each tensor, as JSON, and of the header.
constexpr const char *tensor_sums = "heed.checksums", *header_sum = "heed.checksum_of_header";

std::string sum_of(std::span<const std::byte> bytes) {
  return fmt::format("{:08x}", crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Checksum of a header, independent of its order and white space; without data offsets, since each tensor has a
/// checksum.
std::string sum_of(const Json& header) {
  Json said = header;
  for (auto& [name, value] : said.items()) value.erase(name == "__metadata__" ? header_sum : "data_offsets");
  const std::string text = said.dump();
  return sum_of(std::as_bytes(std::span(text)));
}

/// Checksums of the pieces.
std::vector<std::string> sums_of(std::span<const std::span<const std::byte>> pieces) {
  std::vector<std::string> sums(pieces.size());
  // Cut by pieces; each writes its own checksum.
  parallel_chunks(std::ssize(pieces), [&](std::int64_t i) {
    const auto piece = static_cast<std::size_t>(i);
    sums[piece] = sum_of(pieces[piece]);
  });
  return sums;
}

std::string header_of(const std::vector<std::pair<std::string, Tensor>>& tensors, const std::string& path,
                      const std::map<std::string, std::string>& metadata, const std::vector<std::string>& sums) {
  for (const char* key : {tensor_sums, header_sum})
    if (metadata.contains(key))
      fail("save_tensors: {} was not written, because its metadata key \"{}\" is reserved for checksums", path, key);
  Json said = {{"__metadata__", metadata}}, by_name = Json::object();
  std::string entries;
  std::int64_t begin = 0;
  std::unordered_set<std::string_view> names{"__metadata__"};
  try {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto& [name, tensor] = tensors[i];
      if (!names.insert(name).second)
        fail("save_tensors: {} was not written, because it would have two entries named {}", path, name);
      const std::int64_t end =
          add_sizes("save_tensors", begin, multiply_sizes("save_tensors", tensor.elements(), bytes(tensor.dtype())));
      const nlohmann::ordered_json entry = {
          {"dtype", format_name(tensor.dtype())},
          {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
          {"data_offsets", {begin, end}}};
      entries.append(",").append(Json(name).dump()).append(":").append(entry.dump());
      said[name] = entry;
      by_name[name] = sums[i];
      begin = end;
    }
    Json& metadata_said = said["__metadata__"];
    metadata_said[tensor_sums] = by_name.dump();
    metadata_said[header_sum] = sum_of(said);
    std::string header = "{\"__metadata__\":" + metadata_said.dump() + entries + "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');  // so that the data is aligned
    return header;
  } catch (const Json::exception&) {
    fail("save_tensors: {} was not written, because a name or the metadata is not valid UTF-8", path);
  }
}

/// Description of one tensor; the range of its bytes fits its shape and dtype.
struct Entry {
  std::string name;
  DType dtype;
  Shape shape;
  std::uint64_t begin, end;
};

/// Reader of one file; every error names it.
class File {
 public:
  explicit File(const std::string& path) : path_(path), stream_(path, std::ios::binary | std::ios::ate) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) fail("load_tensors: {} is a folder, not a file", path);
    if (!stream_ || stream_.tellg() < 0) fail("load_tensors: {} cannot be read: {}", path, std::strerror(errno));
    size_ = static_cast<std::uint64_t>(stream_.tellg());
    stream_.seekg(0);
  }

  TensorFile load() {
    TensorFile file;
    const Json header = read_header();
    for (const Entry& entry : entries(header, file.metadata)) {
      Tensor tensor = empty(entry.shape, entry.dtype);
      read_into(fill<char>(tensor), entry.end - entry.begin);
      if (entry.dtype == boolean) check_booleans(tensor, entry.name);
      file.tensors.emplace_back(entry.name, std::move(tensor));
    }
    check_sums(header, file);
    return file;
  }

 private:
  template <class... Arguments>
  [[noreturn]] void damaged(fmt::format_string<Arguments...> what, Arguments&&... arguments) const {
    fail("load_tensors: {} is no valid safetensors file: {}", path_,
         fmt::format(what, std::forward<Arguments>(arguments)...));
  }

  void read_into(char* to, std::uint64_t count) {
    if (!stream_.read(to, static_cast<std::streamsize>(count)))
      fail("load_tensors: {} cannot be read to its end: {}", path_, std::strerror(errno));
  }

  Json read_header() {
    std::uint64_t length = 0;
    if (size_ < sizeof(length)) damaged("it has {} bytes, but the header's length alone takes 8", size_);
    read_into(reinterpret_cast<char*>(&length), sizeof(length));
    if (length > max_header_length)
      damaged("its header would take {} bytes, but at most {} are allowed", length, max_header_length);
    data_size_ = size_ - sizeof(length);
    if (length > data_size_) damaged("its header should take {} bytes, but only {} follow", length, data_size_);
    data_size_ -= length;
    std::string text(length, '\0');
    read_into(text.data(), length);
    return parse(text);
  }

  Json parse(const std::string& text) const {
    constexpr int max_depth = 127;  // as in the reference implementation
    return parse_object<Json>(text, max_depth, [&](const std::string& what) { damaged("its header {}", what); });
  }

  /// Returns the entries, sorted by offset. Throws Error unless they cover the data without gap or overlap.
  std::vector<Entry> entries(const Json& header, std::map<std::string, std::string>& metadata) const {
    std::vector<Entry> all;
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        read_metadata(value, metadata);
      } else {
        all.push_back(entry(name, value));
      }
    }
    std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    std::uint64_t covered = 0;
    for (const Entry& one : all) {
      if (one.begin != covered)
        damaged("{} begins at byte {} of the data, but {}", one.name, one.begin,
                one.begin < covered ? fmt::format("the tensor before it ends at {}", covered)
                                    : fmt::format("the bytes from {} belong to no tensor", covered));
      covered = one.end;
    }
    if (covered != data_size_)
      damaged("its tensors take {} bytes, but {} bytes of data follow the header", covered, data_size_);
    return all;
  }

  void read_metadata(const Json& value, std::map<std::string, std::string>& metadata) const {
    if (value.is_null()) return;
    if (!value.is_object()) damaged("__metadata__ is neither an object nor null");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) damaged("the metadata \"{}\" is not a string", key);
      metadata[key] = text.get<std::string>();
    }
  }

  /// Removes the checksums, if there are any, from the metadata, and verifies them.
  void check_sums(const Json& header, TensorFile& file) const {
    const auto of_tensors = file.metadata.extract(tensor_sums), of_header = file.metadata.extract(header_sum);
    if (!of_tensors && !of_header) return;
    if (!of_tensors || !of_header)
      damaged("it has the checksums \"{}\", but not \"{}\"", of_header ? header_sum : tensor_sums,
              of_header ? tensor_sums : header_sum);
    if (const std::string sum = sum_of(header); sum != of_header.mapped())
      damaged("the checksum of its header is {}, but it was written as {}", sum, of_header.mapped());
    const Json written = parse(of_tensors.mapped());
    std::vector<std::span<const std::byte>> pieces;
    for (const auto& [name, tensor] : file.tensors)
      pieces.emplace_back(fill<const std::byte>(tensor),
                          static_cast<std::size_t>(tensor.elements() * bytes(tensor.dtype())));
    const std::vector<std::string> sums = sums_of(pieces);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto& name = file.tensors[i].first;
      const auto sum = written.find(name);
      if (sum == written.end()) damaged("there is no checksum of {}", name);
      if (*sum != sums[i])
        damaged("the checksum of {} is {}, but it was written as {}", name, sums[i], sum->dump(-1, ' ', true));
    }
    if (written.size() != sums.size()) damaged("it has {} tensors, but checksums of {}", sums.size(), written.size());
  }

  Entry entry(const std::string& name, const Json& value) const {
    if (!value.is_object()) damaged("{} is not an object", name);
    for (const char* key : {"dtype", "shape", "data_offsets"})
      if (!value.contains(key)) damaged("{} has no {}", name, key);
    Entry made{name, dtype(name, value["dtype"]), {}, 0, 0};

    const Json& shape = value["shape"];
    if (!shape.is_array()) damaged("the shape of {} is not an array", name);
    if (shape.size() > Shape::max_rank)
      damaged("{} has {} axes, but heed's tensors have at most {}", name, shape.size(), Shape::max_rank);
    // An axis of length 0 must not hide an overflow of the product of the others.
    std::int64_t size = bytes(made.dtype), bound = size;
    for (const Json& length : shape) {
      made.shape.push_back(static_cast<std::int64_t>(number(length, "the shape of", name)));
      if (__builtin_mul_overflow(bound, std::max<std::int64_t>(made.shape[-1], 1), &bound))
        damaged("the size of {} overflows", name);
      size *= made.shape[-1];
    }

    const Json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) damaged("the data_offsets of {} are not two numbers", name);
    made.begin = number(offsets[0], "the data_offsets of", name);
    made.end = number(offsets[1], "the data_offsets of", name);
    if (made.begin > made.end || made.end - made.begin != static_cast<std::uint64_t>(size))
      damaged("{} is {} {}, which takes {} bytes, but its data_offsets are {} and {}", name, heed::name(made.dtype),
              to_string(made.shape), size, made.begin, made.end);
    return made;
  }

  DType dtype(const std::string& name, const Json& value) const {
    if (!value.is_string()) damaged("the dtype of {} is not a string", name);
    const auto& text = value.get_ref<const std::string&>();
    for (const auto& [known, dtype] : dtype_names)
      if (text == known) return dtype;
    fail("load_tensors: in {} the dtype of {} is {}, but heed reads F32, F64, BF16, F16, I32, I64 and BOOL", path_,
         name, text);
  }

  /// Returns a number that is not negative and fits into int64.
  std::uint64_t number(const Json& value, const char* where, const std::string& name) const {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT64_MAX)
      damaged("{} {} has {}, which is no size", where, name, value.dump(-1, ' ', true));
    return value.get<std::uint64_t>();
  }

  void check_booleans(const Tensor& tensor, const std::string& name) const {
    const auto* values = fill<const unsigned char>(tensor);
    for (std::int64_t i = 0; i < tensor.elements(); ++i)
      if (values[i] > 1) damaged("{} is BOOL, but element {} is {}", name, i, values[i]);
  }

  const std::string& path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0, data_size_ = 0;
};

}  // namespace

void save_tensors(const std::vector<std::pair<std::string, Tensor>>& tensors, const std::string& path,
                  const std::map<std::string, std::string>& metadata) {
  // Wider elements first, so that each tensor is aligned; this is also the order of the reference implementation.
  auto sorted = tensors;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::pair(-bytes(a.second.dtype()), std::string_view(a.first)) <
           std::pair(-bytes(b.second.dtype()), std::string_view(b.first));
  });
  std::vector<std::vector<std::byte>> copies(sorted.size());
  std::vector<std::span<const std::byte>> pieces;
  for (std::size_t i = 0; i < sorted.size(); ++i) pieces.push_back(row_major(sorted[i].second, copies[i]));
  const std::string header = header_of(sorted, path, metadata, sums_of(pieces));
  const std::uint64_t length = header.size();
  pieces.insert(pieces.begin(), {std::as_bytes(std::span(&length, 1)), std::as_bytes(std::span(header))});
  write_file("save_tensors", path, pieces);
}

TensorFile load_tensors(const std::string& path) { return File(path).load(); }

}  // namespace heed::io
