#include <heed/train/interrupt.h>
#include <heed/train/progress.h>

#include <csignal>

#include "catch.h"

using namespace heed;

TEST_CASE("an interrupt sets the guard's flag, and its destructor restores the handlers", "[train]") {
  {
    const train::InterruptGuard guard;
    CHECK_FALSE(guard.interrupted());
    std::raise(SIGINT);
    CHECK(guard.interrupted());
  }
  const train::InterruptGuard fresh;
  CHECK_FALSE(fresh.interrupted());
  struct sigaction now = {};
  sigaction(SIGINT, nullptr, &now);
  CHECK(now.sa_handler != SIG_DFL);
}
