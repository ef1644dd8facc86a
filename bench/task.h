// Tasks for both heed and a peer, so that their steps can be timed in alternation.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// A task that is set up.
struct Work {
  std::function<double()> value;  // before the first step: a number computed from the result, without dropout
  std::function<void()> step;
};

struct Task {
  std::string name;     // name of the row, here and in peer.py
  std::int64_t tokens;  // per step
  /// Sets up the task with weights from a safetensors file with Hugging Face's names (a translator's: heed's), or
  /// random ones if the path is empty.
  std::function<Work(const std::string& weights)> begin;
  bool against_libtorch = false;  // compare with libtorch/node.cpp, not peer.py
};

/// Adds a row for each task, timed on heed alone. Returns true, for use in an initialiser before main.
bool add_rows(const std::vector<Task>& tasks);

std::vector<Task> bert_tasks();
std::vector<Task> attention_tasks();
std::vector<Task> convolution_tasks();
std::vector<Task> grouped_matmul_tasks();
std::vector<Task> recurrent_tasks();
std::vector<Task> expert_tasks();
Task node_task();
std::vector<Task> translator_tasks();

}  // namespace bench
