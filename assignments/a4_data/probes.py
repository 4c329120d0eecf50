"""What the tests of this assignment share: words to draw from, and probes.

A probe runs beside your code and returns plain data.
"""

import random
from functools import partial
from itertools import islice

import numpy
import torch
from torch.utils.data import DataLoader, Dataset

from grader import build

WORDS = ("the", "cat", "sat", "on", "mat", "dog", "ran", "red", "house", "and", "bird", "sang", "old", "tree")
SPECIALS = ("<unk>", "<pad>", "<sos>", "<eos>")


def mixed(pick, words, counts):
    """A corpus in which each word occurs as often as is said, in random order."""
    tokens = [word for word, count in zip(words, counts, strict=True) for _ in range(count)]
    return pick(tokens, len(tokens))


def sentence(pick, words, length):
    """A sentence of so many random words, which may repeat."""
    return [pick(words) for _ in range(length)]


# ---------------------------------------------------------------- Vocab, encode, decode


def vocabulary(submission, tokens, **options):
    """The tables of your Vocab, and its length."""
    vocab = submission.Vocab(tokens, **options)
    return {"itos": list(vocab.itos), "stoi": dict(vocab.stoi), "len": len(vocab)}


def looked_up(submission, tokens, asked, **options):
    """The ids that your Vocab gives for some tokens."""
    vocab = submission.Vocab(tokens, **options)
    return [vocab[token] for token in asked]


class Words:
    """A stand-in for a Vocab: the given tokens in their order."""

    def __init__(self, itos):
        self.itos = list(itos)
        self.stoi = {token: index for index, token in enumerate(itos)}

    def __len__(self):
        return len(self.itos)

    def __getitem__(self, token):
        return self.stoi.get(token, self.stoi["<unk>"])


def encoded(submission, itos, tokens, **options):
    """The ids of a sentence by your encode, with a stand-in for a Vocab that has the tokens of itos."""
    return list(submission.encode(tokens, Words(itos), **options))


def decoded(submission, itos, ids):
    """The tokens for ids by your decode, with a stand-in for a Vocab that has the tokens of itos."""
    return list(submission.decode(ids, Words(itos)))


# ---------------------------------------------------------------- TextDataset, collate


def letters(text):
    """A stand-in for numericalize: the place of each letter in the alphabet."""
    return [ord(letter) - ord("a") for letter in text]


def item(submission, texts, labels, index):
    """One item of your TextDataset."""
    ids, label = submission.TextDataset(texts, labels, letters)[index]
    return {"ids": ids, "label": label}


def in_batches(submission, texts, labels, batch_size):
    """Your TextDataset through a DataLoader that keeps its items apart, and its length."""
    dataset = submission.TextDataset(texts, labels, letters)
    batches = [[tuple(one) for one in batch] for batch in DataLoader(dataset, batch_size, collate_fn=list)]
    return {"is a Dataset": isinstance(dataset, Dataset), "len": len(dataset), "batches": batches}


def labels_of_all(submission, texts, labels):
    """The labels that a `for` loop over your TextDataset finds; it is stopped if it does not end."""
    dataset = submission.TextDataset(texts, labels, letters)
    return [label for _, label in islice(iter(dataset), len(texts) + 3)]


def collated(submission, batch, pad_id, *keys):
    """Some entries of what your collate makes of a batch."""
    made = submission.collate(batch, pad_id)
    return {key: made[key] for key in keys}


def loaded(submission, pairs, batch_size, pad_id):
    """The batches of a DataLoader with your collate."""
    loader = DataLoader(pairs, batch_size, collate_fn=partial(submission.collate, pad_id=pad_id))
    return [dict(batch) for batch in loader]


# ---------------------------------------------------------------- split_indices, bucket_batches


def parts(submission, n, fractions, seed):
    """The parts that your split_indices makes."""
    return [[int(index) for index in part] for part in submission.split_indices(n, fractions, seed)]


def sizes(submission, n, fractions, seed):
    """How many indices the parts of your split_indices have."""
    return [len(part) for part in submission.split_indices(n, fractions, seed)]


def batches(submission, lengths, batch_size, seed):
    """The batches that your bucket_batches makes."""
    return [[int(index) for index in batch] for batch in submission.bucket_batches(lengths, batch_size, seed)]


