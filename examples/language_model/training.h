#pragma once

#include "corpus.h"
#include "run_folder.h"

/// Continues a run to its end, or to an interrupt. Evaluates it on the validation text, prints a sample and saves it
/// every `look` steps. The result does not depend on interruptions. Returns true if the run was finished.
bool train_to_end(Run& run, const Corpus& corpus, const std::string& folder);
