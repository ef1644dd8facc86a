#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/print.h>

#include <cmath>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("16-bit tensors are created, read and formatted", "[graph]") {
  const Tensor x = tensor({Bfloat16(1.0f), Bfloat16(-2.5f), Bfloat16(3.14159f), Bfloat16(300)}, {2, 2});
  CHECK(x.dtype() == bfloat16);
  CHECK(bytes(bfloat16) == 2);
  CHECK(x.data<Bfloat16>()[1].bits == 0xc020);
  CHECK(x.to_vector<Bfloat16>()[2] == 3.140625f);
  CHECK(to_string(x) == "[[  1.0000,  -2.5000],\n [  3.1406, 300.0000]]  bfloat16 [2, 2]");
  CHECK(scalar(Float16(0.1)).item() == 0.0999755859375);
  CHECK(scalar(Float16(0.1)).item<float>() == 0.0999755859375f);
  CHECK(full({2}, 1.0 / 3, float16).data<Float16>()[0].bits == 0x3555);
  CHECK(to_string(ones({2}, float16)) == "[1.0000, 1.0000]  float16 [2]");
  CHECK(arange(3, bfloat16).data<Bfloat16>()[2] == 2);
  CHECK_THROWS_MATCHES(x.data<float>(), Error,
                       Message("data: elements of type float32 were asked for, but the tensor [2, 2] is bfloat16"));
  CHECK_THROWS_MATCHES(
      x.require_grad(), Error,
      Message("require_grad: the tensor [2, 2] is bfloat16, but only float32 and float64 have gradients"));
}

TEST_CASE("a number of any type is rounded to 16 bits once, to nearest", "[graph]") {
  // Slightly more than halfway between two bfloat16: rounded to float first it would be a tie, which rounds to even.
  CHECK(Bfloat16(1.00390625).bits == 0x3f80);
  CHECK(Bfloat16(1.00390625 + 1e-12).bits == 0x3f81);
  CHECK(Bfloat16(-1.00390625 - 1e-12).bits == 0xbf81);
  CHECK(Bfloat16(1.01171875 - 1e-12).bits == 0x3f81);
  CHECK(Float16(1.00048828125 + 1e-12).bits == 0x3c01);
  CHECK(Bfloat16(257).bits == Bfloat16(256).bits);
  CHECK(Bfloat16((std::int64_t{1} << 40) + (std::int64_t{1} << 32) + 1).bits == 0x5381);
  CHECK(Bfloat16((std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1).bits == 0x5e81);
  CHECK(Bfloat16(1e300).bits == 0x7f80);
  CHECK(Float16(65519.999).bits == 0x7bff);
  CHECK(Float16(65520).bits == 0x7c00);
  CHECK(Float16(1e-300).bits == 0);
  CHECK(std::isnan(Bfloat16(std::nan(""))));
  CHECK(Bfloat16(true) == 1.0f);
}
