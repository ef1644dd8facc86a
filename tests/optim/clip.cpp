#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("gradients are clipped by their global norm", "[optim]") {
  const nn::Parameter a(zeros({2})), b(zeros({1})), without(zeros({5}));
  const std::vector<nn::Parameter> all{a, b, without};
  const auto set = [&] {
    a.set_grad(tensor({3.0f, 0.0f}));
    b.set_grad(tensor({4.0f}));
  };
  set();
  CHECK(optim::gradient_norm(all) == 5);
  CHECK(optim::clip_norm(all, 10) == 5);
  CHECK(a.grad().data<float>()[0] == 3);
  CHECK(optim::clip_norm(all, 1) == 5);
  CHECK(a.grad().data<float>()[0] == Approx(0.6));
  CHECK(b.grad().data<float>()[0] == Approx(0.8));
  CHECK(optim::gradient_norm(all) == Approx(1));
  CHECK_THROWS_MATCHES(optim::clip_norm(all, 0), Error, Message("clip_norm: max_norm is 0, but it must be positive"));
}

TEST_CASE("clipping does not write into gradients that share storage", "[optim]") {
  const nn::Parameter a(zeros({2})), b(zeros({2}));
  const Tensor shared = tensor({3.0f, 4.0f});
  a.set_grad(shared);
  b.set_grad(shared);
  const std::vector<nn::Parameter> all{a, b};
  optim::clip_norm(all, 1);
  CHECK(shared.to_vector<float>() == std::vector<float>{3, 4});
  CHECK(optim::gradient_norm(all) == Approx(1));
}
