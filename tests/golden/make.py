#!/usr/bin/env python3
"""make.py: writes ops/*.safetensors: PyTorch's results for each differentiable op of heed.

Needs torch==2.13.0 and safetensors. A case has a name, which starts with the op's, and these tensors, all float64 unless
stated otherwise: "NAME/x0", "NAME/x1" ... the inputs with gradients, "NAME/c0" ... those without (of any dtype),
"NAME/y" the output, "NAME/dy" a random gradient of the output, "NAME/dx0" ... those of the inputs. Inputs are exact in
float32 too. tests/golden_ops/ computes the same with heed.
"""
import math
import pathlib
import zlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), "the committed files are from torch 2.13.0"
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
cases = {}


def numbers(shape, low=-2, high=2):
    return ((high - low) * torch.rand(shape) + low).float().double()


def case(name, function, *inputs, constants=()):
    """inputs: shapes, (shape, low, high), or functions that make a tensor; constants: tensors, or functions too."""
    torch.manual_seed(zlib.crc32(name.encode()))
    x = []
    for given in inputs:
        if callable(given):
            value = given()
        elif given and isinstance(given[0], (tuple, list)):
            value = numbers(*given)
        else:
            value = numbers(given)
        x.append(value.requires_grad_())
    c = [made() if callable(made) else made for made in constants]
    y = function(*x, *c)
    dy = numbers(y.shape)
    dx = torch.autograd.grad(y, x, dy, allow_unused=True) if y.requires_grad else [None] * len(x)
    assert name not in cases, name
    cases[name] = {f"x{i}": v for i, v in enumerate(x)} | {f"c{i}": v for i, v in enumerate(c)} | {"y": y, "dy": dy} | {
        f"dx{i}": torch.zeros_like(v) if d is None else d for i, (v, d) in enumerate(zip(x, dx))}


def write(family):
    tensors = {f"{name}/{part}": value.detach().contiguous().clone()
               for name, parts in cases.items() for part, value in parts.items()}
    save_file(tensors, pathlib.Path(__file__).parent / "ops" / f"{family}.safetensors", {"torch": torch.__version__})
    cases.clear()


def indices(high, *shape):
    return lambda: torch.randint(0, high, shape)


