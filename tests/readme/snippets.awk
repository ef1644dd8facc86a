# Writes each C++ snippet of a Markdown page to FOLDER/snippet_N.cpp, so that it is compiled; a program (a snippet with
# `int main`) goes to FOLDER/program_N.cpp and is also run. Snippets without one stand at namespace scope, after heed's
# headers, `using namespace heed` and the ones of this kind before it; after the line <!-- statements --> they stand in a function. After <!-- prints -->
# a block is what the last program prints, and goes to FOLDER/program_N.txt.
# awk -v folder=FOLDER -f snippets.awk README.md
function write(   name) {
  name = sprintf("%s/%s_%d", folder, code ~ /int main\(/ ? "program" : "snippet", ++count)
  if (code ~ /int main\(/) { program = name; printf "%s", code > (name ".cpp") }
  else {
    printf "#include <fmt/format.h>\n#include <heed/heed.h>\nusing namespace heed;  // NOLINT\n" > (name ".cpp")
    printf "%s", earlier > (name ".cpp")
    if (kind != "statements") earlier = earlier code
    if (kind == "statements") code = "void snippet();\nvoid snippet() {\n" code "}\n"
    printf "#line %d \"%s\"\n%s", line, FILENAME, code > (name ".cpp")
  }
  close(name ".cpp")
}
/^```/ && inside {
  if (inside == "cpp") write()
  else if (inside == "prints") { printf "%s", code > (program ".txt"); close(program ".txt") }
  inside = kind = ""
  next
}
inside { code = code $0 "\n"; next }
/^```/ {
  inside = $0 ~ /^```cpp/ ? "cpp" : kind == "prints" ? "prints" : "text"
  code = ""; line = FNR + 1
  next
}
/^<!-- (statements|prints) -->$/ { kind = $2; next }
NF { kind = "" }
