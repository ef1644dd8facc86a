// Rows of shape and indexing ops; their inputs are in tests/golden/make.py.
#include "rows.h"

using namespace heed;
using golden::Tensors;

void golden::add_shapes(Rows& rows) {
  rows["reshape"] = [](const Tensors& x, const Tensors&) { return reshape(x[0], {6, -1}); };
  rows["view"] = [](const Tensors& x, const Tensors&) { return view(x[0], {12, 5}); };
  rows["transpose"] = [](const Tensors& x, const Tensors&) { return transpose(x[0]); };
  rows["transpose 0 2"] = [](const Tensors& x, const Tensors&) { return transpose(x[0], 0, 2); };
  rows["permute"] = [](const Tensors& x, const Tensors&) { return permute(x[0], {2, 0, 1}); };
  rows["slice"] = [](const Tensors& x, const Tensors&) { return slice(x[0], 1, 1, 4, 2); };
  rows["slice backwards"] = [](const Tensors& x, const Tensors&) { return slice(x[0], 2, {}, {}, -2); };
  rows["select"] = [](const Tensors& x, const Tensors&) { return select(x[0], 1, -1); };
  rows["broadcast_to"] = [](const Tensors& x, const Tensors&) { return broadcast_to(x[0], {2, 3, 4, 5}); };
  rows["contiguous"] = [](const Tensors& x, const Tensors&) { return contiguous(transpose(x[0])); };
  rows["flatten"] = [](const Tensors& x, const Tensors&) { return flatten(x[0], 1); };
  rows["unflatten"] = [](const Tensors& x, const Tensors&) { return unflatten(x[0], 1, {2, 2}); };
  rows["squeeze"] = [](const Tensors& x, const Tensors&) { return squeeze(slice(x[0], 0, 0, 1), 0); };
  rows["unsqueeze"] = [](const Tensors& x, const Tensors&) { return unsqueeze(x[0], 1); };
  rows["expand"] = [](const Tensors& x, const Tensors&) { return expand(x[0], {2, -1, -1, -1}); };
  rows["moveaxis"] = [](const Tensors& x, const Tensors&) { return moveaxis(x[0], {0, 1}, {2, 0}); };
  rows["swapaxes"] = [](const Tensors& x, const Tensors&) { return swapaxes(x[0], 0, 1); };
  rows["flip"] = [](const Tensors& x, const Tensors&) { return flip(x[0], {0, 2}); };
  rows["roll"] = [](const Tensors& x, const Tensors&) { return roll(x[0], 2, 1); };
  rows["roll two"] = [](const Tensors& x, const Tensors&) { return roll(x[0], Shape{2, -1}, {1, 2}); };
  rows["split"] = [](const Tensors& x, const Tensors&) { return split(x[0], 2, 2)[1]; };
  rows["chunk"] = [](const Tensors& x, const Tensors&) { return chunk(x[0], 2, 2)[0]; };
  rows["tile"] = [](const Tensors& x, const Tensors&) { return tile(x[0], {2, 1, 2}); };
  rows["repeat_interleave"] = [](const Tensors& x, const Tensors&) { return repeat_interleave(x[0], 2, 1); };
  rows["tril"] = [](const Tensors& x, const Tensors&) { return tril(x[0], 1); };
  rows["triu"] = [](const Tensors& x, const Tensors&) { return triu(x[0], -1); };
  rows["diagonal"] = [](const Tensors& x, const Tensors&) { return diagonal(x[0], 1, 1, 2); };
  rows["diag_embed"] = [](const Tensors& x, const Tensors&) { return diag_embed(x[0], -1); };
  rows["unfold"] = [](const Tensors& x, const Tensors&) { return unfold(x[0], 2, 3, 2); };
  rows["pad"] = [](const Tensors& x, const Tensors&) { return pad(x[0], {1, 2, 0, 1}, {.value = 0.5}); };
  rows["pad less"] = [](const Tensors& x, const Tensors&) { return pad(x[0], {-1, 2}); };
  rows["pad reflect"] = [](const Tensors& x, const Tensors&) { return pad(x[0], {2, 3}, {.mode = Padding::reflect}); };
  rows["pad replicate"] = [](const Tensors& x, const Tensors&) {
    return pad(x[0], {2, 3}, {.mode = Padding::replicate});
  };
  rows["pad circular"] = [](const Tensors& x, const Tensors&) {
    return pad(x[0], {2, 3}, {.mode = Padding::circular});
  };
  rows["scale_gradient"] = [](const Tensors& x, const Tensors&) { return scale_gradient(x[0], 0.5); };
  rows["concat"] = [](const Tensors& x, const Tensors&) { return concat(x, 1); };
  rows["stack"] = [](const Tensors& x, const Tensors&) { return stack(x, 1); };
  rows["slice_scatter"] = [](const Tensors& x, const Tensors&) { return slice_scatter(x[0], x[1], 1, 0, 4, 2); };
  rows["select_scatter"] = [](const Tensors& x, const Tensors&) { return select_scatter(x[0], x[1], 1, 2); };
}

