#define CATCH_CONFIG_RUNNER
#include "catch.h"
#include "golden_folder.h"

const std::string& golden_folder() {
  static const std::string folder = HEED_GOLDEN;
  return folder;
}

// Catch2 2 would write this by a macro, Catch2 3 has it in a library: with both, it is short enough to write.
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
