// The safetensors format: https://huggingface.co/docs/safetensors. A file is the length of a header (8 bytes, little
// endian), the header (JSON: name, dtype, shape and place of each tensor, and metadata), and the tensors' bytes.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../graph/tensor.h"

namespace heed::io {

/// Contents of a safetensors file. The metadata does not include the checksums that save_tensors writes.
struct TensorFile {
  std::vector<std::pair<std::string, Tensor>> tensors;  // in the order of the file's data
  std::map<std::string, std::string> metadata;
};

/// Writes tensors of any dtype and strides to a safetensors file. The file is replaced atomically: on failure (a full
/// disk), Error is thrown and the old file is unchanged. Names must be unique and UTF-8. The file's metadata has
/// checksums (CRC-32 as computed by zlib, 8 hexadecimal digits): "heed.checksums" is a JSON object with the checksum of
/// each tensor's bytes by name, and "heed.checksum_of_header" is that of the rest of the header. A program that
/// modifies such a file must remove them.
void save_tensors(const std::vector<std::pair<std::string, Tensor>>& tensors, const std::string& path,
                  const std::map<std::string, std::string>& metadata = {});

/// Reads a safetensors file. Throws Error if it is damaged in any way, or has a dtype that heed does not support.
/// Accepts and rejects the same files as the reference implementation (safetensors 0.8.0), except that heed also
/// rejects what the format forbids but the reference does not check: duplicate keys, a tensor's description that is an
/// array, BOOL bytes other than 0 and 1.
/// Without checksums, as in files of other programs, changed bytes in the data are not detected.
TensorFile load_tensors(const std::string& path);

}  // namespace heed::io
