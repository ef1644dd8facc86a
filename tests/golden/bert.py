"""Makes tests/golden/bert/*.safetensors: small random models of Hugging Face's BertForPreTraining, ragged inputs, and
the models' results: hidden states, logits, losses, and the gradient of every parameter.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.13.0 transformers==5.23.0 safetensors
    /tmp/golden/bin/python tests/golden/bert.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForPreTraining

folder = pathlib.Path(__file__).parent / "bert"


def make(name, seed, width, heads, depth, vocabulary, lengths):
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=vocabulary, hidden_size=width, num_attention_heads=heads, num_hidden_layers=depth,
                        intermediate_size=4 * width, max_position_embeddings=12, initializer_range=0.2)
    model = BertForPreTraining(config).eval()
    for path, parameter in model.named_parameters():  # biases and norms too, so that they count
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, 1.0 if "LayerNorm.weight" in path else 0.0, 0.2)
    longest = max(lengths)
    real = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
    tokens = torch.randint(1, vocabulary, (len(lengths), longest))  # 0 is padding: there it gets no gradient
    segments = torch.randint(0, 2, (len(lengths), longest))
    labels = torch.where((torch.rand(len(lengths), longest) < 0.4) & real, tokens.roll(1, 1), -100)
    labels[0, 0] = 1
    next_labels = torch.randint(0, 2, (len(lengths),))
    out = model(input_ids=tokens, attention_mask=real.long(), token_type_ids=segments, labels=labels,
                next_sentence_label=next_labels, output_hidden_states=True)
    out.loss.backward()
    picked = labels[real] != -100
    both = torch.nn.functional.cross_entropy(out.seq_relationship_logits, next_labels)
    tensors = {
        "lengths": torch.tensor(lengths), "tokens": tokens[real], "segments": segments[real],
        "masked_positions": picked.nonzero().squeeze(1), "masked_labels": labels[real][picked], "next_labels": next_labels,
        "hidden": out.hidden_states[-1][real], "masked_logits": out.prediction_logits[real][picked],
        "next_logits": out.seq_relationship_logits, "loss": out.loss.reshape(1), "next_loss": both.reshape(1),
    }
    for path, parameter in model.named_parameters():
        tensors["model." + path] = parameter
        tensors["gradient." + path] = parameter.grad
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")


make("two_layers", 1, width=16, heads=2, depth=2, vocabulary=40, lengths=[7, 1, 12, 4])
make("three_heads", 2, width=24, heads=3, depth=1, vocabulary=33, lengths=[5, 9])