void golden::add_indexing(Rows& rows) {
  rows["gather"] = [](const Tensors& x, const Tensors& c) { return gather(x[0], 1, c[0]); };
  rows["take_along_axis"] = [](const Tensors& x, const Tensors& c) { return take_along_axis(x[0], c[0], 1); };
  rows["scatter"] = [](const Tensors& x, const Tensors& c) { return scatter(x[0], 1, c[0], x[1]); };
  rows["scatter_add"] = [](const Tensors& x, const Tensors& c) { return scatter_add(x[0], 1, c[0], x[1]); };
  rows["scatter_reduce sum"] = [](const Tensors& x, const Tensors& c) {
    return scatter_reduce(x[0], 1, c[0], x[1], ScatterReduce::sum);
  };
  rows["scatter_reduce mean"] = [](const Tensors& x, const Tensors& c) {
    return scatter_reduce(x[0], 1, c[0], x[1], ScatterReduce::mean);
  };
  rows["scatter_reduce amax"] = [](const Tensors& x, const Tensors& c) {
    return scatter_reduce(x[0], 1, c[0], x[1], ScatterReduce::amax);
  };
  rows["scatter_reduce amin"] = [](const Tensors& x, const Tensors& c) {
    return scatter_reduce(x[0], 1, c[0], x[1], ScatterReduce::amin);
  };
  rows["index_select"] = [](const Tensors& x, const Tensors& c) { return index_select(x[0], 1, c[0]); };
  rows["index_add 1"] = [](const Tensors& x, const Tensors& c) { return index_add(x[0], 1, c[0], x[1]); };
  rows["index_add rows"] = [](const Tensors& x, const Tensors& c) { return index_add(x[0], c[0], x[1]); };
  rows["index_copy"] = [](const Tensors& x, const Tensors& c) { return index_copy(x[0], 1, c[0], x[1]); };
  rows["take"] = [](const Tensors& x, const Tensors& c) { return take(x[0], c[0]); };
  rows["put"] = [](const Tensors& x, const Tensors& c) { return put(x[0], c[0], x[1]); };
  rows["put accumulate"] = [](const Tensors& x, const Tensors& c) { return put(x[0], c[0], x[1], true); };
  rows["gather_rows"] = [](const Tensors& x, const Tensors& c) { return gather_rows(x[0], c[0]); };
  rows["embedding"] = [](const Tensors& x, const Tensors& c) { return embedding(x[0], c[0]); };
  rows["repeat_interleave each"] = [](const Tensors& x, const Tensors& c) { return repeat_interleave(x[0], c[0], 0); };
  rows["masked_select"] = [](const Tensors& x, const Tensors& c) { return masked_select(x[0], c[0]); };
  rows["masked_fill"] = [](const Tensors& x, const Tensors& c) { return masked_fill(x[0], c[0], 0.5); };
  rows["masked_fill tensor"] = [](const Tensors& x, const Tensors& c) { return masked_fill(x[0], c[0], x[1]); };
  rows["masked_scatter"] = [](const Tensors& x, const Tensors& c) { return masked_scatter(x[0], c[0], x[1]); };
  rows["sort"] = [](const Tensors& x, const Tensors&) { return sort(x[0], 1).values; };
  rows["sort descending"] = [](const Tensors& x, const Tensors&) { return sort(x[0], 0, {.descending = true}).values; };
  rows["topk"] = [](const Tensors& x, const Tensors&) { return topk(x[0], 3, 1).values; };
  rows["topk smallest"] = [](const Tensors& x, const Tensors&) { return topk(x[0], 2, 0, {.largest = false}).values; };
  rows["kthvalue"] = [](const Tensors& x, const Tensors&) { return kthvalue(x[0], 2, 1).values; };
  rows["median"] = [](const Tensors& x, const Tensors&) { return median(x[0], 1).values; };
  rows["bincount"] = [](const Tensors& x, const Tensors& c) { return bincount(c[0], x[0], 6); };
}
