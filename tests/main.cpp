#define CATCH_CONFIG_RUNNER
#include "catch.h"
#include "golden_folder.h"

#if defined(__SANITIZE_ADDRESS__)
#include <unistd.h>

// Leaks are not looked for in a forked child, which may end in the middle of a test, without the other threads' stacks.
static const pid_t first_process = getpid();
extern "C" int __lsan_is_turned_off() { return getpid() != first_process; }
#endif

const std::string& golden_folder() {
  static const std::string folder = HEED_GOLDEN;
  return folder;
}

// Catch2 2 would write this by a macro, Catch2 3 has it in a library: with both, it is short enough to write.
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
