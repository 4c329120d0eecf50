"""The same with plain loops, lists and numbers, and formulas written out as they are read."""

import math
import random

import torch
from torch.utils.data import Dataset


def tokenize(text, lower=True):
    """One pass over the characters."""
    if lower:
        text = text.lower()
    tokens, word = [], ""
    for place, letter in enumerate(text):
        follower = text[place + 1 : place + 2]
        if _in_a_word(letter) or (letter == "'" and word and _in_a_word(follower)):
            word += letter
            continue
        if word:
            tokens.append(word)
            word = ""
        if not letter.isspace():
            tokens.append(letter)
    if word:
        tokens.append(word)
    return tokens


def _in_a_word(letter):
    return letter.isalnum() or letter == "_"


class Vocab:
    """Counts in a dict; sorted twice, which works because sorting is stable."""

    def __init__(self, tokens, max_size=None, min_freq=1, specials=("<unk>", "<pad>", "<sos>", "<eos>")):
        self.stoi = {}
        for special in specials:
            self.stoi[special] = len(self.stoi)
        counts = {}
        for token in tokens:
            counts[token] = counts.get(token, 0) + 1
        names = sorted(counts)
        names.sort(key=counts.get, reverse=True)
        kept = 0
        for name in names:
            if name in self.stoi or counts[name] < min_freq:
                continue
            if max_size is not None and kept == max_size:
                break
            self.stoi[name] = len(self.stoi)
            kept += 1

    @property
    def itos(self):
        return list(self.stoi)

    def __len__(self):
        return len(self.stoi)

    def __getitem__(self, token):
        if token not in self.stoi:
            token = "<unk>"
        return self.stoi[token]