# Elementwise, of one tensor: name, function, and range of inputs.
for name, function, low, high in [
        ("negate", torch.neg, -2, 2), ("abs", torch.abs, -2, 2), ("sign", torch.sign, -2, 2),
        ("exp", torch.exp, -3, 3), ("exp2", torch.exp2, -3, 3), ("expm1", torch.expm1, -2, 2),
        ("log", torch.log, 0.1, 5), ("log2", torch.log2, 0.1, 5), ("log10", torch.log10, 0.1, 5),
        ("log1p", torch.log1p, -0.9, 4), ("sqrt", torch.sqrt, 0.1, 5), ("rsqrt", torch.rsqrt, 0.1, 5),
        ("square", torch.square, -2, 2), ("reciprocal", torch.reciprocal, 0.3, 3), ("sin", torch.sin, -6, 6),
        ("cos", torch.cos, -6, 6), ("tan", torch.tan, -1.2, 1.2), ("asin", torch.asin, -0.9, 0.9),
        ("acos", torch.acos, -0.9, 0.9), ("atan", torch.atan, -4, 4), ("sinh", torch.sinh, -2, 2),
        ("cosh", torch.cosh, -2, 2), ("tanh", torch.tanh, -3, 3), ("asinh", torch.asinh, -4, 4),
        ("acosh", torch.acosh, 1.2, 4), ("atanh", torch.atanh, -0.9, 0.9), ("sigmoid", torch.sigmoid, -4, 4),
        ("relu", torch.relu, -2, 2), ("gelu", F.gelu, -3, 3), ("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), -3, 3),
        ("erf", torch.erf, -2, 2), ("erfc", torch.erfc, -2, 2), ("silu", F.silu, -4, 4),
        ("softplus", F.softplus, -4, 4), ("softplus beta 2", lambda x: F.softplus(x, 2), -4, 4),
        ("log_sigmoid", F.logsigmoid, -4, 4), ("mish", F.mish, -4, 4), ("elu", F.elu, -3, 3),
        ("elu alpha 0.7", lambda x: F.elu(x, 0.7), -3, 3), ("selu", F.selu, -3, 3), ("leaky_relu", F.leaky_relu, -2, 2),
        ("leaky_relu slope 0.2", lambda x: F.leaky_relu(x, 0.2), -2, 2),
        ("squared_relu", lambda x: torch.relu(x) ** 2, -2, 2), ("relu6", F.relu6, -3, 9),
        ("hard_tanh", F.hardtanh, -2, 2), ("hard_tanh -0.5 1.5", lambda x: F.hardtanh(x, -0.5, 1.5), -2, 2),
        # F.hardsigmoid's gradient uses 1/6 rounded to float32, even in float64.
        ("hard_sigmoid", lambda x: torch.clamp(x / 6 + 0.5, 0, 1), -5, 5), ("hard_swish", F.hardswish, -5, 5), ("floor", torch.floor, -4, 4),
        ("ceil", torch.ceil, -4, 4), ("round", torch.round, -4, 4), ("trunc", torch.trunc, -4, 4),
        ("clamp", lambda x: torch.clamp(x, -0.5, 1), -2, 2), ("clamp_min", lambda x: torch.clamp(x, min=0.25), -2, 2),
        ("clamp_max", lambda x: torch.clamp(x, max=0.25), -2, 2), ("nan_to_num", torch.nan_to_num, -2, 2),
        ("pow to 3", lambda x: x ** 3, -2, 2), ("pow to 1.7", lambda x: x ** 1.7, 0.1, 2),
        ("pow of 2.5", lambda x: 2.5 ** x, -2, 2), ("fmod by 0.7", lambda x: torch.fmod(x, 0.7), -2, 2),
        ("remainder by 0.7", lambda x: torch.remainder(x, 0.7), -2, 2), ("add 1.5", lambda x: x + 1.5, -2, 2),
        ("subtract from 1.5", lambda x: 1.5 - x, -2, 2), ("multiply by 1.5", lambda x: x * 1.5, -2, 2),
        ("divide 1.5 by", lambda x: 1.5 / x, 0.3, 2), ("divide by 1.5", lambda x: x / 1.5, -2, 2),
        ("floor_divide by 0.7", lambda x: torch.floor(x / 0.7), -2, 2)]:
    case(name, function, ((3, 5), low, high))

# Of two and three, with broadcasting.
for name, function, second in [
        ("add", torch.add, ((5,), -2, 2)), ("subtract", torch.sub, ((3, 1), -2, 2)), ("multiply", torch.mul, ((5,), -2, 2)),
        ("divide", torch.div, ((4, 1, 5), 0.3, 2)), ("minimum", torch.minimum, ((5,), -2, 2)),
        ("maximum", torch.maximum, ((3, 1), -2, 2)), ("atan2", torch.atan2, ((5,), 0.2, 2)),
        ("remainder", torch.remainder, ((5,), 0.4, 0.9)), ("fmod", torch.fmod, ((3, 1), 0.4, 0.9)),
        ("floor_divide", lambda a, b: torch.floor(a / b), ((5,), 0.4, 0.9))]:
    case(name, function, (3, 5), second)
case("pow", torch.pow, ((3, 5), 0.2, 2), (5,))
case("lerp", torch.lerp, (3, 5), (3, 5), ((3, 5), 0, 1))
case("lerp 0.3", lambda a, b: torch.lerp(a, b, 0.3), (3, 5), (3, 5))
case("where", lambda a, b, m: torch.where(m, a, b), (3, 5), (5,), constants=[lambda: torch.rand(3, 1) > 0.5])
case("cast", lambda x: x.float().double(), (3, 5))
case("swiglu", lambda g, u: F.silu(g) * u, (3, 5), (3, 5))
case("geglu", lambda g, u: F.gelu(g) * u, (3, 5), (3, 5))
case("reglu", lambda g, u: F.relu(g) * u, (3, 5), (3, 5))
case("glu", F.glu, (3, 6))
case("glu axis 0", lambda x: F.glu(x, 0), (4, 3))
write("elementwise")

# Reductions and scans.
for axes in [(0,), (2,), (0, 2), (0, 1, 2)]:
    tag = " ".join(map(str, axes))
    case(f"sum {tag}", lambda x: x.sum(axes), (3, 4, 5))
    case(f"mean {tag}", lambda x: x.mean(axes, keepdim=True), (3, 4, 5))
    case(f"variance {tag}", lambda x: x.var(axes), (3, 4, 5))
    case(f"standard_deviation {tag}", lambda x: x.std(axes, correction=0, keepdim=True), (3, 4, 5))
    case(f"logsumexp {tag}", lambda x: x.logsumexp(axes), (3, 4, 5))
    case(f"max {tag}", lambda x: x.amax(axes), (3, 4, 5))
    case(f"min {tag}", lambda x: x.amin(axes, keepdim=True), (3, 4, 5))
    for p in [1, 2, 3, math.inf, -math.inf]:
        case(f"norm {p} {tag}", lambda x: torch.linalg.vector_norm(x, p, axes), (3, 4, 5))
case("prod", lambda x: x.prod(), ((7,), 0.5, 2))
case("prod 1", lambda x: x.prod(1), (3, 4, 2))
case("prod 1 with zeros", lambda x: x.prod(1), lambda: torch.tensor([[0.0, 2, 3], [0, 0, 2], [1, -2, 3]]))
for axis in (0, 1):
    case(f"cumsum {axis}", lambda x: x.cumsum(axis), (4, 5))
    case(f"cumsum reverse {axis}", lambda x: x.flip(axis).cumsum(axis).flip(axis), (4, 5))
    case(f"cumprod {axis}", lambda x: x.cumprod(axis), (4, 5))
    case(f"cummax {axis}", lambda x: x.cummax(axis).values, (4, 5))
    case(f"cummin {axis}", lambda x: x.cummin(axis).values, (4, 5))
    case(f"logcumsumexp {axis}", lambda x: x.logcumsumexp(axis), (4, 5))
    case(f"softmax {axis}", lambda x: x.softmax(axis), (4, 5))
    case(f"log_softmax {axis}", lambda x: x.log_softmax(axis), (4, 5))


def recurrence(decay, x):
    y = [x[0]]
    for k in range(1, x.shape[0]):
        y.append(decay[k] * y[-1] + x[k])
    return torch.stack(y)


case("linear_recurrence", recurrence, ((5, 3), 0, 1), (5, 3))
case("linear_recurrence reverse", lambda d, x: recurrence(d.flip(0), x.flip(0)).flip(0), ((5, 3), 0, 1), (5, 3))
case("shift 2", lambda x: torch.cat([torch.full((2, 3), 0.5), x[:-2]]), (5, 3))
write("reductions")

# Shapes.
x = (3, 4, 5)
for name, function in [
        ("reshape", lambda x: x.reshape(6, -1)), ("view", lambda x: x.view(12, 5)), ("transpose", lambda x: x.mT),
        ("transpose 0 2", lambda x: x.transpose(0, 2)), ("permute", lambda x: x.permute(2, 0, 1)),
        ("slice", lambda x: x[:, 1:4:2]), ("slice backwards", lambda x: x.flip(2)[:, :, ::2]),
        ("select", lambda x: x[:, -1]), ("broadcast_to", lambda x: x.expand(2, 3, 4, 5)),
        ("contiguous", lambda x: x.mT.contiguous()), ("flatten", lambda x: x.flatten(1)),
        ("unflatten", lambda x: x.unflatten(1, (2, 2))), ("squeeze", lambda x: x[:1].squeeze(0)),
        ("unsqueeze", lambda x: x.unsqueeze(1)), ("expand", lambda x: x.unsqueeze(0).expand(2, -1, -1, -1)),
        ("moveaxis", lambda x: x.movedim((0, 1), (2, 0))), ("swapaxes", lambda x: x.swapaxes(0, 1)),
        ("flip", lambda x: x.flip(0, 2)), ("roll", lambda x: x.roll(2, 1)), ("roll two", lambda x: x.roll((2, -1), (1, 2))),
        ("split", lambda x: x.split(2, 2)[1]), ("chunk", lambda x: x.chunk(2, 2)[0]), ("tile", lambda x: x.tile(2, 1, 2)),
        ("repeat_interleave", lambda x: x.repeat_interleave(2, 1)), ("tril", lambda x: x.tril(1)),
        ("triu", lambda x: x.triu(-1)), ("diagonal", lambda x: x.diagonal(1, 1, 2)),
        ("diag_embed", lambda x: x.diag_embed(-1)), ("unfold", lambda x: x.unfold(2, 3, 2)),
        ("pad", lambda x: F.pad(x, (1, 2, 0, 1), value=0.5)), ("pad less", lambda x: F.pad(x, (-1, 2))),
        ("pad reflect", lambda x: F.pad(x, (2, 3), "reflect")), ("pad replicate", lambda x: F.pad(x, (2, 3), "replicate")),
        ("pad circular", lambda x: F.pad(x, (2, 3), "circular")),
        ("scale_gradient", lambda x: 0.5 * x + (0.5 * x).detach())]:
    case(name, function, x)
case("concat", lambda *x: torch.cat(x, 1), (3, 2, 2), (3, 1, 2), (3, 3, 2))
case("stack", lambda *x: torch.stack(x, 1), (3, 2), (3, 2), (3, 2))
case("slice_scatter", lambda x, v: torch.slice_scatter(x, v, 1, 0, 4, 2), (3, 4), (3, 2))
case("select_scatter", lambda x, v: torch.select_scatter(x, v, 1, 2), (3, 4), (3,))
write("shapes")

# Indexing.
case("gather", lambda x, i: x.gather(1, i), (3, 5), constants=[indices(5, 3, 7)])
case("take_along_axis", lambda x, i: torch.take_along_dim(x, i, 1), (3, 5), constants=[indices(5, 1, 4)])
case("scatter", lambda x, v, i: x.scatter(1, i, v), (3, 5), (3, 2), constants=[torch.tensor([[0, 3], [4, 1], [2, 3]])])
case("scatter_add", lambda x, v, i: x.scatter_add(1, i, v), (3, 5), (3, 7), constants=[indices(5, 3, 7)])
for heed, other in [("sum", "sum"), ("mean", "mean"), ("amax", "amax"), ("amin", "amin")]:
    case(f"scatter_reduce {heed}", lambda x, v, i: x.scatter_reduce(1, i, v, other), (3, 5), (3, 7),
         constants=[indices(5, 3, 7)])
case("index_select", lambda x, i: x.index_select(1, i), (3, 5, 2), constants=[indices(5, 6)])
case("index_add 1", lambda x, v, i: x.index_add(1, i, v), (3, 5), (3, 6), constants=[indices(5, 6)])
case("index_add rows", lambda x, v, i: x.index_add(0, i, v), (4, 3), (6, 3), constants=[indices(4, 6)])
case("index_copy", lambda x, v, i: x.index_copy(1, i, v), (3, 5), (3, 2), constants=[torch.tensor([4, 1])])
case("take", lambda x, i: x.take(i), (3, 5), constants=[indices(15, 2, 4)])
case("put", lambda x, v, i: x.put(i, v), (3, 5), (2, 2), constants=[torch.tensor([[3, 14], [0, 7]])])
case("put accumulate", lambda x, v, i: x.put(i, v, True), (3, 5), (2, 4), constants=[indices(15, 2, 4)])
case("gather_rows", lambda x, i: x[i], (4, 3), constants=[indices(4, 2, 5)])
case("embedding", lambda x, i: F.embedding(i, x), (4, 3), constants=[indices(4, 2, 5)])
case("repeat_interleave each", lambda x, n: x.repeat_interleave(n, 0), (3, 2), constants=[torch.tensor([2, 0, 3])])
mask = lambda: torch.rand(3, 5) > 0.4
case("masked_select", lambda x, m: x.masked_select(m), (3, 5), constants=[mask])
case("masked_fill", lambda x, m: x.masked_fill(m, 0.5), (3, 5), constants=[mask])
case("masked_fill tensor", lambda x, v, m: x.masked_fill(m, v), (3, 5), (), constants=[mask])
case("masked_scatter", lambda x, v, m: x.masked_scatter(m, v), (3, 5), (15,), constants=[mask])
case("sort", lambda x: x.sort(1).values, (3, 6))
case("sort descending", lambda x: x.sort(0, descending=True).values, (3, 6))
case("topk", lambda x: x.topk(3, 1).values, (3, 6))
case("topk smallest", lambda x: x.topk(2, 0, largest=False).values, (3, 6))
case("kthvalue", lambda x: x.kthvalue(2, 1).values, (3, 6))
case("median", lambda x: x.median(1).values, (3, 6))
case("bincount", lambda w, i: torch.zeros(6).index_add(0, i, w), (8,), constants=[lambda: torch.randint(0, 6, (8,))])
write("indexing")

# Products.
for a, b in [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (3, 4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,))]:
    case(f"matmul {len(a)} {len(b)} of {len(cases)}", torch.matmul, a, b)
