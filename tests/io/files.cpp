#include <fcntl.h>
#include <heed/graph/error.h>
#include <heed/io/files.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;

TEST_CASE("a process that is killed while it writes leaves no temporary file", "[nn]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model"), text(8 << 20, 'x');
  io::write_file("test", path, "first");
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0)
      for (char c = 'a';; c = c == 'a' ? 'b' : 'a') io::write_file("test", path, std::string(text.size(), c));
    usleep(static_cast<useconds_t>(3000 + 1700 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const std::string found = io::read_file("test", path);
    const bool whole = found == "first" || found == std::string(text.size(), found[0]);
    CHECK(whole);
  }
  io::write_file("test", path, "last");
  CHECK(folder.files() == 1);
  CHECK(io::read_file("test", path) == "last");
}

TEST_CASE("writing a file removes temporary files of killed processes, nothing else", "[nn]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model");
  for (const char* name :
       {"model.abc123.partial", "model.backup", "model.abc123", "model.toolong.partial", "other.abc123.partial"})
    std::ofstream(folder.file(name)) << "x";
  std::ofstream(folder.file("model.lockme.partial")) << "another process writes it";
  const int writer = open(folder.file("model.lockme.partial").c_str(), O_RDWR);
  REQUIRE(flock(writer, LOCK_EX) == 0);
  io::write_file("test", path, "text");
  CHECK(folder.files() == 6);  // all but one of the first five, the locked file, and the new file
  CHECK(access(folder.file("model.abc123.partial").c_str(), F_OK) != 0);
  close(writer);
  io::write_file("test", path, "text");
  CHECK(folder.files() == 5);
}
