"""Makes tests/golden/bert/albert.safetensors: a small random model of Hugging Face's AlbertForMaskedLM, ragged inputs, and
its results: hidden states, logits, the loss, and the gradient of every parameter, by the field paths of
BertForMaskedLM<>{..., .groups = 2, .embedding_width = 6}.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.13.0 transformers==5.24.0 safetensors
    /tmp/golden/bin/python tests/golden/albert.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from transformers import AlbertConfig, AlbertForMaskedLM

vocabulary, lengths = 40, [7, 1, 12, 4]
torch.manual_seed(3)
config = AlbertConfig(vocab_size=vocabulary, embedding_size=6, hidden_size=16, num_attention_heads=2, num_hidden_layers=4,
                      num_hidden_groups=2, intermediate_size=64, max_position_embeddings=12, initializer_range=0.2,
                      hidden_act="gelu", hidden_dropout_prob=0, attention_probs_dropout_prob=0)
model = AlbertForMaskedLM(config).eval()
for path, parameter in model.named_parameters():  # biases and norms too, so that they count
    if parameter.dim() == 1:
        torch.nn.init.normal_(parameter, 1.0 if "orm.weight" in path else 0.0, 0.2)

longest = max(lengths)
real = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
tokens = torch.randint(1, vocabulary, (len(lengths), longest))  # 0 is padding: there it gets no gradient
segments = torch.randint(0, 2, (len(lengths), longest))
labels = torch.where((torch.rand(len(lengths), longest) < 0.4) & real, tokens.roll(1, 1), -100)
labels[0, 0] = 1
out = model(input_ids=tokens, attention_mask=real.long(), token_type_ids=segments, labels=labels, output_hidden_states=True)
out.loss.backward()
picked = labels[real] != -100
tensors = {
    "lengths": torch.tensor(lengths), "tokens": tokens[real], "segments": segments[real],
    "masked_positions": picked.nonzero().squeeze(1), "masked_labels": labels[real][picked],
    "hidden": out.hidden_states[-1][real], "masked_logits": out.logits[real][picked], "loss": out.loss.reshape(1),
}
renamed = [
    ("albert.embeddings.word_embeddings", "bert.token_embedding"),
    ("albert.embeddings.token_type_embeddings", "bert.segment_embedding"),
    ("albert.embeddings.position_embeddings", "bert.position_embedding"),
    ("albert.embeddings.LayerNorm", "bert.embedding_norm"),
    ("albert.encoder.embedding_hidden_mapping_in", "bert.widening"),
    ("albert.encoder.albert_layer_groups.", "bert.encoder.layers."), (".albert_layers.0.", "."),
    ("full_layer_layer_norm", "feed_forward_residual.norm"), ("attention.LayerNorm", "attention_residual.norm"),
    ("attention.dense", "attention.output"), ("ffn_output", "feed_forward.down"), ("ffn", "feed_forward.up"),
    ("predictions.bias", "masked_head.bias"), ("predictions.dense", "masked_head.transform"),
    ("predictions.LayerNorm", "masked_head.norm"),
]
for path, parameter in model.named_parameters():
    for theirs, ours in renamed:
        path = path.replace(theirs, ours)
    if "norm." in path:
        path = path.replace("norm.weight", "norm.scale")
    tensors["model." + path] = parameter
    tensors["gradient." + path] = parameter.grad
save_file({key: value.detach().contiguous() for key, value in tensors.items()},
          pathlib.Path(__file__).parent / "bert" / "albert.safetensors")
