#include "task.h"

#include "steps.h"

bool bench::add_rows(const std::vector<Task>& tasks) {
  for (const Task& task : tasks)
    benchmark::RegisterBenchmark(
        task.name.c_str(), [task](benchmark::State& state) { run_steps(state, task.tokens, task.begin("").step); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->MinTime(1);
  return true;
}
