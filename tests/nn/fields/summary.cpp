#include <heed/nn/fields/summary.h>

#include "catch.h"
#include "nn/layers/layers.h"

using namespace heed;
using namespace layers;

TEST_CASE("a summary shows layers, shapes, counts and what is shared", "[summary]") {
  Stack<> model{.width = 64, .depth = 3};
  model.pair[1].weight.require_grad(false);
  CHECK(nn::summary(model) ==
        R"(model                   Stack{width = 64, depth = 3, name = "stack"}                        107,776
  blocks.0 to blocks.2  Block{width = 64, hidden = 256, epsilon = 1e-05, norm = after}  each 33,088
    up                  Dense{in = 64, out = 256, biased = true}                             16,640
      weight            float32 [64, 256]                                                    16,384
      bias              float32 [256]                                                           256
    down                Dense{in = 256, out = 64, biased = true}                             16,448
      weight            float32 [256, 64]                                                    16,384
      bias              float32 [64]                                                             64
    drop                Drop{rate = 0.1}
    identity            Identity{}
  pair.0                Dense{in = 64, out = 64, biased = true}                               4,160
    weight              float32 [64, 64]                                                      4,096
    bias                float32 [64]                                                             64
  pair.1                Dense{in = 64, out = 64, biased = false}                              4,096
    weight              float32 [64, 64], frozen                                              4,096
  positions             int64 [64], buffer
  table                 float32 [3, 64]                                                         192
  tied                  Dense{in = 3, out = 64, biased = true}                                   64
    weight              float32 [3, 64], shared with table
    bias                float32 [64]                                                             64
107,776 parameters (431,104 bytes), 4,096 of them frozen; 64 numbers in buffers (512 bytes)
)");
}

TEST_CASE("a summary of an empty model", "[summary]") {
  CHECK(nn::summary(Identity{}) == "model  Identity{}\n0 parameters (0 bytes)\n");
}

namespace {
struct Verbose {
  Size first_of_many = 1, second_of_many = 2, third_of_many = 3, fourth_of_many = 4, fifth_of_many = 5;
};
}  // namespace

TEST_CASE("a summary shows the first of many hyperparameters", "[summary]") {
  CHECK(nn::summary(Verbose{}) ==
        "model  Verbose{first_of_many = 1, second_of_many = 2, third_of_many = 3, ...}\n0 parameters (0 bytes)\n");
  CHECK(nn::describe(Verbose{}).ends_with("fourth_of_many = 4, fifth_of_many = 5}"));
}
