"""Makes tests/golden/recurrent/*.safetensors: PyTorch's GRU and LSTM on packed sequences, in float64: ragged inputs and
initial states, outputs and final states, random gradients of them, and the gradients of inputs, initial states
and weights.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.13.0 safetensors
    /tmp/golden/bin/python tests/golden/recurrent.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

assert torch.__version__.startswith("2.13.0"), "the committed files are from torch 2.13.0"
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
folder = pathlib.Path(__file__).parent / "recurrent"


def make(name, seed, kind, width_in, width, depth, bidirectional, lengths):
    torch.manual_seed(seed)
    model = kind(width_in, width, num_layers=depth, bidirectional=bidirectional)
    x = torch.randn(sum(lengths), width_in, requires_grad=True)
    runs = depth * (2 if bidirectional else 1)
    states = [torch.randn(runs, len(lengths), width, requires_grad=True) for _ in range(2 if kind is torch.nn.LSTM else 1)]
    padded = pad_sequence(torch.split(x, lengths))
    packed = pack_padded_sequence(padded, torch.tensor(lengths), enforce_sorted=False)
    out, last = model(packed, tuple(states) if len(states) == 2 else states[0])
    out, _ = pad_packed_sequence(out)
    y = torch.cat([out[:length, i] for i, length in enumerate(lengths)])
    ends = list(last) if len(states) == 2 else [last]
    given = [torch.randn(made.shape) for made in [y] + ends]
    parameters = dict(model.named_parameters())
    gradients = torch.autograd.grad([y] + ends, [x] + states + list(parameters.values()), given)
    tensors = {"lengths": torch.tensor(lengths), "x": x, "y": y, "dy": given[0], "dx": gradients[0]}
    for i, what in enumerate(["hidden", "cell"][:len(states)]):
        tensors |= {f"{what}.initial": states[i], f"{what}.last": ends[i], f"{what}.dlast": given[1 + i],
                    f"{what}.dinitial": gradients[1 + i]}
    for (path, parameter), gradient in zip(parameters.items(), gradients[1 + len(states):]):
        tensors |= {f"weights.{path}": parameter, f"gradients.{path}": gradient}
    save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()},
              folder / f"{name}.safetensors", {"torch": torch.__version__})


lengths = [4, 1, 6, 3]
make("gru", 1, torch.nn.GRU, 3, 5, 1, False, lengths)
make("gru_two_layers_both_ways", 2, torch.nn.GRU, 3, 4, 2, True, lengths)
make("lstm", 3, torch.nn.LSTM, 3, 5, 1, False, lengths)
make("lstm_two_layers_both_ways", 4, torch.nn.LSTM, 3, 4, 2, True, lengths)
