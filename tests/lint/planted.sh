#!/usr/bin/env bash
# planted.sh LINT COMPILER: each rule in the folder LINT passes a clean tree, and finds the mistake planted in it.
set -euo pipefail
lint=$1 compiler=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cd "$root"
passed=0 failed=0

# expect RULE [WORDS]: the rule passes, or fails and says WORDS.
expect() {
  local rule=$1 words=${2-} said status=0
  said=$("$lint/$rule" . 2>&1) || status=$?
  if [[ -z $words && $status == 0 && -z $said ]] || [[ -n $words && $status != 0 && $said == *"$words"* ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$rule: expected '${words:-nothing}' and got status $status and: $said"
  fi
}

# put FILE LINE...: writes the lines to the file.
put() {
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$1"
}

expect include_order
put graph/tensor.h '#pragma once' '#include <vector>'
put nn/linear.h '#include "../graph/tensor.h"' '#include "norm.h"' '#include "../ops/../graph/tensor.h"'
put examples/sort/main.cpp '#include <heed/heed.h>' '#include "data.h"'
expect include_order
put ops/matmul.cpp '#include "matmul.h"' '#  include "../nn/linear.h"'
expect include_order 'ops/matmul.cpp:2: ops/ may not include nn/, which stands above it'
put ops/matmul.cpp '#include <heed/graph/tensor.h>'
expect include_order 'the library includes its own files by relative path'
put ops/matmul.cpp '#include "graph/tensor.h"'
put ops/kernels/gemm.cpp '#include "../../autodiff/grad.h"'
expect include_order 'ops/ may not include autodiff/'
put ops/kernels/gemm.cpp '#include "../../tests/check.h"'
expect include_order 'in no folder of the library'
rm -r ops
put examples/sort/main.cpp '#include "../../nn/linear.h"'
expect include_order 'an example includes the library as <heed/...>'
rm -r examples

put ops/math/exp.h '#include "../detail/map.h"' 'namespace heed {'
put ops/math/exp.cpp '#include "../support/each.h"' 'namespace heed {'
put ops/detail/map.h 'namespace heed::detail {'
put ops/support/each.h '#include "../kernels/table.h"' 'namespace heed::detail {'
put ops/kernels/table.h 'namespace heed::kernels {'
put examples/sort/main.cpp '#include <heed/ops/math/exp.h>'
expect internal_headers
put ops/math/exp.h '#include "../support/each.h"'
expect internal_headers 'ops/math/exp.h:1: includes "../support/each.h", which is not installed'
put ops/math/exp.h '#include "../detail/map.h"'
put ops/detail/map.h '#include "../kernels/table.h"'
expect internal_headers 'ops/detail/map.h:1: includes "../kernels/table.h", which is not installed'
put ops/detail/map.h 'namespace heed {'
expect internal_headers 'ops/detail/map.h:1: an internal header, which declares in heed'
put ops/detail/map.h 'namespace heed::detail {'
put examples/sort/main.cpp '#include <heed/ops/support/each.h>'
expect internal_headers 'examples/sort/main.cpp:1: includes <heed/ops/support/each.h>, which is not for users'
rm -r examples

put graph/fail.h 'void fail();'
put graph/tensor.h 'class Tensor;'
put nn/linear.h 'struct Linear;'
put heed.h '#include "graph/tensor.h"' '#include "nn/linear.h"' '#include "ops/math/exp.h"'
expect heed_h_complete
put heed.h '#include "graph/tensor.h"' '#include "ops/math/exp.h"'
expect heed_h_complete 'heed.h: does not include nn/linear.h'
put heed.h '#include "graph/tensor.h"' '#include "nn/linear.h"' '#include "ops/math/exp.h"' '#include "ops/support/each.h"'
expect heed_h_complete 'heed.h: includes ops/support/each.h, which is not public'
rm -r heed.h graph nn ops

put ops/math/exp.h 'Tensor exp(const Tensor& x);'
put ops/math/exp.cpp 'Tensor exp(const Tensor& x) {}'
put ops/math/log.h 'Tensor log(const Tensor& x);'
put ops/math/kind.h '// No code (at all).' 'enum class Kind { one };'
put ops/support/each.h 'void each();'
put tests/ops/math/exp.cpp '// Also tests ops/math/log.h.'
expect headers_have_tests
put tests/ops/math/exp.cpp '// It also tests ops/math/log.h.'
expect headers_have_tests 'ops/math/log.h: no test is called tests/ops/math/log.cpp'
put tests/ops/math/exp.cpp '// Also tests ops/math/log.h, ops/math/log2.h.'
expect headers_have_tests 'ops/math/log2.h: a test says that it tests this header, which there is not'
put tests/ops/math/exp.cpp '// Also tests ops/math/log.h.'
put ops/math/log1p.cpp 'Tensor log1p(const Tensor& x) {}'
expect headers_have_tests 'ops/math/log1p.cpp: has no header ops/math/log1p.h'
rm -r ops tests

put graph/long.cpp "$(seq -f '// %g' 500)"
put build/long.cpp "$(seq -f '// %g' 900)"
expect file_length
put graph/long.cpp "$(seq -f '// %g' 501)"
expect file_length 'graph/long.cpp'
rm -r build graph

put docs/page.md 'METHODODO and todo are words.'
expect nothing_unfinished
put docs/page.md "TO""DO: more"
expect nothing_unfinished 'docs/page.md:1'
rm -r docs

put nn/linear.h '/// Linear layer. The' '/// same, with' '/// That of a bias.' 'int length();  // the longest' 'fail("longest");'
put nn/support/sum.h 'int longest;'
put tests/nn/linear.cpp 'int longest;'
expect comment_words
put nn/linear.h 'struct Linear {' '  /// Whether it has a bias.' '  bool biased;' '};'
expect comment_words 'nn/linear.h:2: a doc comment begins with "Whether"'
put nn/linear.h '/// The same with a bias.' 'int f();'
expect comment_words 'nn/linear.h:1: a doc comment begins with "The same"'
put nn/linear.h 'int f(int longest);'
expect comment_words 'nn/linear.h:1: uses the former name longest'
put nn/linear.h 'int f();'
put tests/nn/linear.cpp '/// How it is tested.'
expect comment_words 'tests/nn/linear.cpp:1: a doc comment begins with "How"'
rm -r nn tests

put ops/unary.h '#pragma once' 'namespace heed {' '/// Not Tensor commented(const Tensor& x);' \
  '[[nodiscard]] Tensor tanh(const Tensor& x);' 'struct Options { Tensor bias; Tensor get() const; };' \
  'std::pair<Tensor, Tensor> split(const Tensor& x, const Options& options = {.axis = 0, .size = f()},' '    int part = 1);' \
  'template <class Function>' 'Tensor map(const Tensor& x, Function f) {' '  Tensor y(x);' '  return each(x, f);' '}' \
  'Tensor operator*(const Tensor& a, const Tensor& b);' 'int axes(const Tensor& x);' \
  'namespace detail {' 'Tensor hidden(const Tensor& x);' '}' '}  // namespace heed' '/* Tensor old(int); */'
put tests/ops/unary.cpp '{"tanh", ...},' '{"split of two", ...}, {"map"}, {"*"}'
expect ops_have_rows
put tests/ops/unary.cpp '{"tanh_backward", "tanh: x is"},' '{"split", ...}, {"map"}, {"operator*"}'
expect ops_have_rows 'ops/unary.h: tanh has no row'
put tests/ops/unary.cpp '{"tanh", "split"}, {"mapped"}, {"+"}'
expect ops_have_rows 'ops/unary.h: map has no row'
expect ops_have_rows 'ops/unary.h: operator* has no row'
rm -r ops tests

if command -v shellcheck >/dev/null; then # what ./run lint installs, ./run test does without
  put scripts/count '#!/bin/sh' 'echo "$1"'
  put scripts/other '#!/usr/bin/env python' 'echo $1'
  expect shell_scripts
  put scripts/count '#!/bin/sh' 'echo $1'
  expect shell_scripts 'Double quote'
  rm -r scripts
fi

kernels=build/release/CMakeFiles/heed_kernels_avx2.dir
mkdir -p $kernels
expect kernel_symbols 'holds no kernel objects'
put kernel.cpp 'namespace heed::kernels::avx2 {' \
  'struct Base { virtual ~Base() = default; virtual int size() const { return 1; } };' \
  'template <class T> struct Row { T x; T twice() const { static T factor = make(); return x * factor; } static T make() { return 2; } };' \
  'template <class T> auto sum(T x) { return [=](T y) { return Row<T>{x + y}; }; }' \
  'template <class F> Row<float> call(F f) { return f(1.0f); }' \
  'inline int counter = sizeof(Base);' \
  'Base* base() { return new Base; }' \
  'float use(float x) { return call(sum(x)).twice() + float(++counter); }' '}'
"$compiler" -std=c++20 -O0 -c kernel.cpp -o $kernels/kernel.o
expect kernel_symbols
put kernel.cpp 'namespace heed { template <class T> T clamp(T x) { return x < 0 ? 0 : x; } }' \
  'namespace heed::kernels::avx2 { float use(float x) { return clamp(x); } }'
"$compiler" -std=c++20 -O0 -c kernel.cpp -o $kernels/kernel.o
expect kernel_symbols 'float heed::clamp<float>(float)'
put kernel.cpp 'namespace heed::kernels::avx512 { inline float half(float x) { return x / 2; } }' \
  'namespace heed::kernels::avx2 { float use(float x) { return avx512::half(x); } }'
"$compiler" -std=c++20 -O0 -c kernel.cpp -o $kernels/kernel.o
expect kernel_symbols 'heed::kernels::avx512::half(float)'

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
