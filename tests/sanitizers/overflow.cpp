// A size does not fit its type.
#include <limits>

int main(int argc, char**) { return std::numeric_limits<int>::max() + argc; }
