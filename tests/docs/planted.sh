#!/usr/bin/env bash
# planted.sh SITE: Doxygen with the files in the folder SITE (docs/site) accepts a small clean tree, and reports the mistake
# planted in it. `.ci/run` runs it, since ./run docs installs Doxygen and ./run test does without.
set -euo pipefail
site=$(realpath "$1")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cd "$root"
passed=0 failed=0

# expect [WORDS]: the site is built without a word, or fails and says WORDS.
expect() {
  local words=${1-} said status=0
  rm -rf out && mkdir out
  said=$(doxygen docs/site/Doxyfile 2>&1) || status=$?
  if [[ -z $words && $status == 0 && -z $said ]] || [[ -n $words && $status != 0 && $said == *"$words"* ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "expected '${words:-nothing}' and got status $status and: $said"
  fi
}

# put FILE LINE...: writes the lines to the file.
put() {
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$1"
}

# header LINE...: writes a header with these lines in the namespace heed.
header() { put graph/unit.h '// Units.' '#pragma once' '' 'namespace heed {' '' "$@" '' '}  // namespace heed'; }

mkdir -p docs examples graph io ops autodiff nn optim text train
cp -r "$site" docs
put docs/site/reference.dox '/// \defgroup graph graph' '/// Tensors.' '/// \namespace heed' '/// Everything.'
put LICENSE 'Free.'
put CHANGELOG.md '# Changelog'
put CONTRIBUTING.md '# Tour'
put README.md '# heed' '[One](docs/one.md), [its end](docs/one.md#the-end), [license](LICENSE), [tour](CONTRIBUTING.md), [log](CHANGELOG.md)'
put docs/one.md '# One' '## The end' 'Back to [heed](../README.md), `[x](y)`.' '<!-- prints -->' '```cpp' 'f([](int) {});' '```'
header '/// Sum of a and b[i], for a < b:' '///   c = a_i * b' '/// Of <T> & @ # % all.' 'int sum(int a, int b);' 'int sum(long a, long b);' \
  'int difference(int a, int b);' '' '/// Limits: low and high.' 'struct Limits {' '  int low = 0, high = f({1, 2});' \
  '  int steps;  // number of steps' ' private:' '  int hidden();' '};' '' '/// Order of `first` and last.' 'enum class Order { first, last };' \
  'namespace detail {' 'int hidden();' '}  // namespace detail' '' '/// Anything.' 'template <class T>' 'concept Any = true;' \
  '/// Inline.' 'inline int one() { return 1; }'
expect

header 'int sum(int a, int b);'
expect 'graph/unit.h:6: error: Member sum(int a, int b) (function) of namespace heed is not documented'
header '/// Sum.' 'int sum(int a, int b);' 'int size(double x);'
expect 'graph/unit.h:8: error: Member size(double x) (function) of namespace heed is not documented'
header '/// Sum.' 'int sum(int a, int b);' '' 'int difference(int a, int b);'
expect 'Member difference(int a, int b) (function) of namespace heed is not documented'
header 'struct Limits {};'
expect 'the_undocumented_compound_Limits'
header '/// Limits: low.' 'struct Limits {' '  int low, high;' '};'
expect 'Member high (variable) of struct heed::Limits is not documented'
header '/// Limits.' 'class Limits {' ' public:' '  /// Low.' '  int low() const { return 1; }' '  int high() const { return 2; }' '};'
expect 'Member high() const (function) of class heed::Limits is not documented'
header 'enum class Order { first, last };'
expect 'Member Order (enumeration) of namespace heed is not documented'
header '/// Order: first.' 'enum class Order {' '  first,' '  last,  // the last one' '  middle' '};'
expect 'the_undocumented_enumerator_middle'
header 'template <class T>' 'concept Any = true;'
expect 'the_undocumented_concept_Any'
put graph/unit.h '#pragma once' '' 'namespace heed {' '/// One.' 'int one();' '}'
expect 'the_missing_comment_at_the_head_of_graph_unit_h'
header '/// One.' 'int one();'
put io/file.h '// Files.' '#pragma once' '' 'namespace heed {' '/// One.' 'int file();' '}'
expect 'the_missing_group_io_in_reference.dox'
rm io/file.h
expect

put docs/one.md '# One' '## The beginning' '[heed](../README.md)'
expect "unable to resolve reference to 'docs_one_the-end'"
put docs/one.md '# One' '## The end' '[two](two.md)'
expect "unable to resolve reference to 'no_page_docs_two'"
put docs/one.md '# One' '## The end' '[header](../graph/unit.h)'
expect "unable to resolve reference to 'no_page_graph_unit_h'"
put docs/one.md '# One' '## The end' '![image](one.svg)'
expect 'no_image_one.svg'

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
