// expect: (Size|out)
#include <heed/graph/create.h>
#include <heed/nn/fields/fields.h>

struct Dense {
  heed::Size in, out;
  heed::nn::Parameter weight = heed::ones({in, out});
};

Dense dense{.in = 3};