SEEDED = {"parts": parts, "batches": batches}


def three_times(submission, what, arguments, seed, other):
    """Parts or batches with a seed, with the same seed after other numbers were drawn, and with another."""
    make = SEEDED[what]
    first = make(submission, *arguments, seed)
    torch.rand(3), random.random(), numpy.random.rand()
    return first, make(submission, *arguments, seed), make(submission, *arguments, other)


def next_numbers(submission, what, arguments, seed):
    """What the global generators give after your split_indices or your bucket_batches."""
    torch.manual_seed(seed + 1), random.seed(seed + 1), numpy.random.seed(seed + 1)
    SEEDED[what](submission, *arguments, seed)
    return {"torch": torch.rand(2), "random": random.random(), "numpy": numpy.random.rand()}


# ---------------------------------------------------------------- MyEmbedding


def embedding_at_first(submission, V, d, padding_idx):
    """Names, shapes and dtypes of the parameters of your MyEmbedding, and some of its first values."""
    model = submission.MyEmbedding(V, d, padding_idx)
    named = {name: (tuple(value.shape), value.dtype) for name, value in model.named_parameters()}
    rows = model.weight.detach()
    return {"parameters": named, "padding row": rows[padding_idx], "zero rows": int((rows == 0).all(1).sum())}


def first_weight(submission, V, d):
    """The weight of a new MyEmbedding."""
    return submission.MyEmbedding(V, d).weight


def vectors(submission, init, state, ids):
    """The vectors that your MyEmbedding gives for ids."""
    return build(submission, "MyEmbedding", init, state, dtype=torch.float64)(ids)


def vectors_alone(submission, init, state, ids):
    """The same; only the call is counted, not the making of the module."""
    model = build(submission, "MyEmbedding", init, state, dtype=torch.float64)
    yield
    return model(ids)


def table_gradient(submission, init, state, ids, upstream):
    """The gradient of the weight of your MyEmbedding when the vectors receive the upstream gradient."""
    model = build(submission, "MyEmbedding", init, state, dtype=torch.float64)
    (model(ids) * upstream).sum().backward()
    return model.weight.grad


def table_after_steps(submission, init, state, ids, upstream, lr):
    """The weight of your MyEmbedding after two steps of an optimizer."""
    model = build(submission, "MyEmbedding", init, state, dtype=torch.float64, train=True)
    optimizer = torch.optim.SGD(model.parameters(), lr)
    for _ in range(2):
        optimizer.zero_grad()
        (model(ids) * upstream).square().sum().backward()
        optimizer.step()
    return model.weight


# ---------------------------------------------------------------- perplexity


def hesitation(submission, logits, targets, pad_id):
    """Your perplexity as a float, whichever it is."""
    return float(submission.perplexity(logits, targets, pad_id))


# ---------------------------------------------------------------- ngram_precision, BigramLM


def precisions(submission, cand, refs, longest):
    """Your ngram_precision for n = 1, 2, .. longest."""
    return [tuple(submission.ngram_precision(cand, refs, n)) for n in range(1, longest + 1)]


def probabilities(submission, corpus, sequences):
    """The probabilities that your BigramLM gives to some sequences."""
    model = submission.BigramLM()
    model.fit(corpus)
    return [float(model.prob(sequence)) for sequence in sequences]


def surprises(submission, corpus, sequences):
    """The nll that your BigramLM gives for some sequences."""
    model = submission.BigramLM()
    model.fit(corpus)
    return [float(model.nll(sequence)) for sequence in sequences]


# ---------------------------------------------------------------- MeanMeter


def measured(submission, updates):
    """The mean of your MeanMeter after each of the updates."""
    meter, means = submission.MeanMeter(), []
    for update in updates:
        meter.update(*update)
        means.append(float(meter.mean))
    return means


def measured_with_graph(submission, weight, xs, counts):
    """Your MeanMeter fed with losses that have a graph: its mean, and whether that has one too."""
    meter, weight = submission.MeanMeter(), weight.clone().requires_grad_()
    for x, n in zip(xs, counts, strict=True):
        meter.update((weight * x).mean(), n)
    return {"mean": float(meter.mean), "has a graph": bool(getattr(meter.mean, "requires_grad", False))}
