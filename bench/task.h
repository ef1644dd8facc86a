// Tasks that heed and a peer can both do, so that their steps can be timed in turn.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// A task that has begun.
struct Work {
  std::function<double()> value;  // before the first step: a number of the result, without dropout
  std::function<void()> step;
};

struct Task {
  std::string name;     // of its row, here and in peer.py
  std::int64_t tokens;  // of a step
  /// With the weights in a safetensors file of Hugging Face's names (a translator's: heed's); or, if it is empty,
  /// random ones.
  std::function<Work(const std::string& weights)> begin;
  bool against_libtorch = false;  // beside libtorch/node.cpp, not peer.py
};

/// Adds a row for each task, its steps timed on heed alone. True, so that a file can do it before main.
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
