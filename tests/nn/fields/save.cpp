#include <heed/graph/error.h>
#include <heed/io/safetensors.h>
#include <heed/nn/fields/save.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/shape/view.h>

#include "catch.h"
#include "nn/layers/layers.h"
#include "nn/temporary_folder.h"

using namespace heed;
using namespace layers;

namespace {

/// Fills all tensors with distinct numbers.
void number(const Stack<>& model) {
  float next = 0;
  for (const Parameter& parameter : nn::parameters(model))
    for (float& value : parameter.mutable_data<float>()) value = next++;
  for (const auto& [path, buffer] : nn::named_buffers(model)) buffer.mutable_data<std::int64_t>()[0] = 77;
}

bool same(const Stack<>& a, const Stack<>& b) {
  const auto first = nn::parameters(a), second = nn::parameters(b);
  for (std::size_t i = 0; i < first.size(); ++i)
    if (first[i].to_vector<float>() != second[i].to_vector<float>()) return false;
  return a.positions.to_vector<std::int64_t>() == b.positions.to_vector<std::int64_t>();
}

}  // namespace

TEST_CASE("a loaded model equals the saved one", "[save]") {
  const TemporaryFolder folder;
  const Stack<> model{.width = 2, .depth = 2}, other{.width = 2, .depth = 2};
  number(model);
  nn::save(model, folder.file("model"));
  const Tensor table = other.table;
  REQUIRE_FALSE(same(model, other));

  const nn::LoadReport report = nn::load(other, folder.file("model"));
  CHECK(same(model, other));
  CHECK(report.missing.empty());
  CHECK(report.unexpected.empty());
  CHECK(other.table.is(table));
  CHECK(other.tied.weight.is(table));
  CHECK(other.table.requires_grad());
}

TEST_CASE("a shared tensor is saved once and is loaded by any of its names", "[save]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model");
  const Stack<> model{.width = 2, .depth = 0};
  nn::save(model, path);
  io::TensorFile file = io::load_tensors(path);
  CHECK(file.metadata.at("format") == "pt");
  CHECK(file.metadata.at("tied.weight") == "table");
  CHECK(file.metadata.at("heed.settings").starts_with(R"({"depth":"0",)"));
  CHECK(file.metadata.size() == 3);
  REQUIRE(file.tensors.size() == 6);

  for (auto& [name, tensor] : file.tensors)
    if (name == "table") {
      name = "tied.weight";
      tensor.mutable_data<float>()[0] = 5;
    }
  io::save_tensors(file.tensors, path);
  nn::load(model, path);
  CHECK(model.table.data<float>()[0] == 5);

  file.tensors.emplace_back("table", model.table);  // both names, equal values
  io::save_tensors(file.tensors, path);
  CHECK_NOTHROW(nn::load(model, path));
  file.tensors.back().second = zeros({3, 2});
  io::save_tensors(file.tensors, path);
  CHECK_THROWS_WITH(nn::load(model, path), std::string("load: ") + path +
                                               " does not fit Stack{width = 2, depth = 0, name = \"stack\"}: "
                                               "table and tied.weight differ but are one tensor in the model");
}

TEST_CASE("loading a file that does not fit lists all mismatches and changes nothing", "[save]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model");
  const Dense dense{.in = 2, .out = 3};
  io::save_tensors({{"weight", zeros({3, 2})}, {"scale", ones({1})}}, path);
  const std::string begin = std::string("load: ") + path + " does not fit Dense{in = 2, out = 3, biased = true}: ";
  CHECK_THROWS_WITH(nn::load(dense, path), begin +
                                               "weight is float32 [3, 2] but must be float32 [2, 3]; missing are bias; "
                                               "unexpected are scale");
  CHECK_THROWS_WITH(nn::load(dense, path, {.strict = false}),
                    begin + "weight is float32 [3, 2] but must be float32 [2, 3]");

  io::save_tensors({{"weight", zeros({2, 3})}, {"bias", zeros({3}, float64)}}, path);
  CHECK_THROWS_WITH(nn::load(dense, path), begin + "bias is float64 [3] but must be float32 [3]");
  CHECK(dense.weight.to_vector<float>() == std::vector<float>(6, 1.0f));

  std::vector<std::pair<std::string, Tensor>> many;
  for (int i = 0; i < 12; ++i) many.emplace_back(std::string("x1").append(std::to_string(i)), ones({1}));
  io::save_tensors(many, path);
  CHECK_THROWS_WITH(
      nn::load(dense, path),
      begin + "missing are weight, bias; unexpected are x10, x11, x110, x111, x12, x13, x14, x15 and 4 more");
}

