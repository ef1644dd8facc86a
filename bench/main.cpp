// heed_bench: Google Benchmark's program, with the machine in its context; or, with --peer PYTHON FILTER FILE, a
// comparison of heed with PyTorch.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <heed/graph/cpu.h>
#include <heed/graph/executor.h>
#include <heed/ops/kernels/instruction_set.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "peer.h"

namespace {

/// Reporter that prints the registered names of rows, without Google Benchmark's suffixes.
template <class Reporter>
class PlainNames : public Reporter {
 public:
  using Reporter::Reporter;
  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
    auto plain = runs;
    for (auto& run : plain) {
      auto& name = run.run_name;
      for (std::string* part : {&name.min_time, &name.iterations, &name.repetitions, &name.time_type, &name.threads})
        part->clear();
    }
    Reporter::ReportRuns(plain);
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count == 5 && std::string_view(arguments[1]) == "--peer") {
    try {
      bench::run_beside_peer(arguments[2], arguments[3], arguments[4]);
    } catch (const std::exception& error) {
      fmt::print(stderr, "heed_bench: {}\n", error.what());
      return 1;
    }
    return 0;
  }
  const bool writes_a_file = std::any_of(arguments, arguments + count, [](const char* argument) {
    return std::string_view(argument).starts_with("--benchmark_out=");
  });
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::AddCustomContext("cpu", heed::cpu_name());
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
