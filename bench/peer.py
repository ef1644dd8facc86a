"""PyTorch and Hugging Face on the rows of heed's benchmark, in PyTorch's best setting for the CPU.

usage: peer.py THREADS FOLDER, by `./run bench --peer PYTHON`. Reads a line, answers a line:
  begin ROW    sets up the row's task and writes its weights to FOLDER/model.safetensors; answers a number of the result,
               without dropout, that heed must find too
  run STEPS    runs STEPS steps; answers their wall time and the CPU time of all threads, in seconds
Between lines it sleeps. The setting: tcmalloc if the system has it (malloc of glibc gives each tensor's pages back and
takes them anew: most of a small step), fused AdamW, logits only at labels in train/... as heed does, inference_mode;
train_bfloat16/... under autocast, with logits only at labels too.
"""
import glob
import math
import os
import sys
import time
import timeit

TCMALLOC = glob.glob("/usr/lib/*/libtcmalloc_minimal.so.4") + glob.glob("/usr/lib*/libtcmalloc_minimal.so.4")
if TCMALLOC and "tcmalloc" not in os.environ.get("LD_PRELOAD", ""):
    os.environ["LD_PRELOAD"] = TCMALLOC[0]
    os.execv(sys.executable, [sys.executable, *sys.argv])

import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import BertConfig, BertForPreTraining

VOCABULARY, NO_LABEL = 30522, -100
SIZES = {"tiny": (128, 2, 2), "mini": (256, 4, 4), "base": (768, 12, 12)}  # width, heads, depth
HALF = [16, 24, 40, 48, 64, 80, 112, 128]
FOLDER = sys.argv[2]


def token_at(i):
    return 5 + i * 7919 % 29995


def label_at(i):
    return torch.where(i * 13 % 20 < 3, 5 + i * 6007 % 29995, NO_LABEL)


def numbers(shape, first):
    return (((torch.arange(torch.Size(shape).numel()) * 31 + first) % 97 - 48).float() / 32).view(shape)


def make_model(size):
    width, heads, depth = SIZES[size]
    torch.manual_seed(1)
    model = BertForPreTraining(BertConfig(
        vocab_size=VOCABULARY, hidden_size=width, num_hidden_layers=depth, num_attention_heads=heads,
        intermediate_size=4 * width, max_position_embeddings=512))
    tied = "cls.predictions.decoder."
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items() if not name.startswith(tied)},
              f"{FOLDER}/model.safetensors")
    return model


def train(size, shape, all_logits, in_bfloat16):
    """Returns the step, and the loss in float32 without dropout. No mask: there is no padding."""
    model = make_model(size)
    batch, length = map(int, shape.split("x"))
    places = torch.arange(batch * length)
    tokens, labels = token_at(places).view(batch, length), label_at(places)
    labelled = labels.ne(NO_LABEL).nonzero().squeeze(1)
    next_labels = torch.arange(batch) % 2
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)

    def loss():
        if all_logits:
            return model(input_ids=tokens, labels=labels.view(batch, length), next_sentence_label=next_labels).loss
        out = model.bert(input_ids=tokens)
        hidden = out.last_hidden_state.reshape(batch * length, -1)
        logits = model.cls.predictions(hidden[labelled])
        return cross_entropy(logits, labels[labelled]) + cross_entropy(
            model.cls.seq_relationship(out.pooler_output), next_labels)

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
            total = loss()
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    model.eval()
    with torch.no_grad():
        value = loss().item()
    model.train()
    return step, value


def infer(size, kind):
    """Returns the step, and the mean square of the pooled vectors. A mask only if there is padding."""
    bert = make_model(size).bert.eval()
    lengths = HALF if kind == "half" else [128] * 8
    tokens, mask, first = torch.zeros(8, 128, dtype=torch.long), torch.zeros(8, 128, dtype=torch.long), 0
    for row, length in enumerate(lengths):
        tokens[row, :length] = token_at(torch.arange(first, first + length))
        mask[row, :length] = 1
        first += length
    arguments = {"input_ids": tokens, "attention_mask": mask if kind == "half" else None}

    def step():
        with torch.inference_mode():
            return bert(**arguments).pooler_output

    return step, step().square().mean().item()