case("linear", F.linear, (2, 3, 4), (5, 4), (5,))
case("linear without bias", F.linear, (3, 4), (5, 4))
case("dot", torch.dot, (5,), (5,))
case("outer", torch.outer, (3,), (5,))
case("tensordot", lambda a, b: torch.tensordot(a, b, ([1, 2], [1, 0])), (2, 3, 4), (4, 3, 5))
case("tensordot two", lambda a, b: torch.tensordot(a, b, 2), (2, 3, 4), (3, 4, 5))
for expression, shapes in [("bqd,bkd->bqk", [(2, 3, 4), (2, 5, 4)]), ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
                           ("ii->i", [(4, 4)]), ("ii", [(4, 4)]), ("...ij,...jk", [(2, 3, 4), (4, 5)]),
                           ("bi,bi->b", [(3, 4), (3, 4)]), ("ij->j", [(3, 4)])]:
    case(f"einsum {expression}", lambda *x: torch.einsum(expression, *x), *shapes)
case("grouped_matmul", lambda x, w, o: torch.cat([x[a:b] @ w[i] for i, (a, b) in enumerate(zip(o, o[1:]))]), (6, 3), (3, 3, 2),
     constants=[torch.tensor([0, 2, 2, 6])])
case("grouped_linear", lambda x, a, b, c, d, e, f: torch.cat([F.linear(x[:2], a, d), F.linear(x[2:2], b, e), F.linear(x[2:], c, f)]),
     (6, 3), (2, 3), (2, 3), (2, 3), (2,), (2,), (2,))
