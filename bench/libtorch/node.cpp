// Cost of an op in libtorch, for the row `node` of the comparison: a chain of tanh on one number, forward and backward.
// usage: node THREADS. Reads a line, answers a line, as bench/peer.py does.
#include <torch/torch.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <string>

namespace {

constexpr int links = 1000;

float chain(const torch::Tensor& x) {
  torch::Tensor y = x;
  for (int i = 0; i < links; ++i) y = torch::tanh(y);
  y.backward();
  x.mutable_grad().reset();
  return y.item<float>();
}

}  // namespace

int main(int, char** arguments) {
  torch::set_num_threads(std::stoi(arguments[1]));
  const torch::Tensor x = torch::scalar_tensor(0.5f).requires_grad_();
  std::cout << "libtorch " << TORCH_VERSION << std::endl;
  std::string command, argument;
  while (std::cin >> command >> argument) {
    if (command == "begin") {
      std::cout << chain(x) << std::endl;
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    for (int i = 0; i < std::stoi(argument); ++i) chain(x);
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() << ' '
              << static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC << std::endl;
  }
}
