// All of a training run in one file, so that it goes on to the bit as if it had never stopped.
#pragma once

#include <map>
#include <string>

#include "../nn/fields.h"
#include "../optim/adamw.h"

namespace heed::train {

/// How far training has come: what a loop needs to find its next batch.
struct TrainingPlace {
  std::int64_t step = 0;                     // of the optimizer, from the start
  std::int64_t epoch = 0, batch = 0;         // the batch that comes next
  std::map<std::string, std::string> notes;  // anything else that a program wants back
};

/// Writes the model's parameters and buffers, the optimizer's state, this thread's random numbers (seed and next
/// stream) and the place. The file is replaced at once: whenever a program ends, there is the old one or the new one.
/// Throws Error, and writes nothing, if a number of the place is negative.
void save_checkpoint(const std::string& path, nn::AnyLayer model, const optim::AdamW& adam, const TrainingPlace& place);

/// Puts it all back, and returns the place. Throws Error, and changes nothing, if the file is damaged or is no
/// checkpoint of such a model, with its settings (nn/settings.h), and optimizer.
TrainingPlace load_checkpoint(const std::string& path, nn::AnyLayer model, optim::AdamW& adam);

}  // namespace heed::train
