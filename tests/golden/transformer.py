"""Makes tests/golden/transformer/*.safetensors: small random layers of PyTorch's, in float64, ragged inputs, their
outputs, and the gradients of inputs and parameters.

    /tmp/golden/bin/pip install torch==2.13.0 safetensors && /tmp/golden/bin/python tests/golden/transformer.py

Tensors: "lengths" and "memory_lengths", "x" and "memory" (without padding), "y", "dy", "dx", "dmemory",
"model.PATH" and "gradient.PATH" of each parameter.
"""
import pathlib

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), "the committed files are from torch 2.13.0"
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
folder = pathlib.Path(__file__).parent / "transformer"
folder.mkdir(exist_ok=True)
WIDTH, HEADS, LENGTHS, MEMORY_LENGTHS = 12, 3, [4, 1, 6], [3, 5, 2]


def ragged(lengths):
    longest = max(lengths)
    real = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
    return torch.randn(len(lengths), longest, WIDTH).requires_grad_(), real


def make(name, seed, layer, call):
    torch.manual_seed(seed)
    for path, parameter in layer.named_parameters():
        torch.nn.init.normal_(parameter, 1.0 if "norm" in path and path.endswith("weight") else 0.0, 0.3)
    layer.eval()
    (x, x_real), (memory, memory_real) = ragged(LENGTHS), ragged(MEMORY_LENGTHS)
    y = call(layer, x, ~x_real, memory, ~memory_real)[x_real]
    dy = torch.randn_like(y)
    y.backward(dy)
    tensors = {"lengths": torch.tensor(LENGTHS), "memory_lengths": torch.tensor(MEMORY_LENGTHS), "x": x[x_real],
               "memory": memory[memory_real], "y": y, "dy": dy, "dx": x.grad[x_real]}
    if memory.grad is not None:
        tensors["dmemory"] = memory.grad[memory_real]
    for path, parameter in layer.named_parameters():
        tensors["model." + path] = parameter
        tensors["gradient." + path] = parameter.grad
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")


def causal(x):
    return torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)


make("self_attention", 1, torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True),
     lambda f, x, out, m, m_out: f(x, x, x, key_padding_mask=out, need_weights=False)[0])
make("causal_attention", 2, torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True),
     lambda f, x, out, m, m_out: f(x, x, x, key_padding_mask=out, attn_mask=causal(x), need_weights=False)[0])
make("cross_attention", 3, torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True),
     lambda f, x, out, m, m_out: f(x, m, m, key_padding_mask=m_out, need_weights=False)[0])
for placement, before in [("before", True), ("after", False)]:
    options = dict(dim_feedforward=4 * WIDTH, activation="gelu", batch_first=True, norm_first=before)
    make(f"encoder_{placement}", 4 + before, torch.nn.TransformerEncoderLayer(WIDTH, HEADS, **options),
         lambda f, x, out, m, m_out: f(x, src_key_padding_mask=out))
    make(f"decoder_{placement}", 6 + before, torch.nn.TransformerDecoderLayer(WIDTH, HEADS, **options),
         lambda f, x, out, m, m_out: f(x, m, tgt_mask=causal(x), tgt_key_padding_mask=out, memory_key_padding_mask=m_out))