case("scatter_weighted_sum", lambda x, w, t: torch.zeros(4, 3).index_add(0, t, w[:, None] * x), (6, 3), (6,),
     constants=[torch.tensor([2, 0, 2, 3, 0, 2])])
write("products")

# Normalisation, convolution, pooling.
case("layer_norm", lambda x, s, b: F.layer_norm(x, (5,), s, b), (2, 3, 5), (5,), (5,))
case("rms_norm", lambda x, s: F.rms_norm(x, (5,), s, 1e-5), (2, 3, 5), (5,))
case("group_norm", lambda x, s, b: F.group_norm(x, 2, s, b), (2, 4, 3), (4,), (4,))
case("batch_norm", lambda x, s, b: F.batch_norm(x, None, None, s, b, True), (3, 2, 4), (2,), (2,))
case("batch_norm evaluating", lambda x, s, b, m, v: F.batch_norm(x, m, v, s, b, False), (3, 2, 4), (2,), (2,),
     constants=[lambda: numbers(2), lambda: numbers(2, 0.5, 2)])
case("conv1d", lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2, 2), (2, 4, 9), (6, 2, 3), (6,))
case("conv2d", lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 2)), (2, 3, 6, 5), (4, 3, 3, 2), (4,))
case("conv1d depthwise", lambda x, w, b: F.conv1d(x, w, b, 1, 3, 2, 4), (2, 4, 9), (8, 1, 4), (8,))
case("conv2d dilation groups", lambda x, w: F.conv2d(x, w, None, (1, 2), (2, 1), (2, 1), 2), (2, 4, 5, 7), (6, 2, 3, 2))
case("conv2d depthwise", lambda x, w, b: F.conv2d(x, w, b, 2, 1, 1, 5), (2, 5, 6, 7), (5, 1, 3, 3), (5,))
case("conv_transpose1d", lambda x, w, b: F.conv_transpose1d(x, w, b, 2, 1, 1), (2, 4, 5), (4, 3, 3), (3,))
case("conv_transpose2d", lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1), (2, 2, 3, 4), (2, 3, 3, 2), (3,))
case("conv_transpose1d dilation groups", lambda x, w, b: F.conv_transpose1d(x, w, b, 2, 2, 1, 3, 2), (2, 6, 4),
     (6, 2, 3), (6,))
