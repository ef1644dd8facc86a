#include "peer.h"

#include <fmt/core.h>
#include <heed/graph/cpu.h>
#include <heed/graph/executor.h>
#include <heed/graph/fail.h>
#include <heed/ops/kernels/instruction_set.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <thread>
#include <vector>

#include "task.h"

namespace bench {
namespace {

using Json = nlohmann::ordered_json;
using heed::fail;

/// Process of peer.py or libtorch/run, which answers each line with a line.
class Peer {
 public:
  explicit Peer(std::vector<std::string> command) : name_(command.at(0)) {
    int to_peer[2], from_peer[2];
    if (pipe(to_peer) != 0 || pipe(from_peer) != 0) fail("peer: cannot create a pipe");
    std::vector<char*> arguments;
    for (std::string& part : command) arguments.push_back(part.data());
    arguments.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) {
      dup2(to_peer[0], STDIN_FILENO);
      dup2(from_peer[1], STDOUT_FILENO);
      for (const int end : {to_peer[0], to_peer[1], from_peer[0], from_peer[1]}) close(end);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(to_peer[0]);
    close(from_peer[1]);
    requests_ = fdopen(to_peer[1], "w");
    answers_ = fdopen(from_peer[0], "r");
  }
  ~Peer() {
    std::fclose(requests_);  // the peer ends at the end of its input
    std::fclose(answers_);
    waitpid(process_, nullptr, 0);
  }
  Peer(const Peer&) = delete;

  /// Sends a line, unless it is empty, and returns the answer.
  std::string ask(const std::string& request) {
    if (!request.empty()) {
      std::fputs((request + "\n").c_str(), requests_);
      std::fflush(requests_);
    }
    std::string answer;
    for (int c = 0; (c = std::fgetc(answers_)) != '\n'; answer.push_back(static_cast<char>(c)))
      if (c == EOF) fail("peer: {} ended after '{}'; its output is above", name_, request);
    if (answer.starts_with("error: ")) fail("peer: {}", answer.substr(7));
    return answer;
  }

