// Rows of recurrent ops and of pairs; their inputs are in tests/golden/make.py.
#include "rows.h"

using namespace heed;
using golden::Tensors;

void golden::add_recurrent(Rows& rows) {
  rows["gru_cell"] = [](const Tensors& x, const Tensors&) {
    return gru_cell(linear(x[0], x[2], x[4]), linear(x[1], x[3], x[5]), x[1]);
  };
  rows["lstm_cell"] = [](const Tensors& x, const Tensors&) {
    const LstmState state = lstm_cell(linear(x[0], x[3], x[5]), linear(x[1], x[4], x[6]), x[2]);
    return concat({state.hidden, state.cell}, 1);
  };
  const Sequences sequences{2, 4, 1, 3};
  rows["gru"] = [sequences](const Tensors& x, const Tensors&) {
    const GruOutput run = gru(linear(x[0], x[2], x[4]), x[3], x[5], x[1], sequences);
    return concat({run.y, run.hidden});
  };
  rows["lstm"] = [sequences](const Tensors& x, const Tensors&) {
    const LstmOutput run = lstm(linear(x[0], x[3], x[5]), x[4], x[6], x[1], x[2], sequences);
    return concat({run.y, run.hidden, run.cell});
  };
  const Sequences queries{2, 3}, keys{3, 1};
  rows["pair_dot"] = [=](const Tensors& x, const Tensors&) { return pair_dot(x[0], x[1], queries, keys); };
  rows["pair_weighted_sum"] = [=](const Tensors& x, const Tensors&) {
    return pair_weighted_sum(x[0], x[1], queries, keys);
  };
  rows["pair_weighted_sum_transposed"] = [=](const Tensors& x, const Tensors&) {
    return pair_weighted_sum_transposed(x[0], x[1], queries, keys);
  };
  rows["pair_softmax"] = [=](const Tensors& x, const Tensors&) { return pair_softmax(x[0], queries, keys); };
  rows["pair_additive"] = [=](const Tensors& x, const Tensors&) {
    return pair_additive(x[0], x[1], x[2], queries, keys);
  };
}
