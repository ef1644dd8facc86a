// Google Benchmark's own main, which also puts the CPU's name into the report.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>

namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("cpu", cpu_name());
  const bool measured = benchmark::RunSpecifiedBenchmarks() > 0;
  benchmark::Shutdown();
  return measured ? 0 : 1;
}