def encode(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    """Everything is put together, then what is too much is taken out before the end."""
    ids = []
    if add_sos:
        ids.append(vocab.stoi["<sos>"])
    for token in tokens:
        ids.append(vocab[token])
    if add_eos:
        ids.append(vocab.stoi["<eos>"])
    while max_len is not None and len(ids) > max_len:
        del ids[-2 if add_eos else -1]
    return ids


def decode(ids, vocab):
    """Cut at the end first, then leave out."""
    if isinstance(ids, torch.Tensor):
        ids = ids.tolist()
    end = vocab.stoi["<eos>"]
    if end in ids:
        ids = ids[: ids.index(end)]
    left_out = {vocab.stoi["<pad>"], vocab.stoi["<sos>"]}
    return [vocab.itos[index] for index in ids if index not in left_out]


class TextDataset(Dataset):
    """Everything is made at the beginning."""

    def __init__(self, texts, labels, numericalize):
        if len(texts) != len(labels):
            raise ValueError("as many labels as texts are needed")
        self.items = []
        for text, label in zip(texts, labels, strict=True):
            self.items.append((torch.LongTensor(numericalize(text)), label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


def collate(batch, pad_id):
    """Rows of lists."""
    longest = max(len(ids) for ids, _ in batch)
    rows, masks, lengths, labels = [], [], [], []
    for ids, label in batch:
        missing = longest - len(ids)
        rows.append(ids.tolist() + [pad_id] * missing)
        masks.append([True] * len(ids) + [False] * missing)
        lengths.append(len(ids))
        labels.append(label)
    return {
        "ids": torch.tensor(rows),
        "lengths": torch.tensor(lengths),
        "mask": torch.tensor(masks),
        "labels": torch.tensor(labels),
    }


def split_indices(n, fractions, seed):
    """Draw one index after the other from those that are left."""
    dice, left, parts = random.Random(seed), list(range(n)), []
    for fraction in fractions[:-1]:
        part = []
        for _ in range(round(n * fraction)):
            part.append(left.pop(dice.randrange(len(left))))
        parts.append(part)
    dice.shuffle(left)
    return [*parts, left]


def bucket_batches(lengths, batch_size, seed):
    """Shuffle, so that equal lengths are mixed; sort; cut; shuffle the batches."""
    dice = random.Random(seed)
    pairs = [(length, dice.random(), index) for index, length in enumerate(lengths)]
    batches = []
    for place, (_, _, index) in enumerate(sorted(pairs, reverse=True)):
        if place % batch_size == 0:
            batches.append([])
        batches[-1].append(index)
    return dice.sample(batches, len(batches))


def one_hot(ids, V, dtype=torch.float32):
    """Rows of the identity."""
    return torch.eye(V, dtype=dtype, device=ids.device)[ids]


class MyEmbedding(torch.nn.Module):
    """The gradient of the padding row is set to zero by a hook."""

    def __init__(self, V, d, padding_idx=None):
        super().__init__()
        table = torch.empty(V, d).normal_()
        if padding_idx is not None:
            table[padding_idx] = 0.0
        self.weight = torch.nn.Parameter(table)
        if padding_idx is not None:
            keep = torch.ones(V, 1)
            keep[padding_idx] = 0.0
            self.weight.register_hook(lambda gradient: gradient * keep.to(gradient))

    def forward(self, ids):
        return self.weight[ids]


def perplexity(logits, targets, pad_id):
    """Log-softmax by hand, then the words alone."""
    highest = logits.max(dim=-1, keepdim=True).values
    log_p = logits - highest - (logits - highest).exp().sum(dim=-1, keepdim=True).log()
    words = (targets != pad_id).nonzero(as_tuple=True)
    return (
        math.exp(-log_p[(*words, targets[words])].mean().item())
        if _finite(log_p, words, targets)
        else math.inf
    )


def _finite(log_p, words, targets):
    return bool(torch.isfinite(log_p[(*words, targets[words])]).all())


def _ngrams(tokens, n):
    return [tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]


def ngram_precision(cand, refs, n):
    """For every different n-gram, the smaller of two counts."""
    found = _ngrams(cand, n)
    confirmed = 0
    for gram in set(found):
        confirmed += min(found.count(gram), max(_ngrams(ref, n).count(gram) for ref in refs))
    return confirmed, len(found)


def _nearest(cand, refs):
    best = len(refs[0])
    for ref in refs[1:]:
        farther, same = abs(best - len(cand)), abs(len(ref) - len(cand))
        if same < farther or (same == farther and len(ref) < best):
            best = len(ref)
    return best


def _bleu(pairs, c, r, N):
    product = 1.0
    for confirmed, total in pairs:
        if confirmed == 0:
            return 0.0
        product *= confirmed / total
    bleu = product ** (1 / N)
    return bleu if c >= r else bleu * math.exp(1 - r / c)


def sentence_bleu(cand, refs, N=4):
    """From the counts of one sentence."""
    pairs = [ngram_precision(cand, refs, n) for n in range(1, N + 1)]
    return _bleu(pairs, len(cand), _nearest(cand, refs), N)


def corpus_bleu(cands, refs_list, N=4):
    """From the counts of all sentences."""
    pairs, c, r = [[0, 0] for _ in range(N)], 0, 0
    for cand, refs in zip(cands, refs_list, strict=True):
        c += len(cand)
        r += _nearest(cand, refs)
        for n in range(N):
            confirmed, total = ngram_precision(cand, refs, n + 1)
            pairs[n][0] += confirmed
            pairs[n][1] += total
    return _bleu(pairs, c, r, N)


class BigramLM:
    """A dict of dicts, and a marker before every sentence."""

    def fit(self, corpus):
        self.followers = {}
        for sentence in corpus:
            before = None
            for token in sentence:
                counts = self.followers.setdefault(before, {})
                counts[token] = counts.get(token, 0) + 1
                before = token
        return self

    def prob(self, seq):
        p, before = 1.0, None
        for token in seq:
            p *= self._share(before, token)
            before = token
        return p

    def nll(self, seq):
        nll, before = 0.0, None
        for token in seq:
            p = self._share(before, token)
            if p == 0:
                return math.inf
            nll -= math.log(p)
            before = token
        return nll

    def _share(self, before, token):
        counts = self.followers.get(before, {})
        return counts.get(token, 0) / max(sum(counts.values()), 1)


def accuracy(pred, y):
    """Count."""
    right = 0
    for row, label in zip(pred.tolist(), y.tolist(), strict=True):
        right += (row.index(max(row)) if isinstance(row, list) else row) == label
    return right / len(y)


class MeanMeter:
    """The mean is kept and moved."""

    def __init__(self):
        self.mean, self.n = 0.0, 0

    def update(self, value, n=1):
        if isinstance(value, torch.Tensor):
            value = value.item()
        self.n += n
        self.mean += (value - self.mean) * n / self.n
