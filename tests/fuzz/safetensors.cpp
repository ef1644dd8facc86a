// Any bytes as a safetensors file. A file that can be read can be written, and reads the same again.
#include <heed/io/safetensors.h>

#include <filesystem>

#include "loaders.h"

namespace {

std::string bits_of(const heed::Tensor& tensor) {
  const auto* bytes = heed::read<char>(tensor);
  return {bytes, static_cast<std::size_t>(tensor.elements() * heed::bytes(tensor.dtype()))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::only_errors([&] {
    const heed::io::TensorFile first = heed::io::load_tensors(fuzz::File(bytes, size).path());
    if (bytes[size - 1] % 16 != 0) return;  // writing takes much longer than reading
    const std::string path =
        std::filesystem::temp_directory_path() / ("heed_fuzz_" + std::to_string(::getpid()) + ".safetensors");
    heed::io::save_tensors(first.tensors, path, first.metadata);
    const heed::io::TensorFile second = heed::io::load_tensors(path);
    std::filesystem::remove(path);
    fuzz::require(first.metadata == second.metadata && first.tensors.size() == second.tensors.size());
    for (const auto& [name, tensor] : first.tensors) {
      bool found = false;
      for (const auto& [other_name, other] : second.tensors)
        found |= name == other_name && tensor.shape() == other.shape() && tensor.dtype() == other.dtype() &&
                 bits_of(tensor) == bits_of(other);
      fuzz::require(found);
    }
  });
}
