#!/bin/sh
# extraction.sh FOLDER: FOLDER/blocks.awk takes every C++ block out of a page, and wraps it as it should;
# FOLDER/run_and_compare.sh notices a program that fails or prints something else, FOLDER/links.sh a broken link.
set -eu
scripts=$1
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
<!-- compiled -->
```cpp
read("file");
```
```cpp
struct Last {};
```
<!-- statements -->
```cpp
fmt::print("five\n");
```
<!-- prints -->
```
five
```
PAGE
stop() {
  echo "$1"
  exit 1
}
collect() { awk -v folder="$folder" -f "$scripts/blocks.awk" "$folder/page.md"; }
collect
found=$(cd "$folder" && echo *.cpp *.txt)
[ "$found" = "page.cpp program_1.cpp 30.txt program_1.txt" ] || stop "wrote $found"
grep -q '^#line 10 ".*page.md"$' "$folder/program_1.cpp" || stop "lost the line of a program"
[ "$(grep -c '^#include' "$folder/program_1.cpp")" = 1 ] || stop "wrapped a program"
grep -q '^#line 3 ".*page.md"$' "$folder/page.cpp" || stop "lost the line of a block"
[ "$(grep -c '^  block_' "$folder/page.cpp")" = 2 ] || stop "does not call the statements, or calls what is only compiled"
grep -q '^void block_23() {$' "$folder/page.cpp" || stop "did not wrap what is only compiled"
[ "$(grep -B 1 'struct Last' "$folder/page.cpp" | head -c 5)" = "#line" ] || stop "wrapped declarations as statements"
[ "$(cat "$folder/program_1.txt")" = two ] || stop "lost what a program prints"
[ "$(cat "$folder/30.txt")" = five ] || stop "lost what statements print"

printf '#!/bin/sh\necho two\n' >"$folder/program_1"
printf '#!/bin/sh\necho == 19\necho == 30\necho five\n' >"$folder/page"
chmod +x "$folder/program_1" "$folder/page"
for program in program_1 page; do
  "$scripts/run_and_compare.sh" "$folder/$program" "$folder" || stop "does not know the right text of $program"
done
echo six >"$folder/30.txt"
! "$scripts/run_and_compare.sh" "$folder/page" "$folder" >/dev/null || stop "missed a wrong text"
echo three >"$folder/program_1.txt"
! "$scripts/run_and_compare.sh" "$folder/program_1" "$folder" >/dev/null || stop "missed a wrong text of a program"
! "$scripts/run_and_compare.sh" /bin/false "$folder" >/dev/null || stop "missed a program that fails"

echo '<!-- print -->' >>"$folder/page.md"
! collect 2>/dev/null || stop "took a mark that there is not"

echo '[here](page.md#part), [there](https://nowhere), [gone](gone.md)' >"$folder/links.md"
said=$("$scripts/links.sh" "$folder" links.md) && stop "missed a broken link"
[ "$said" = "links.md: there is no gone.md" ] || stop "said of a broken link: $said"
