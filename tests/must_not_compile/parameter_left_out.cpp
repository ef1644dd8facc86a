// expect: Parameter
#include <heed/nn/fields/fields.h>

struct Scale {
  heed::nn::Parameter factor;
};

Scale scale{};
