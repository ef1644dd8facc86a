// The format string of an error is checked at compile time.
// expect: argument not found
// Also tests graph/fail.h.
#include <heed/graph/fail.h>

void check_width(int width) {
#ifdef MISTAKE
  heed::fail("linear: the width is {}, but must be {}", width);
#else
  heed::fail("linear: the width is {}, but must be positive", width);
#endif
}
