// expect: a layer of a Stack is called with \(x, pass\)
#include <heed/nn/layers/stack.h>
#include <heed/ops/math/arithmetic.h>

using namespace heed;

struct Scale {
  Size width;
  nn::Parameter factor = ones({width});

#ifdef MISTAKE
  Tensor operator()(const Tensor& x) const { return x * factor; }
#else
  Tensor operator()(const Tensor& x, const nn::Pass& /*pass*/) const { return x * factor; }
#endif
};

const nn::Stack stack{.layers = nn::repeat(2, [](int) { return Scale{.width = 64}; })};

Tensor call(const Tensor& x, const Sequences& sequences) { return stack(x, sequences); }
