#!/bin/sh
# check.sh PROGRAM COMPILER...: PROGRAM does not compile, and the compiler says what each of its lines
# `// expect: REGEX` asks for. If the mistake stands under `#ifdef MISTAKE`, the program does compile without it.
set -eu
export LC_ALL=C
program=$1
shift

stop() {
  echo "$program: $1"
  [ -z "${said-}" ] || echo "$said"
  exit 1
}

expected=$(sed -n 's|^ *// expect: *||p' "$program")
[ -n "$expected" ] || stop "has no line '// expect: REGEX'"
if grep -q MISTAKE "$program"; then
  said=$("$@" "$program" 2>&1) || stop "does not compile even without MISTAKE:"
fi
if said=$("$@" -D MISTAKE "$program" 2>&1); then stop "compiles"; fi
echo "$expected" | while IFS= read -r message; do
  echo "$said" | grep -qE -e "$message" || stop "does not compile, but for another reason than '$message':"
done
