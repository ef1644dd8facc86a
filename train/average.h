// Averages of models.
#pragma once

#include <span>
#include <string>

namespace heed::train {

/// Averages models written by nn::save and writes the result to `path`. Elements are summed in double in the order of
/// the files, and rounded once. Tensors that are not floating point are taken from the last file. The average of the
/// last few checkpoints of a run is often better than the last one (Vaswani et al. 2017, arXiv:1706.03762,
/// section 6.1). Throws Error if there are no files, or if their tensors differ in names, shapes or dtypes.
void average_files(std::span<const std::string> paths, const std::string& path);

}  // namespace heed::train
