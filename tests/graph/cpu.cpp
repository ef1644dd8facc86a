#include <heed/graph/cpu.h>

#include "catch.h"

TEST_CASE("the CPU has a name of one line", "[cpu]") {
  const std::string name = heed::cpu_name();
  CHECK_FALSE(name.empty());
  CHECK(name.front() != ' ');
  CHECK(name.find('\n') == std::string::npos);
  CHECK(heed::cpu_name() == name);
}
