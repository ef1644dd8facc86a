#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;

TEST_CASE("a Parameter asks for its gradient and shares the tensor", "[parameters]") {
  const Tensor tensor = ones({2});
  const Parameter parameter = tensor, copy = parameter;
  CHECK(parameter.requires_grad());
  CHECK(parameter.is(tensor));
  CHECK(copy.is(tensor));
  CHECK_THROWS_WITH(Parameter(heed::arange(3)),
                    "require_grad: the tensor [3] is int64, but only float32 and float64 have gradients");
}

TEST_CASE("a Buffer is never trained", "[parameters]") {
  const Tensor plain = ones({2});
  CHECK(Buffer(plain).is(plain));
  CHECK_FALSE(Buffer(Parameter(ones({2}))).requires_grad());
}