case("conv_transpose2d dilation groups", lambda x, w, b: F.conv_transpose2d(x, w, b, (1, 2), (1, 0), (0, 1), 2, (2, 1)),
     (2, 4, 3, 4), (4, 3, 2, 3), (6,))
case("max_pool1d", lambda x: F.max_pool1d(x, 3, 2, 1), (2, 2, 8))
case("max_pool2d", lambda x: F.max_pool2d(x, (2, 3)), (2, 2, 6, 7))
case("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 2, 8))
case("avg_pool2d", lambda x: F.avg_pool2d(x, 2, 2, 1, count_include_pad=False), (2, 2, 6, 7))
case("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 3), (2, 2, 8))
case("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3), (2, 2, 8))
case("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (2, 3)), (2, 2, 5, 7))
case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (2, 3)), (2, 2, 5, 7))
write("layers")

# Losses.
for reduction in ["mean", "sum", "none"]:
    r = {"reduction": reduction}
    case(f"mse_loss {reduction}", lambda x, t: F.mse_loss(x, t, **r), (3, 5), (3, 5))
    case(f"l1_loss {reduction}", lambda x, t: F.l1_loss(x, t, **r), (3, 5), (3, 5))
    case(f"huber_loss {reduction}", lambda x, t: F.huber_loss(x, t, delta=0.7, **r), (3, 5), (3, 5))
    case(f"smooth_l1_loss {reduction}", lambda x, t: F.smooth_l1_loss(x, t, beta=0.7, **r), (3, 5), (3, 5))
    case(f"binary_cross_entropy_with_logits {reduction}",
         lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t, w, pos_weight=p, **r), (3, 5), ((3, 5), 0, 1),
         constants=[lambda: numbers((3, 1), 0.5, 2), lambda: numbers((5,), 0.5, 2)])
    case(f"nll_loss {reduction}", lambda x, t, w: F.nll_loss(x, t, w, **r), (4, 3),
         constants=[torch.tensor([2, -100, 0, 1]), torch.tensor([0.5, 1, 2])])
    case(f"cross_entropy {reduction}", lambda x, t: F.cross_entropy(x, t, **r), (4, 3),
         constants=[torch.tensor([2, -100, 0, 1])])
    case(f"cross_entropy weights {reduction}", lambda x, t, w: F.cross_entropy(x, t, w, label_smoothing=0.1, **r), (4, 3),
         constants=[torch.tensor([2, -100, 0, 1]), torch.tensor([0.5, 1, 2])])
    case(f"linear_cross_entropy {reduction}", lambda x, w, b, t: F.cross_entropy(F.linear(x, w, b), t, **r), (4, 3), (5, 3),
         (5,), constants=[torch.tensor([2, -100, 0, 4])])
signs = lambda *shape: lambda: (2 * torch.randint(0, 2, shape) - 1).double()
case("cross_entropy probabilities", lambda x, t: F.cross_entropy(x, t), (4, 3), ((4, 3), 0, 1))
case("kl_divergence", lambda x, t: F.kl_div(x, t, reduction="batchmean"), (4, 3), ((4, 3), 0.1, 1))
case("hinge_loss", lambda x, t: (1 - t * x).clamp(min=0).mean(), (3, 5), constants=[signs(3, 5)])
case("margin_ranking_loss", lambda a, b, t: F.margin_ranking_loss(a, b, t, 0.3), (7,), (7,), constants=[signs(7)])
case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, 1), (4, 3), (4, 3))
case("cosine_embedding_loss", lambda a, b, t: F.cosine_embedding_loss(a, b, t, 0.1), (4, 3), (4, 3), constants=[signs(4)])


