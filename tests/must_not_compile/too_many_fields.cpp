// expect: a layer has at most 32 fields: put some of them into a layer of their own
#include <heed/graph/create.h>
#include <heed/nn/fields/parameters.h>

struct Many {
  heed::Size a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16;
  heed::nn::Mode b1{}, b2{}, b3{}, b4{}, b5{}, b6{}, b7{}, b8{}, b9{}, b10{}, b11{}, b12{}, b13{}, b14{}, b15{}, b16{};
  heed::nn::Mode one_more{};
};

void f(const Many& layer) { heed::nn::parameters(layer); }
