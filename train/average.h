#pragma once

#include <span>
#include <string>

namespace heed::train {

/// Writes to `path` the mean of models that nn::save wrote: element by element, added in double in the order of the
/// files, and rounded once. Tensors that are not floating point are those of the last file. The last few checkpoints of
/// a run, averaged, are often better than the last (Vaswani et al. 2017, arXiv:1706.03762, section 6.1). Throws Error
/// if there are no files, or if they do not have the same names, shapes and dtypes.
void average_files(std::span<const std::string> paths, const std::string& path);

}  // namespace heed::train