def focal(x, t):
    p = x.sigmoid()
    q = torch.where(t == 1, p, 1 - p)
    return (-torch.where(t == 1, 0.25, 0.75) * (1 - q) ** 2 * q.log()).mean()


def info_nce(a, b, temperature=0.07, normalized=True, both_ways=False, reduction="mean"):
    if normalized:
        a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    one_way = lambda a, b: F.cross_entropy(a @ b.T / temperature, torch.arange(len(a)), reduction=reduction)
    return (one_way(a, b) + one_way(b, a)) / 2 if both_ways else one_way(a, b)


case("focal_loss", focal, (3, 5), constants=[lambda: torch.randint(0, 2, (3, 5)).double()])
case("info_nce", info_nce, (3, 4), (5, 4))
case("info_nce products", lambda a, b: info_nce(a, b, 0.5, False), (3, 4), (5, 4))
case("info_nce both ways", lambda a, b: info_nce(a, b, 0.2, both_ways=True), (4, 3), (4, 3))
for reduction in ["sum", "none"]:
    case(f"info_nce both ways {reduction}", lambda a, b: info_nce(a, b, 0.2, True, True, reduction), (4, 3), (4, 3))
    case(f"info_nce {reduction}", lambda a, b: info_nce(a, b, 1.5, reduction=reduction), (3, 4), (5, 4))


