#!/bin/sh
# extraction.sh FOLDER: FOLDER/snippets.awk takes every C++ snippet out of a page, and wraps it as it should;
# FOLDER/run_and_compare.sh notices a program that fails or prints something else.
set -eu
readme=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/page.md" <<'PAGE'
# A page
```cpp
struct Layer {};
```
```sh
./run test
```
A program:
```cpp
#include <cstdio>
int main() { std::puts("two"); }
```
<!-- prints -->
```
two
```
<!-- statements -->
```cpp
Layer layer;
```
```cpp
struct Last {};
```
PAGE
awk -v folder="$folder" -f "$readme/snippets.awk" "$folder/page.md"

stop() {
  echo "$1"
  exit 1
}
found=$(cd "$folder" && echo *.cpp *.txt)
[ "$found" = "program_2.cpp snippet_1.cpp snippet_3.cpp snippet_4.cpp program_2.txt" ] || stop "wrote $found"
[ "$(head -1 "$folder/program_2.cpp")" = "#include <cstdio>" ] || stop "wrapped a program"
grep -q '^#line 3 ".*page.md"$' "$folder/snippet_1.cpp" || stop "lost the line of a snippet"
grep -q '^void snippet() {$' "$folder/snippet_3.cpp" || stop "did not wrap statements"
! grep -q '^void snippet' "$folder/snippet_1.cpp" "$folder/snippet_4.cpp" || stop "wrapped declarations as statements"
[ "$(cat "$folder/program_2.txt")" = two ] || stop "lost what a program prints"

printf '#!/bin/sh\necho two\n' >"$folder/program"
chmod +x "$folder/program"
"$readme/run_and_compare.sh" "$folder/program" "$folder/program_2.txt" || stop "does not know the right text"
echo three >"$folder/wrong.txt"
! "$readme/run_and_compare.sh" "$folder/program" "$folder/wrong.txt" >/dev/null || stop "missed a wrong text"
! "$readme/run_and_compare.sh" false || stop "missed a program that fails"
