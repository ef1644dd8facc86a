"""Makes tests/golden/experts/*.safetensors: small random expert blocks of Hugging Face's, in float64 (their routers
compute in float32), an input, the output, and the gradients of the input and the parameters.

    /tmp/golden/bin/pip install torch==2.13.0 transformers==5.24.0 && /tmp/golden/bin/python tests/golden/experts.py

Tensors: "x", "y", "dy", "dx", "model.PATH" and "gradient.PATH" of each parameter, under heed's paths; "balance" and
"router_z", their auxiliary losses.
"""
import pathlib

import torch
import transformers
from safetensors.torch import save_file
from transformers import DeepseekV3Config, MixtralConfig, SwitchTransformersConfig
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3MoE
from transformers.models.mixtral import modeling_mixtral
from transformers.models.switch_transformers import modeling_switch_transformers as switch

assert torch.__version__.startswith("2.13.0") and transformers.__version__ == "5.24.0", "the committed files' versions"
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
folder = pathlib.Path(__file__).parent / "experts"
folder.mkdir(exist_ok=True)
WIDTH, HIDDEN, COUNT, TOKENS = 6, 8, 4, 12


def parts(path, tensor):
    """Returns heed's paths of a tensor of Hugging Face's, with the part of the tensor for each."""
    if "gate_up_proj" in path:
        for i, both in enumerate(tensor):
            yield f"experts.{i}.gate.weight", both[:HIDDEN]
            yield f"experts.{i}.up.weight", both[HIDDEN:]
    elif path == "experts.down_proj":
        for i, one in enumerate(tensor):
            yield f"experts.{i}.down.weight", one
    else:
        for theirs, ours in [("gate.e_score_correction_", "router."), ("gate.weight", "router.weight"),
                             ("router.classifier", "router"), ("shared_experts.", "shared_experts.0."),
                             ("_proj", ""), ("expert_", ""), (".wi.", ".up."), (".wo.", ".down.")]:
            path = path.replace(theirs, ours)
        yield path, tensor


def make(name, seed, block, losses):
    torch.manual_seed(seed)
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, 0, 0.7)
    for buffer in block.buffers():
        torch.nn.init.normal_(buffer, 0, 0.2)
    block.to(torch.float64).eval()
    x = torch.randn(1, TOKENS, WIDTH).requires_grad_()
    y = block(x)
    dy = torch.randn_like(y)
    y.backward(dy)
    tensors = {"x": x[0], "y": y[0], "dy": dy[0], "dx": x.grad[0]} | losses(block, x.detach())
    for path, parameter in block.named_parameters():
        tensors |= {"model." + ours: part for ours, part in parts(path, parameter)}
        tensors |= {"gradient." + ours: part for ours, part in parts(path, parameter.grad)}
    tensors |= {"model." + ours: part for path, buffer in block.named_buffers() for ours, part in parts(path, buffer)}
    save_file({key: value.detach().double().contiguous().clone() for key, value in tensors.items()},
              folder / f"{name}.safetensors")


def mixtral_losses(block, x):
    # Hugging Face's loss counts each token k times, so it is k if the load is even.
    return {"balance": modeling_mixtral.load_balancing_loss_func((block.gate(x)[0],), COUNT, 2) / 2}


def switch_losses(block, x):
    # The chosen experts, before the capacity limit.
    logits = block.router(x)[2]
    p = logits.softmax(-1)
    return {"balance": switch.load_balancing_loss_func(p, p.argmax(-1)), "router_z": switch.router_z_loss_func(logits)}


make("mixtral", 1, modeling_mixtral.MixtralSparseMoeBlock(MixtralConfig(
    hidden_size=WIDTH, intermediate_size=HIDDEN, num_local_experts=COUNT, num_experts_per_tok=2)), mixtral_losses)
make("deepseek", 2, DeepseekV3MoE(DeepseekV3Config(
    hidden_size=WIDTH, moe_intermediate_size=HIDDEN, n_routed_experts=COUNT, num_local_experts=COUNT,
    num_experts_per_tok=2, n_group=1, topk_group=1, n_shared_experts=1, routed_scaling_factor=2.5,
    norm_topk_prob=True)), lambda block, x: {})
# A capacity of 3 is ceil(1.0 * 12 / 4).
make("switch", 3, switch.SwitchTransformersSparseMLP(SwitchTransformersConfig(
    d_model=WIDTH, d_ff=HIDDEN, num_experts=COUNT, expert_capacity=3, router_dtype="float32", dense_act_fn="relu",
    dropout_rate=0.0)), switch_losses)
