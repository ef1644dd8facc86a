// heed_bench: Google Benchmark's program, with what a figure means without a machine: nothing.
#include <benchmark/benchmark.h>
#include <heed/graph/executor.h>
#include <heed/ops/kernels/table.h>

#include <fstream>
#include <string>

namespace {

std::string cpu_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

}  // namespace

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("instruction_set", heed::kernels::name(heed::kernels::instruction_set()));
  benchmark::AddCustomContext("threads", std::to_string(heed::threads()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