 private:
  std::string name_;
  pid_t process_;
  std::FILE *requests_, *answers_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Seconds of a step: wall time, and CPU time of all threads, including spinning ones.
struct Cost {
  double wall, cpu;
};

Cost cost_of(const Work& work, int steps) {
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  for (int i = 0; i < steps; ++i) work.step();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / steps,
          static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / steps};
}

Cost cost_of(Peer& peer, int steps) {
  const std::string answer = peer.ask("run " + std::to_string(steps));
  std::size_t end = 0;
  const double wall = std::stod(answer, &end);
  return {wall / steps, std::stod(answer.substr(end)) / steps};
}

/// Returns the number of steps that take about a third of a second, so that the slower first step after the other's
/// turn matters little.
int steps_of_a_turn(double seconds) { return static_cast<int>(std::clamp(std::ceil(0.3 / seconds), 1.0, 1000.0)); }

/// Waits, as the threads of the side that just ran may spin for some milliseconds.
void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

/// Costs of each turn.
struct Turns {
  std::vector<Cost> heed, peer;
};

Turns in_turn(const Work& work, Peer& peer) {
  constexpr double warm_up = 0.5, budget = 20;
  constexpr std::size_t least = 5, most = 11;
  double of_heed = 0, of_peer = 0;
  for (double spent = 0; spent < warm_up; spent += 2 * of_peer) of_peer = cost_of(peer, 2).wall;
  for (double spent = 0; spent < warm_up; spent += 2 * of_heed) of_heed = cost_of(work, 2).wall;
  const int peer_steps = steps_of_a_turn(of_peer), heed_steps = steps_of_a_turn(of_heed);
  const auto count = static_cast<std::size_t>(budget / (peer_steps * of_peer + heed_steps * of_heed));
  Turns turns;
  while (turns.heed.size() < std::clamp(count, least, most)) {
    pause();
    turns.peer.push_back(cost_of(peer, peer_steps));
    pause();
    turns.heed.push_back(cost_of(work, heed_steps));
  }
  return turns;
}

std::vector<double> each(const std::vector<Cost>& costs, double Cost::* which) {
  std::vector<double> values;
  for (const Cost& cost : costs) values.push_back(cost.*which);
  return values;
}

/// Returns the cost of each turn of the peer divided by that of heed's turn after it.
std::vector<double> ratios(const Turns& turns, double Cost::* which) {
  std::vector<double> values;
  for (std::size_t i = 0; i < turns.heed.size(); ++i) values.push_back(turns.peer[i].*which / (turns.heed[i].*which));
  return values;
}

Json row_of(const std::string& name, const Turns& turns) {
  const std::vector<double> of_wall = ratios(turns, &Cost::wall);
  const auto [least, most] = std::minmax_element(of_wall.begin(), of_wall.end());
  return {{"name", name},
          {"heed_ms", median(each(turns.heed, &Cost::wall)) * 1e3},
          {"peer_ms", median(each(turns.peer, &Cost::wall)) * 1e3},
          {"ratio", median(of_wall)},
          {"ratio_least", *least},
          {"ratio_most", *most},
          {"cpu_ratio", median(ratios(turns, &Cost::cpu))},
          {"heed_seconds", each(turns.heed, &Cost::wall)},
          {"peer_seconds", each(turns.peer, &Cost::wall)},
          {"heed_cpu_seconds", each(turns.heed, &Cost::cpu)},
          {"peer_cpu_seconds", each(turns.peer, &Cost::cpu)}};
}

/// Temporary folder, removed at the end.
struct Folder {
  std::string path = std::filesystem::temp_directory_path() / "heed_peer_XXXXXX";
  Folder() {
    if (!mkdtemp(path.data())) fail("peer: cannot create a folder like {}", path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
};

}  // namespace

void run_beside_peer(const std::string& python, const std::string& filter, const std::string& file) {
  std::vector<Task> tasks = bert_tasks();
  for (Task& task : attention_tasks()) tasks.push_back(std::move(task));
  for (Task& task : convolution_tasks()) tasks.push_back(std::move(task));
  for (Task& task : grouped_matmul_tasks()) tasks.push_back(std::move(task));
  for (Task& task : recurrent_tasks()) tasks.push_back(std::move(task));
  for (Task& task : expert_tasks()) tasks.push_back(std::move(task));
  tasks.push_back(node_task());
  for (Task& task : translator_tasks()) tasks.push_back(std::move(task));
  std::erase_if(tasks, [wanted = std::regex(filter)](const Task& task) { return !regex_search(task.name, wanted); });
  if (tasks.empty())
    fail(
        "peer: no row compared with PyTorch matches '{}': there are train, train_all, infer, attention, conv1d, "
        "conv2d, "
        "grouped_matmul, gru, lstm, moe, node, train_translator and decode",
        filter);

  const Folder folder;
  const std::string threads = std::to_string(heed::threads());
  Peer in_python({python, "bench/peer.py", threads, folder.path});
  const std::string version = in_python.ask("");
  std::optional<Peer> in_cpp;
  const std::string set = heed::kernels::name(heed::kernels::instruction_set());
  Json rows = Json::array();
  fmt::print("{}, {}, {} threads; {}\n\n", heed::cpu_name(), set, heed::threads(), version);
  fmt::print("{:<32} {:>9} {:>11} {:>6}   {:<14} {:>9}\n", "row", "heed ms", "PyTorch ms", "ratio", "its range",
             "CPU ratio");
  for (const Task& task : tasks) {
    if (task.against_libtorch && !in_cpp) {
      in_cpp.emplace(std::vector<std::string>{"bench/libtorch/run", python, threads});
      in_cpp->ask("");
    }
    Peer& peer = task.against_libtorch ? *in_cpp : in_python;
    const double of_peer = std::stod(peer.ask("begin " + task.name));
    const std::string weights = folder.path + "/model.safetensors";
    const Work work = task.begin(std::filesystem::exists(weights) ? weights : "");
    std::filesystem::remove(weights);
    const double of_heed = work.value();
    if (!(std::abs(of_heed - of_peer) <= 1e-4 * std::abs(of_peer)))
      fail("peer: {} is not the same task: heed computes {} and PyTorch {}", task.name, of_heed, of_peer);
    const Json row = row_of(task.name, in_turn(work, peer));
    const auto number = [&](const char* key) { return row[key].get<double>(); };
    fmt::print("{:<32} {:>9.2f} {:>11.2f} {:>6.2f}   {:<14} {:>9.2f}\n", task.name, number("heed_ms"),
               number("peer_ms"), number("ratio"),
               fmt::format("{:.2f} to {:.2f}", number("ratio_least"), number("ratio_most")), number("cpu_ratio"));
    std::fflush(stdout);
    rows.push_back(row);
  }
  const Json all = {{"cpu", heed::cpu_name()},
                    {"instruction_set", set},
                    {"threads", heed::threads()},
                    {"peer", version},
                    {"rows", rows}};
  std::ofstream(file) << all.dump(1) << '\n';
}

}  // namespace bench
