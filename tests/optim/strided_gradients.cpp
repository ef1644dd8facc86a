// Gradients and parameters that are strided views, in optimizers, clipping, initialisation and files.

#include <heed/heed.h>

#include <cmath>
#include <filesystem>

#include "catch.h"

using namespace heed;

namespace {

struct Model {
  nn::Parameter weight, bias;
  static constexpr auto output_projection = &Model::weight;
  static constexpr auto branch_weights = &Model::weight;
};

/// Matrices [3, 4] of various memory layouts.
std::vector<std::pair<const char*, Tensor>> layouts() {
  const Tensor line = normal({30});
  return {{"transposed", transpose(normal({4, 3}))},
          {"flipped", flip(normal({3, 4}))},
          {"one row repeated", broadcast_to(normal({4}), {3, 4})},
          {"one number", broadcast_to(normal({}), {3, 4})},
          {"overlapping", unfold(slice(line, 0, 0, 6), 0, 4, 1)},
          {"every second", slice(normal({3, 8}), 1, 0, {}, 2)},
          {"behind others", slice(normal({6, 4}), 0, 3, 6)}};
}

std::vector<float> values_of(const Tensor& x) { return x.detach().to_vector<float>(); }

}  // namespace

TEST_CASE("AdamW gives the same update for a strided gradient and its copy", "[optim]") {
  for (const auto& [name, gradient] : layouts()) {
    INFO(name);
    const Tensor begin = normal({3, 4});
    const nn::Parameter a(contiguous(begin + 0.0)), b(contiguous(begin + 0.0));
    optim::AdamW of_view({a}), of_copy({b});
    for (int step = 0; step < 2; ++step) {
      a.set_grad(gradient);
      b.set_grad(concat({gradient}));
      CHECK(optim::gradient_norm(std::array{a}) == Approx(optim::gradient_norm(std::array{b})));
      if (step == 1) CHECK(optim::clip_norm(std::array{a}, 0.5) == Approx(optim::clip_norm(std::array{b}, 0.5)));
      of_view.step(0.1);
      of_copy.step(0.1);
    }
    CHECK(values_of(a) == values_of(b));
  }
}

TEST_CASE("backward accumulates into a gradient of any strides", "[optim]") {
  for (const auto& [name, gradient] : layouts()) {
    INFO(name);
    const Tensor x = zeros({3, 4}).require_grad(), before = concat({gradient});
    x.set_grad(gradient);
    backward(sum(x * 2));
    CHECK(values_of(x.grad()) == values_of(before + 2));
    CHECK(values_of(gradient) == values_of(before));
  }
}

TEST_CASE("hooks and users' ops may return gradients of any strides", "[optim]") {
  for (const auto& [name, gradient] : layouts()) {
    INFO(name);
    const Tensor given = gradient;
    const Tensor x = zeros({3, 4}).require_grad();
    const auto hook = on_gradient(x, [=](const Tensor&) { return given; });
    backward(sum(x));
    CHECK(values_of(x.grad()) == values_of(given));
    hook.remove();
    x.clear_grad();
    const Tensor y = differentiable("own", {x}, x.detach() + 1, [=](const Tensor&) { return Gradients{given}; });
    backward(sum(y) + sum(x));
    CHECK(values_of(x.grad()) == values_of(given + 1));
    optim::AdamW adam({nn::Parameter(x)});
    adam.step(0.1);
  }
}

TEST_CASE("AdamW resumes from means of any strides", "[optim]") {
  for (const auto& [name, mean] : layouts()) {
    INFO(name);
    const nn::Parameter p(zeros({3, 4}));
    optim::AdamW adam({p});
    adam.resume({.steps = 3, .updates = {}, .tensors = {{"m", {mean}}, {"v", {mean * mean}}}});
    CHECK(values_of(adam.state().tensors["m"][0]) == values_of(mean));
  }
}

TEST_CASE("initialisation writes only the elements of a view", "[optim]") {
  const std::vector<std::function<void(nn::AnyLayer)>> ways = {[](nn::AnyLayer model) { nn::init_normal(model); },
                                                               [](nn::AnyLayer model) { nn::init_truncated_normal(model); },
                                                               [](nn::AnyLayer model) { nn::init_xavier(model); },
                                                               [](nn::AnyLayer model) { nn::init_he(model); },
                                                               [](nn::AnyLayer model) { nn::init_gpt2(model, 2); },
                                                               [](nn::AnyLayer model) { nn::init_deep_norm(model, 0.5f); },
                                                               [](nn::AnyLayer model) { nn::init_orthogonal(model); }};
  for (const auto& initialise : ways) {
    const Tensor whole = full({4, 6}, 7), table = full({4, 2}, 7);
    const Model viewed{nn::Parameter(slice(whole, 1, 0, 3)), nn::Parameter(select(table, 1, 0), nn::Role::bias)};
    const Model plain{nn::Parameter(zeros({4, 3})), nn::Parameter(full({4}, 1), nn::Role::bias)};
    seed(5);
    initialise(viewed);
    seed(5);
    initialise(plain);
    CHECK(values_of(viewed.weight) == values_of(plain.weight));
    CHECK(values_of(viewed.bias) == std::vector<float>(4, 0));
    CHECK(values_of(slice(whole, 1, 3, 6)) == std::vector<float>(12, 7));
    CHECK(values_of(select(table, 1, 1)) == std::vector<float>(4, 7));
  }
  const Tensor number = full({}, 7);
  const Model repeated{nn::Parameter(broadcast_to(number, {4, 3})), nn::Parameter(zeros({4}), nn::Role::bias)};
  CHECK_THROWS_WITH(nn::init_normal(repeated), Catch::Matchers::StartsWith("init_normal: weight is [4, 3]"));
  CHECK(number.item() == 7);
}

TEST_CASE("files are read into views", "[optim]") {
  const std::string path = (std::filesystem::temp_directory_path() / "heed_strided_parameters.safetensors").string();
  const Model plain{nn::Parameter(normal({4, 3})), nn::Parameter(normal({4}))};
  nn::save(plain, path);
  const Tensor whole = full({4, 6}, 7), table = full({4, 2}, 7);
  const Model viewed{nn::Parameter(slice(whole, 1, 0, 3)), nn::Parameter(flip(select(table, 1, 0)))};
  nn::load(viewed, path);
  CHECK(values_of(viewed.weight) == values_of(plain.weight));
  CHECK(values_of(viewed.bias) == values_of(plain.bias));
  CHECK(values_of(slice(whole, 1, 3, 6)) == std::vector<float>(12, 7));
  nn::save(viewed, path);
  const Model again{nn::Parameter(zeros({4, 3})), nn::Parameter(zeros({4}))};
  nn::load(again, path);
  CHECK(values_of(again.weight) == values_of(plain.weight));
  CHECK(values_of(again.bias) == values_of(plain.bias));

  const Tensor number = full({}, 7);
  const Model repeated{nn::Parameter(broadcast_to(number, {4, 3})), nn::Parameter(zeros({4}))};
  CHECK_THROWS_AS(nn::load(repeated, path), Error);
  CHECK(values_of(repeated.bias) == std::vector<float>(4, 0));
  std::filesystem::remove(path);
}
