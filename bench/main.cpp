// heed_bench: Google Benchmark's program, with what a figure means without a machine: nothing.
#include <benchmark/benchmark.h>
#include <heed/graph/executor.h>
#include <heed/ops/kernels/table.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string cpu_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

/// Gives rows the names they were registered under, without what Google Benchmark adds about how it measured.
template <class Reporter>
class PlainNames : public Reporter {
 public:
  using Reporter::Reporter;
  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
    auto plain = runs;
    for (auto& run : plain) {
      auto& name = run.run_name;
      for (std::string* part :
           {&name.args, &name.min_time, &name.iterations, &name.repetitions, &name.time_type, &name.threads})
        part->clear();
    }
    Reporter::ReportRuns(plain);
  }
};

}  // namespace

int main(int count, char** arguments) {
  const bool writes_a_file = std::any_of(arguments, arguments + count, [](const char* argument) {
    return std::string_view(argument).starts_with("--benchmark_out=");
  });
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("instruction_set", heed::kernels::name(heed::kernels::instruction_set()));
  benchmark::AddCustomContext("threads", std::to_string(heed::threads()));
  PlainNames<benchmark::ConsoleReporter> on_the_console(benchmark::ConsoleReporter::OO_Tabular);
  PlainNames<benchmark::JSONReporter> in_the_file;
  if (writes_a_file)
    benchmark::RunSpecifiedBenchmarks(&on_the_console, &in_the_file);
  else
    benchmark::RunSpecifiedBenchmarks(&on_the_console);
  benchmark::Shutdown();
}
