// expect: Parameter
#include <heed/nn/fields.h>

struct Scale {
  heed::nn::Parameter factor;
};

Scale scale{};
