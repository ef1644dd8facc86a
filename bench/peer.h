// Comparison of heed with PyTorch, timed in alternation.
#pragma once

#include <string>

namespace bench {

/// Starts bench/peer.py with this Python, times the tasks whose names match the regular expression with both, prints a
/// table and writes it to a file as JSON. Throws heed::Error if the peer fails or computes another value.
void run_beside_peer(const std::string& python, const std::string& filter, const std::string& file);

}  // namespace bench
