# Collects the C++ blocks of a Markdown page in FOLDER/page.cpp, so that they are compiled and run as one program.
# Without a mark, a block stands at namespace scope, with heed and fmt included and heed's namespace open. Marks are
# comments on the line before a block:
#   <!-- statements -->  the block is the body of a function, which the program calls; its output begins with the line
#                        "== N", where N is the number of the block's first line
#   <!-- compiled -->    the body of a function that is not called: it reads files, or takes long
#   <!-- prints -->      the block is what the program or the statements before it print: FOLDER/program_N.txt or
#                        FOLDER/N.txt
# A block with `int main` is a program of its own, FOLDER/program_N.cpp.
#   awk -v folder=FOLDER -f blocks.awk PAGE
function located(text) { return sprintf("#line %d \"%s\"\n%s", line, FILENAME, text) }
function write() {
  if (code ~ /int main\(/) {
    last = "program_" ++programs
    printf "%s", located(code) > (folder "/" last ".cpp")
    close(folder "/" last ".cpp")
    return
  }
  found = 1
  if (kind == "statements" || kind == "compiled") {
    body = body "void block_" line "();\nvoid block_" line "() {\n" located(code) "}\n"
    if (kind == "statements") calls = calls "  std::puts(\"== " line "\");\n  block_" line "();\n"
    last = kind == "statements" ? line : ""
  } else {
    body = body located(code)
  }
}
function stop(message) {
  printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
  failed = 1
  exit 1
}
/^```/ && inside {
  if (inside == "cpp") write()
  else if (inside == "prints") {
    if (last == "") stop("no block before it prints this")
    printf "%s", code > (folder "/" last ".txt")
    close(folder "/" last ".txt")
    last = ""
  }
  inside = kind = ""
  next
}
inside { code = code $0 "\n"; next }
/^```/ {
  inside = $0 ~ /^```cpp$/ ? "cpp" : kind == "prints" ? "prints" : "text"
  code = ""; line = FNR + 1
  next
}
/^<!-- [a-z]+ -->$/ {
  kind = $2
  if (kind != "statements" && kind != "compiled" && kind != "prints") stop("no mark is called " kind)
  next
}
NF { kind = "" }
END {
  if (failed || !found) exit failed
  file = folder "/page.cpp"
  printf "#include <fmt/format.h>\n#include <heed/heed.h>\n\n#include <cstdio>\n\nusing namespace heed;  // NOLINT\n" > file
  printf "%s", body > file
  printf "#line 1 \"%s\"\nint main() {\n  std::setvbuf(stdout, nullptr, _IONBF, 0);\n%s}\n", file, calls > file
}
