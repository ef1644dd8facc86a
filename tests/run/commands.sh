#!/usr/bin/env bash
# commands.sh RUN: ./run explains itself, answers mistakes by a sentence, and installs exactly what is missing, with
# stand-ins for the programs that would install or format.
set -euo pipefail
run=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PATH=$folder:$PATH
passed=0 failed=0

# stand_in NAME COMMANDS: a program of this name, found before the real one.
stand_in() {
  printf '#!/bin/sh\n%s\n' "$2" >"$folder/$1"
  chmod +x "$folder/$1"
}

# expect STATUS WORDS ARGUMENT...: ./run ARGUMENT... ends with this status and says WORDS.
expect() {
  local said status=0
  said=$("$run" "${@:3}" 2>&1 </dev/null) || status=$?
  if [[ $status == "$1" && $said == *"$2"* && (-n $2 || -z $said) ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "./run ${*:3}: expected status $1 and '$2', got $status and: $said"
  fi
}

expect 0 './run example [NAME [arguments]]'
expect 0 './run lint' help
expect 2 "there is no command 'tset': there are demo, test, bench, figures, example, fuzz, docs, format and lint" tset
expect 2 "there is no preset 'fast' for tests: take release, debug, address or thread" test --preset fast
expect 2 "--preset needs a name" test --preset
expect 2 '--peer needs a Python' bench --peer
expect 2 "there is no program 'nothing'" bench --peer nothing train/tiny
expect 2 "'false' cannot import torch and transformers. A Python that can: python3 -m venv" bench --peer false
expect 2 "figures takes --cheap or --peer PYTHON, not 'all'" figures all
expect 2 '--peer needs a Python: ./run figures --peer PYTHON' figures --peer
expect 2 "there is no example 'nothing': there are" example nothing
expect 0 'safetensors' fuzz
expect 2 "there is no fuzz target 'nothing': there are descriptions documents json ops" fuzz nothing 10
expect 2 'fuzz needs a target and for how long: ./run fuzz ops SECONDS' fuzz ops
expect 2 'fuzz needs a target and for how long: ./run fuzz ops SECONDS' fuzz ops 10 20
expect 2 "'0' is no number of seconds: take one from 1 to 9999999" fuzz ops 0
expect 2 "'1e3' is no number of seconds" fuzz ops 1e3
expect 2 "'-5' is no number of seconds" fuzz ops -5

expect 2 'docs takes no arguments' docs all

stand_in clang-format-19 'echo formatted >>"$0.calls"'
stand_in dpkg-query "test -e '$folder/installed' && echo clang-format-19 installed; exit 1"
stand_in apt-get "case \$* in *install*) touch '$folder/installed' ;; esac; echo \"\$*\" >>'$folder/asked'"
stand_in id 'echo 0'
expect 0 './run format needs clang-format-19: installing with apt-get' format
grep -q 'install.* clang-format-19$' "$folder/asked"
rm "$folder/asked"
expect 0 '' format
[[ ! -e $folder/asked ]] || { echo "./run installed what was there"; failed=$((failed + 1)); }

rm "$folder/installed"
stand_in apt-get 'echo "no network" >&2; exit 100'
expect 2 'apt-get could not install clang-format-19: what it said is above. Is the network up?' format
stand_in id 'echo 1000'
stand_in sudo 'exit 1'
expect 2 "needs root or a sudo that asks no password: run 'apt-get install clang-format-19' yourself" format
stand_in sudo 'test "$1" = -n && shift && exec "$@"'
stand_in apt-get "touch '$folder/installed'"
expect 0 'installing with apt-get' format

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
