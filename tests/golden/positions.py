"""Makes tests/golden/positions/positions.safetensors, from Hugging Face's models:
  - rotary frequencies, one tensor NAME for each setting, and NAME.factor, the factor of sines and cosines
  - "t5 SIDES BUCKETS MAX_DISTANCE", the bucket of each distance from -1500 to 1500
  - "alibi HEADS", Bloom's slopes

    /tmp/golden/bin/pip install torch==2.13.0 transformers==5.24.0 safetensors && /tmp/golden/bin/python tests/golden/positions.py

tests/golden_ops/positions.cpp has the same settings by the same names.
"""
import pathlib

import torch
import transformers
from safetensors.torch import save_file
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.t5.modeling_t5 import T5Attention

assert transformers.__version__ == "5.24.0", "the committed file is from transformers 5.24.0"
folder = pathlib.Path(__file__).parent / "positions"
folder.mkdir(exist_ok=True)
tensors = {}


def make(name, kind, width, base=10000.0, trained=2048, length=None, **parameters):
    config = transformers.LlamaConfig(hidden_size=4 * width, num_attention_heads=4, head_dim=width,
                                      max_position_embeddings=trained,
                                      rope_parameters={"rope_type": kind, "rope_theta": base, **parameters})
    frequencies, factor = ROPE_INIT_FUNCTIONS[kind](config, torch.device("cpu"), seq_len=length)
    tensors[name] = frequencies.double()
    tensors[name + ".factor"] = torch.tensor([float(factor)], dtype=torch.float64)


make("plain", "linear", 64, factor=1.0)
make("plain, half of the head", "linear", 64, factor=1.0, partial_rotary_factor=0.5)
make("linear", "linear", 64, factor=4.0)
make("dynamic, short", "dynamic", 64, length=2000, factor=4.0)
make("dynamic, long", "dynamic", 64, length=5000, factor=4.0)
make("yarn", "yarn", 64, factor=8.0, original_max_position_embeddings=4096)
make("yarn, other base", "yarn", 128, base=500000.0, factor=40.0, original_max_position_embeddings=4096, beta_fast=16.0,
     beta_slow=2.0)
make("yarn, not rounded", "yarn", 32, factor=2.0, original_max_position_embeddings=512, truncate=False)
make("yarn, magnitude", "yarn", 64, factor=8.0, original_max_position_embeddings=4096, attention_factor=1.5)
make("llama3", "llama3", 128, base=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
     original_max_position_embeddings=8192)
make("llama3, other turns", "llama3", 64, factor=32.0, low_freq_factor=2.0, high_freq_factor=8.0,
     original_max_position_embeddings=1024)
for buckets, farthest in [(32, 128), (8, 20), (64, 1000), (10, 50)]:
    for sides in ["both", "before"]:
        tensors[f"t5 {sides} {buckets} {farthest}"] = T5Attention._relative_position_bucket(
            -torch.arange(-1500, 1501), bidirectional=sides == "both", num_buckets=buckets, max_distance=farthest)
for heads in [1, 3, 8, 12, 20]:
    tensors[f"alibi {heads}"] = build_alibi_tensor(torch.ones(1, 2), heads, torch.float64)[:, 0, 1].clone()
save_file(tensors, folder / "positions.safetensors", {"transformers": transformers.__version__})