class Translator(torch.nn.Module):
    """The model of bench/translator.cpp: 6 + 6 layers, width 512, norms before, tied embeddings, sinusoidal positions."""

    def __init__(self, width=512, heads=8, depth=6):
        super().__init__()
        torch.manual_seed(1)
        self.width, self.heads = width, heads
        self.embedding = torch.nn.Embedding(8000, width)
        torch.nn.init.normal_(self.embedding.weight, 0, width ** -0.5)
        self.layers = torch.nn.Transformer(width, heads, depth, depth, 4 * width, 0.1, "gelu", batch_first=True,
                                           norm_first=True)
        feature = torch.arange(width)
        angle = torch.arange(512)[:, None] * 10000.0 ** (-(feature - feature % 2).double() / width)
        self.waves = torch.where(feature % 2 == 0, angle.sin(), angle.cos()).float()
        self.dropout = torch.nn.Dropout(0.1)

    def embed(self, tokens, first=0):
        return self.dropout(self.embedding(tokens) * self.width ** 0.5 + self.waves[first:first + tokens.shape[1]])

    def save(self):
        parts = {"self_attn.": "attention.", "multihead_attn.": "cross_attention.", "linear1": "feed_forward.up",
                 "linear2": "feed_forward.down", "out_proj": "output", "norm1": "attention_residual.norm",
                 "norm3": "feed_forward_residual.norm", "layers.encoder": "encoder", "layers.decoder": "decoder",
                 "embedding.": "embedding.embedding."}
        tensors = {}
        for name, tensor in self.state_dict().items():
            name = name.replace("norm2", "cross_attention_residual.norm" if ".decoder." in name else "feed_forward_residual.norm")
            for theirs, ours in parts.items():
                name = name.replace(theirs, ours)
            if "norm" in name:
                name = name.replace("norm.weight", "norm.scale")
            if "in_proj_" in name:
                for part, values in zip(("query.", "key.", "value."), tensor.chunk(3)):
                    tensors[name.replace("in_proj_", part)] = values.contiguous()
            else:
                tensors[name] = tensor.contiguous()
        save_file(tensors, f"{FOLDER}/model.safetensors")


def translator_tokens(n, first):
    return 5 + torch.arange(first, first + n) * 7919 % 7993


def train_translator(shape):
    """Returns the step, and the loss without dropout."""
    batch, length = map(int, shape.split("x"))
    model = Translator()
    model.save()
    source, target, labels = (translator_tokens(batch * length, i).view(batch, length) for i in range(3))
    causal = torch.nn.Transformer.generate_square_subsequent_mask(length)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)

    def loss():
        hidden = model.layers(model.embed(source), model.embed(target), tgt_mask=causal, tgt_is_causal=True)
        logits = hidden.view(batch * length, -1) @ model.embedding.weight.T
        return cross_entropy(logits, labels.view(-1), label_smoothing=0.1)

    def step():
        loss().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    model.eval()
    with torch.no_grad():
        value = loss().item()
    model.train()
    return step, value