def attention(q, k, v, causal=False):
    """One sequence; q [tokens, heads, width], k and v with half the heads."""
    k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], 1).transpose(0, 1) for t in (k, v))
    return F.scaled_dot_product_attention(q.transpose(0, 1), k, v, is_causal=causal).transpose(0, 1)


case("attention", lambda q, k, v: torch.cat([attention(q[:3], k[:5], v[:5]), attention(q[3:], k[5:], v[5:])]), (5, 4, 3),
     (9, 2, 3), (9, 2, 2))
case("attention causal", lambda q, k, v: torch.cat([attention(q[:3], k[:3], v[:3], True), attention(q[3:], k[3:], v[3:], True)]),
     (7, 2, 3), (7, 2, 3), (7, 2, 3))


def with_distances(q, k, v, bias, keys, values):
    """Three queries, the newest of five keys, 2 heads; tables for the distances -2 to 2 to either side."""
    rows = (torch.arange(2, 5)[:, None] - torch.arange(5)).clamp(-2, 2) + 2
    scores = torch.einsum("qhc,khc->hqk", q, k) + torch.einsum("qhc,qkhc->hqk", q, keys[rows])
    weights = torch.softmax(scores / math.sqrt(q.shape[2]) + bias[rows].permute(2, 0, 1), -1)
    return torch.einsum("hqk,khc->qhc", weights, v) + torch.einsum("hqk,qkhc->qhc", weights, values[rows])


case("attention with distances", with_distances, (3, 2, 3), (5, 2, 3), (5, 2, 4), (5, 2), (5, 2, 3), (5, 2, 4))


def rotary(x, positions):
    half = x.shape[-1] // 2
    angle = positions[:, None, None] * 10000.0 ** (-torch.arange(half) / half)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


def rotary_neighbours(x, positions):
    turned = x[..., :4].unflatten(-1, (2, 2)).contiguous()  # the last two features stay as they are
    turns = torch.polar(torch.ones(2), positions[:, None, None] * 100.0 ** (-torch.arange(2) / 2))
    return torch.cat([torch.view_as_real(torch.view_as_complex(turned) * turns).flatten(-2), x[..., 4:]], -1)


