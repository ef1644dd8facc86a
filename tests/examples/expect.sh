# What the tests of examples share. To be sourced after `program` is set: goes into a folder of its own, which is gone
# in the end.
name=$(basename "$0" .sh)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1))
  echo "$name: $*"
}

# expect STATUS WORDS ARGUMENT...: the program ends with this status and says WORDS.
expect() {
  local said status=0
  said=$("$program" "${@:3}" 2>&1 | tr -d '\0') || status=$?
  if [[ $status == "$1" && $said == *"$2"* ]]; then
    pass
  else
    fail "${*:3}: expected status $1 and '$2', got $status and: $said"
  fi
}

# check WORDS COMMAND...: the command succeeds.
check() { if "${@:2}"; then pass; else fail "$1"; fi; }

# same FILE FILE: they have the same bytes.
same() { check "$1 and $2 are unlike" cmp -s "$1" "$2"; }

# report: how many checks passed; fails if any failed.
report() {
  echo "$passed passed, $failed failed"
  [[ $failed == 0 ]]
}