def decode(shape):
    """Greedy decoding by hand, with caches made once, one product for query, key and value; and the mean square of the
    logits after given tokens."""
    batch, length = map(int, shape.split("x"))
    model = Translator().eval()
    model.save()
    source = translator_tokens(batch * length, 0).view(batch, length)
    width, heads, layers, linear = model.width, model.heads, model.layers.decoder.layers, torch.nn.functional.linear

    def by_head(x):
        return x.view(batch, -1, heads, width // heads).transpose(1, 2)

    keys, values = (torch.empty(len(layers), batch, heads, length, width // heads) for _ in range(2))

    def begin():
        memory = model.layers.encoder(model.embed(source))
        kept = []
        for layer in layers:
            f = layer.multihead_attn
            both = linear(memory, f.in_proj_weight[width:], f.in_proj_bias[width:])
            kept.append([by_head(part).contiguous() for part in both.chunk(2, -1)])
        return kept

    def following(kept, tokens, place):
        x = model.embed(tokens[:, None], place)
        for i, layer in enumerate(layers):
            f = layer.self_attn
            query, key, value = map(by_head, linear(layer.norm1(x), f.in_proj_weight, f.in_proj_bias).chunk(3, -1))
            keys[i, :, :, place:place + 1], values[i, :, :, place:place + 1] = key, value
            y = scaled_dot_product_attention(query, keys[i, :, :, :place + 1], values[i, :, :, :place + 1])
            x = x + f.out_proj(y.transpose(1, 2).reshape(batch, 1, width))
            f = layer.multihead_attn
            query = by_head(linear(layer.norm2(x), f.in_proj_weight[:width], f.in_proj_bias[:width]))
            y = scaled_dot_product_attention(query, *kept[i])
            x = x + f.out_proj(y.transpose(1, 2).reshape(batch, 1, width))
            x = x + layer.linear2(torch.nn.functional.gelu(layer.linear1(layer.norm3(x))))
        return (model.layers.decoder.norm(x) @ model.embedding.weight.T)[:, 0]

    def step():
        with torch.inference_mode():
            kept, tokens = begin(), translator_tokens(batch, 0)
            for place in range(length):
                tokens = following(kept, tokens, place).argmax(-1)

    with torch.inference_mode():
        kept = begin()
        for place in range(length):
            logits = following(kept, translator_tokens(batch, place), place)
        value = logits.square().mean().item()
    return step, value


def attention(kind, length):
    """Forward and backward of 4,096 tokens, 12 heads of width 64; and the mean square of y without dropout."""
    def by_head(first):
        return numbers([4096 // length, length, 12, 64], first).transpose(1, 2).contiguous()

    inputs = [by_head(i).requires_grad_() for i in (1, 2, 3)]
    dy = by_head(4)
    options = {"is_causal": kind == "attention_causal"}
    if kind == "attention_alibi":
        exponents = torch.cat([torch.arange(1, 9), torch.arange(0.5, 4)])  # of 12 heads
        distance = torch.arange(length)[:, None] - torch.arange(length)
        options = {"attn_mask": torch.where(distance < 0, -math.inf, -distance * 2 ** -exponents[:, None, None])}

    def step():
        dropped = 0.1 if kind == "attention_dropout" else 0.0
        scaled_dot_product_attention(*inputs, **options, dropout_p=dropped).backward(dy)
        for x in inputs:
            x.grad = None

    with torch.no_grad():
        value = scaled_dot_product_attention(*inputs, **options).square().mean().item()
    return step, value


def step_of(f, inputs):
    """Returns forward and backward of f as a step; and the mean square of y."""
    for x in inputs:
        x.requires_grad_()
    with torch.no_grad():
        y = f(*inputs)
    dy = numbers(y.shape, 4)

    def step():
        f(*inputs).backward(dy)
        for x in inputs:
            x.grad = None

    return step, y.square().mean().item()


def convolution(kind, shape, window, stride, groups):
    """Symmetric padding, none if the stride is the window's length."""
    shape, window = ([int(n) for n in text.split("x")] for text in (shape, window))
    groups, stride = int(groups), int(stride)
    weight = [window[0], shape[1] // groups, *window[1:]]
    padding = window[-1] // 2 if stride == 1 else 0
    f = {"conv1d": torch.nn.functional.conv1d, "conv2d": torch.nn.functional.conv2d}[kind]
    return step_of(lambda x, w: f(x, w, stride=stride, padding=padding, groups=groups),
                   [numbers(shape, 1), numbers(weight, 2)])


def grouped_matmul(shape):
    """A product for each group, as usual in PyTorch. The 4,096 rows are distributed unevenly."""
    groups, width, out = map(int, shape.split("x"))
    total = groups * (groups + 1) // 2
    begins = [4096 * sum(range(groups, groups - i, -1)) // total for i in range(groups + 1)]

    def product(x, weights):
        return torch.cat([x[begins[i]:begins[i + 1]] @ weights[i] for i in range(groups)])

    return step_of(product, [numbers([4096, width], 1), numbers([groups, width, out], 2)])


def recurrent(kind, width, shape):
    """A training step of two layers, and the mean square of their output. Ragged batches are packed."""
    width = int(width)
    torch.manual_seed(1)
    model = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[kind](width, width, num_layers=2)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, f"{FOLDER}/model.safetensors")
    if shape == "ragged":
        lengths = [64 - i * 7 % 57 for i in range(32)]
    else:
        batch, length = map(int, shape.split("x"))
        lengths = [length] * batch
    x = torch.nn.utils.rnn.pad_sequence(torch.split(numbers([sum(lengths), width], 0), lengths))
    if shape == "ragged":
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)

    def loss():
        y = model(x)[0]
        return (y.data if shape == "ragged" else y).square().mean()

    def step():
        loss().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    with torch.no_grad():
        value = loss().item()
    return step, value


class FeedForward(torch.nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.up, self.down = torch.nn.Linear(width, hidden), torch.nn.Linear(hidden, width)

    def forward(self, x):
        return self.down(torch.nn.functional.gelu(self.up(x)))


class Experts(torch.nn.Module):
    """Top-2 routing among `count` experts, in a loop over experts."""

    def __init__(self, width, count):
        super().__init__()
        self.router = torch.nn.Linear(width, count, bias=False)
        self.experts = torch.nn.ModuleList(FeedForward(width, 4 * width) for _ in range(count))

    def forward(self, x):
        weights, chosen = self.router(x).softmax(-1).topk(2)
        weights = weights / weights.sum(-1, keepdim=True)
        y = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            tokens, place = torch.where(chosen == i)
            y = y.index_add(0, tokens, expert(x[tokens]) * weights[tokens, place, None])
        return y


class GroupedExperts(torch.nn.Module):
    """Experts by PyTorch's grouped product, of rows sorted by expert."""

    def __init__(self, of):
        super().__init__()
        self.router = of.router
        for name in ("up", "down"):
            layers = [getattr(expert, name) for expert in of.experts]
            setattr(self, name, torch.nn.Parameter(torch.stack([layer.weight.T for layer in layers])))
            setattr(self, name + "_bias", torch.nn.Parameter(torch.stack([layer.bias for layer in layers])))

    def forward(self, x):
        weights, chosen = self.router(x).softmax(-1).topk(2)
        weights = (weights / weights.sum(-1, keepdim=True)).flatten()
        expert, order = chosen.flatten().sort(stable=True)
        ends = torch.bincount(expert, minlength=len(self.up)).cumsum(0).to(torch.int32)
        product = torch.nn.functional.grouped_mm
        h = torch.nn.functional.gelu(product(x[order // 2], self.up, offs=ends) + self.up_bias[expert])
        y = (product(h, self.down, offs=ends) + self.down_bias[expert]) * weights[order, None]
        return torch.zeros_like(x).index_add(0, order // 2, y)


def moe(count):
    """Output and all gradients of a mixture of experts, or of a dense layer; the mean square of the output."""
    tokens, width = 4096, 256
    torch.manual_seed(1)
    model = FeedForward(width, 8 * width) if count == "dense" else Experts(width, int(count))
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, f"{FOLDER}/model.safetensors")
    low = 0xffffffff
    h = torch.arange(tokens * width) * 2654435761 & low
    h = ((h ^ h >> 15) * 2246822519) & low
    h ^= h >> 13
    x = ((h % 2001 - 1000).float() / 577).view(tokens, width).requires_grad_()

    def step_of_model(model):
        def step():
            model(x).square().mean().backward()
            model.zero_grad(set_to_none=True)
            x.grad = None

        return step

    with torch.no_grad():
        value = model(x).square().mean().item()
    steps = [step_of_model(model)]
    if count != "dense" and hasattr(torch.nn.functional, "grouped_mm"):
        grouped = GroupedExperts(model)
        with torch.no_grad():
            assert abs(grouped(x).square().mean().item() - value) < 1e-4 * value
        steps.append(step_of_model(grouped))
    times = [min(timeit.repeat(step, number=1, repeat=3)) for step in steps]
    if len(times) > 1:
        print(f"moe/{count}: a loop over experts takes {1e3 * times[0]:.0f} ms, grouped products {1e3 * times[1]:.0f}")
    return steps[times.index(min(times))], value  # the faster one


def begin(row):
    kind, *rest = row.split("/")
    if kind in ("gru", "lstm"):
        return recurrent(kind, *rest)
    if kind == "moe":
        return moe(*rest)
    if kind in ("conv1d", "conv2d"):
        return convolution(kind, *rest)
    if kind == "grouped_matmul":
        return grouped_matmul(*rest)
    if kind in ("train", "train_all", "train_bfloat16"):
        return train(*rest, kind == "train_all", kind == "train_bfloat16")
    if kind == "infer":
        return infer(*rest)
    if kind == "train_translator":
        return train_translator(*rest)
    if kind == "decode":
        return decode(*rest)
    return attention(kind, int(rest[0]))


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # output of libraries is not an answer

    def answer(text):
        print(text, file=answers, flush=True)

    torch.set_num_threads(int(sys.argv[1]))
    malloc = "tcmalloc" if TCMALLOC else "malloc of the C library (libtcmalloc-minimal4 would be faster)"
    answer(f"PyTorch {torch.__version__}, transformers {transformers.__version__}, {malloc}")
    step = None
    for line in sys.stdin:
        command, argument = line.split()
        try:
            if command == "begin":
                step = None  # frees memory before the next one
                step, value = begin(argument)
                answer(value)
            else:
                start, cpu = time.perf_counter(), time.process_time()
                for _ in range(int(argument)):
                    step()
                answer(f"{time.perf_counter() - start} {time.process_time() - cpu}")
        except Exception as error:
            answer(f"error: {argument}: {type(error).__name__}: {error}".replace("\n", " "))


main()
