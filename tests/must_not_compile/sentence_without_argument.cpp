// The sentence of an error is checked against its arguments when it is compiled.
// expect: argument not found
#include <heed/graph/fail.h>

void check_width(int width) {
#ifdef MISTAKE
  heed::fail("linear: the width is {}, but must be {}", width);
#else
  heed::fail("linear: the width is {}, but must be positive", width);
#endif
}