case("rotary", rotary, (4, 2, 6), constants=[torch.tensor([0, 3, 1, 9])])
case("rotary neighbours", rotary_neighbours, (4, 2, 6), constants=[torch.tensor([0, 3, 1, 9])])
write("losses")

# Recurrent units, and pairs of ragged batches: what tests/golden_ops/recurrent.cpp computes.
GRU = [(4, 3), (4, 5), (15, 3), (15, 5), (15,), (15,)]  # x, h, weights and biases of x and h
LSTM = [(4, 3), (4, 5), (4, 5), (20, 3), (20, 5), (20,), (20,)]
case("gru_cell", lambda x, h, wx, wh, bx, bh: torch.gru_cell(x, h, wx, wh, bx, bh), *GRU)
case("lstm_cell", lambda x, h, c, wx, wh, bx, bh: torch.cat(torch.lstm_cell(x, (h, c), wx, wh, bx, bh), 1), *LSTM)
LENGTHS = torch.tensor([2, 4, 1, 3])


def packed(x):
    return torch.nn.utils.rnn.pack_padded_sequence(
        torch.nn.utils.rnn.pad_sequence(torch.split(x, LENGTHS.tolist())), LENGTHS, enforce_sorted=False)


def run(kind, x, states, weights):
    both = packed(x)
    states = tuple(state.index_select(0, both.sorted_indices)[None] for state in states)
    out = kind(both.data, both.batch_sizes, states if len(states) > 1 else states[0], weights, True, 1, 0.0, True, False)
    y, _ = torch.nn.utils.rnn.pad_packed_sequence(torch.nn.utils.rnn.PackedSequence(
        out[0], both.batch_sizes, both.sorted_indices, both.unsorted_indices))
    y = torch.cat([y[:n, i] for i, n in enumerate(LENGTHS)])
    return torch.cat([y] + [last[0].index_select(0, both.unsorted_indices) for last in out[1:]])


case("gru", lambda x, h, wx, wh, bx, bh: run(torch._VF.gru, x, [h], [wx, wh, bx, bh]), (10, 3), *GRU[1:])
case("lstm", lambda x, h, c, wx, wh, bx, bh: run(torch._VF.lstm, x, [h, c], [wx, wh, bx, bh]), (10, 3), *LSTM[1:])

QUERIES, KEYS = [2, 3], [3, 1]  # of two sequences: 2 x 3 + 3 x 1 pairs


def of_sequences(function, *tensors):
    """Applies function to each sequence's part of the tensors; lengths: QUERIES, KEYS, or a matrix of pairs."""
    parts = []
    for lengths, x in tensors:
        sizes = lengths if lengths else [q * k for q, k in zip(QUERIES, KEYS)]
        part = torch.split(x, sizes)
        parts.append(part if lengths else [p.reshape(q, k) for p, q, k in zip(part, QUERIES, KEYS)])
    made = [function(*each) for each in zip(*parts)]
    return made


def flat(made):
    return torch.cat([x.reshape(-1) for x in made])


case("pair_dot", lambda q, k: flat(of_sequences(lambda a, b: a @ b.T, (QUERIES, q), (KEYS, k))), (5, 3), (4, 3))
case("pair_weighted_sum", lambda p, v: torch.cat(of_sequences(lambda a, b: a @ b, (None, p), (KEYS, v))), (9,), (4, 3))
case("pair_weighted_sum_transposed", lambda p, q: torch.cat(of_sequences(lambda a, b: a.T @ b, (None, p), (QUERIES, q))), (9,), (5, 3))
case("pair_softmax", lambda s: flat(of_sequences(lambda a: torch.softmax(a, 1), (None, s))), (9,))
case("pair_additive", lambda q, k, w: flat(of_sequences(
    lambda a, b: torch.tanh(a[:, None] + b[None]) @ w, (QUERIES, q), (KEYS, k))), (5, 3), (4, 3), (3,))
write("recurrent")
