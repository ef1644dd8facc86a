#!/bin/sh
# check.sh PROGRAM COMPILER...: PROGRAM compiles; with -D MISTAKE it does not, and the compiler says what each of its
# lines `// expect: REGEX` asks for. The first compilation shows that it is the mistake that does not compile.
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
said=$("$@" "$program" 2>&1) || stop "does not compile even without MISTAKE:"
if said=$("$@" -D MISTAKE "$program" 2>&1); then stop "compiles with MISTAKE"; fi
echo "$expected" | while IFS= read -r message; do
  echo "$said" | grep -qE "$message" || stop "does not compile, but for another reason than '$message':"
done
