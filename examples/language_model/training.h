#pragma once

#include "corpus.h"
#include "run_folder.h"

/// Goes on with a run to its end, or to an interrupt, and keeps it in the folder after each look at the validation
/// text, at which it also shows what the model writes. What comes out does not depend on where it was interrupted.
/// Whether it came to its end.
bool train_to_end(Run& run, const Corpus& corpus, const std::string& folder);
