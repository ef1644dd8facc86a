// The safetensors format: https://huggingface.co/docs/safetensors. A file is the length of a header (8 bytes, little
// endian), the header (JSON: name, dtype, shape and place of each tensor, and metadata), and the tensors' bytes.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../graph/tensor.h"

namespace heed::nn {

/// Contents of a file. The checksums that save_tensors writes are not among the metadata.
struct TensorFile {
  std::vector<std::pair<std::string, Tensor>> tensors;  // in the order in which they lie in the file
  std::map<std::string, std::string> metadata;
};

/// Writes tensors of any dtype and strides. The file is replaced at once: when that fails (a full disk), an Error is
/// thrown and the old file is still there. Names must differ and be UTF-8. Checksums (CRC-32 as
/// zlib computes it, 8 hexadecimal digits) stand in the file's metadata: "heed.checksums" is a JSON object with that of
/// each tensor's bytes by its name, and "heed.checksum_of_header" is that of all else that the header says. A program
/// that changes such a file must leave them out.
void save_tensors(const std::vector<std::pair<std::string, Tensor>>& tensors, const std::string& path,
                  const std::map<std::string, std::string>& metadata = {});

/// Reads a file with all its tensors. Throws Error if it is damaged in any way, or has a dtype that heed has not. What
/// the reference implementation (safetensors 0.8.0) reads is read, and what it refuses is refused, except that heed
/// also refuses what the format forbids but the reference does not look for: a key that stands twice, a tensor's
/// description that is an array, BOOL bytes other than 0 and 1.
/// Where the file has no checksums, as from other programs, changed bytes in the data are not seen.
TensorFile load_tensors(const std::string& path);

}  // namespace heed::nn