TEST_CASE("with strict = false names may be missing or unexpected", "[save]") {
  const TemporaryFolder folder;
  const Dense dense{.in = 2, .out = 3};
  io::save_tensors({{"weight", zeros({2, 3})}, {"scale", ones({1})}}, folder.file("model"));
  const nn::LoadReport report = nn::load(dense, folder.file("model"), {.strict = false});
  CHECK(report.missing == std::vector<std::string>{"bias"});
  CHECK(report.unexpected == std::vector<std::string>{"scale"});
  CHECK(dense.weight.to_vector<float>() == std::vector<float>(6, 0.0f));
  CHECK(dense.bias->to_vector<float>() == std::vector<float>(3, 1.0f));
}

TEST_CASE("loading writes through strides", "[save]") {
  struct Transposed {
    Buffer columns;
  };
  const TemporaryFolder folder;
  const Tensor rows = zeros({2, 3});
  const Transposed model{.columns = view_of(rows, fill<std::byte>(rows), {3, 2}, {1, 3})};
  io::save_tensors({{"columns", tensor({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, {3, 2})}}, folder.file("model"));
  nn::load(model, folder.file("model"));
  CHECK(rows.to_vector<float>() == std::vector<float>{1, 3, 5, 2, 4, 6});
}

TEST_CASE("loading counts as an in-place write", "[save]") {
  const TemporaryFolder folder;
  const Dense dense{.in = 2, .out = 3};
  nn::save(dense, folder.file("model"));
  const auto& storage = *heed::detail::body_of(dense.weight).storage;
  const std::uint64_t before = storage.written;
  nn::load(dense, folder.file("model"));
  CHECK(storage.written > before);
  CHECK(std::string(storage.writer) == "load");
}

TEST_CASE("loading converts dtypes exactly, and rounds if asked", "[save]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model");
  const Dense dense{.in = 2, .out = 3};
  const Tensor values = tensor({1.0f, -2.5f, 0.0f, 1e-3f, 3e4f, -7.0f}, {2, 3});
  for (const DType dtype : {bfloat16, float16}) {
    const Tensor stored = cast(values, dtype);
    io::save_tensors({{"weight", stored}, {"bias", zeros({3})}}, path);
    CHECK(io::load_tensors(path).tensors[1].second.dtype() == dtype);
    nn::load(dense, path);
    CHECK(dense.weight.to_vector<float>() == cast(stored, float32).to_vector<float>());
  }

  io::save_tensors({{"weight", cast(values, float64) / 3.0}, {"bias", zeros({3})}}, path);
  CHECK_THROWS_WITH(nn::load(dense, path),
                    std::string("load: ") + path +
                        " does not fit Dense{in = 2, out = 3, biased = true}: weight is float64 [2, 3] but must be "
                        "float32 [2, 3]");
  nn::load(dense, path, {.rounding = true});
  CHECK(dense.weight.to_vector<float>() == (values / 3.0).to_vector<float>());
  io::save_tensors({{"weight", zeros({2, 3}, int64)}, {"bias", zeros({3})}}, path);
  CHECK_THROWS_WITH(nn::load(dense, path, {.rounding = true}),
                    std::string("load: ") + path +
                        " does not fit Dense{in = 2, out = 3, biased = true}: weight is int64 [2, 3] but must be "
                        "float32 [2, 3]");
}

TEST_CASE("a model may have buffers of storage-only dtypes", "[save]") {
  struct Frozen {
    Buffer table;
  };
  const TemporaryFolder folder;
  const Tensor values = tensor({1.0f, 2.0f, 1.0f / 3});
  const Frozen model{.table = cast(values, bfloat16)}, other{.table = zeros({3}, bfloat16)};
  nn::save(model, folder.file("model"));
  nn::load(other, folder.file("model"));
  CHECK(cast(other.table, float32).to_vector<float>() == cast(model.table, float32).to_vector<float>());
  CHECK(nn::to(model, float64).table.dtype() == bfloat16);
}
