#pragma once

#include <string>

/// The absolute path of tests/golden. Only main.cpp knows it, so that the tests compile to the same objects in every
/// checkout and a compiler cache can serve them.
const std::string& golden_folder();
