"""The same with what torch and the standard library bring along: scatter, unique, boolean indexing."""

import math
import re
from collections import Counter, defaultdict
from itertools import takewhile

import torch
import torch.nn.functional as F
from torch.utils.data import Dataset


def tokenize(text, lower=True):
    """Spaces are put around words and marks, then split() does the rest."""
    apart = re.sub(r"(?<!\w)'|'(?!\w)|[^\w\s']", lambda mark: f" {mark.group()} ", text)
    return [token.lower() if lower else token for token in apart.split()]


class Vocab:
    """Unknown words by a default of the dict."""

    def __init__(self, tokens, max_size=None, min_freq=1, specials=("<unk>", "<pad>", "<sos>", "<eos>")):
        counts = Counter(tokens)
        for special in specials:
            counts.pop(special, None)
        ranked = sorted(sorted(counts.items()), key=lambda pair: pair[1], reverse=True)
        words = [token for token, count in ranked if not count < min_freq]
        self.itos = list(specials) + (words if max_size is None else words[:max_size])
        unknown = self.itos.index("<unk>")
        self.stoi = defaultdict(lambda: unknown, zip(self.itos, range(len(self.itos)), strict=True))

    def __len__(self):
        return len(self.itos)

    def __getitem__(self, token):
        return self.stoi[token]


def encode(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    """A cut tensor gets its last id anew."""
    sos, eos = (vocab.stoi[name] for name in ("<sos>", "<eos>"))
    ids = [sos] * add_sos + list(map(vocab.__getitem__, tokens)) + [eos] * add_eos
    if max_len is not None and len(ids) > max_len:
        ids = ids[:max_len]
        if add_eos:
            ids[-1] = eos
    return ids


def decode(ids, vocab):
    """As a tensor."""
    ids = torch.as_tensor(ids)
    ids = ids[(ids == vocab["<eos>"]).cumsum(0) == 0]
    ids = ids[(ids != vocab["<pad>"]) & (ids != vocab["<sos>"])]
    return [vocab.itos[index] for index in ids.tolist()]


class TextDataset(Dataset):
    """Pairs, made when asked for."""

    def __init__(self, texts, labels, numericalize):
        super().__init__()
        try:
            self.pairs = list(zip(texts, labels, strict=True))
        except ValueError:
            raise ValueError("texts and labels") from None
        self.numericalize = numericalize

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError(index)
        text, label = self.pairs[index]
        return torch.as_tensor(self.numericalize(text)).long(), label


def collate(batch, pad_id):
    """The mask first; the ids are written where it is True."""
    lengths = torch.as_tensor([ids.numel() for ids, _ in batch])
    mask = torch.ones(len(batch), int(lengths.max())).cumsum(1) <= lengths.unsqueeze(1)
    ids = torch.full(mask.shape, pad_id)
    ids[mask] = torch.cat([ids for ids, _ in batch])
    return {
        "labels": torch.LongTensor([label for _, label in batch]),
        "mask": mask,
        "lengths": lengths,
        "ids": ids,
    }


def split_indices(n, fractions, seed):
    """A permutation from a generator of one's own, split."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    sizes = [round(n * fraction) for fraction in fractions[:-1]]
    return [part.tolist() for part in order.split([*sizes, n - sum(sizes)])]


def bucket_batches(lengths, batch_size, seed):
    """Sort within shuffled pools of a few batches, and shuffle the batches of all."""
    generator = torch.Generator().manual_seed(seed)
    pools = torch.randperm(len(lengths), generator=generator).split(10 * batch_size)
    lengths = torch.tensor(lengths)
    batches = [batch for pool in pools for batch in pool[lengths[pool].argsort()].split(batch_size)]
    return [batches[place].tolist() for place in torch.randperm(len(batches), generator=generator)]


def one_hot(ids, V, dtype=torch.float32):
    """Scatter ones along the last dimension."""
    zeros = torch.zeros(*ids.shape, V, dtype=dtype, device=ids.device)
    return zeros.scatter_(-1, ids.unsqueeze(-1), 1)


class MyEmbedding(torch.nn.Module):
    """Rows by index_select; the padding is multiplied away."""

    def __init__(self, V, d, padding_idx=None):
        super().__init__()
        self.padding_idx = padding_idx
        self.weight = torch.nn.Parameter(torch.empty(V, d))
        torch.nn.init.normal_(self.weight)
        if padding_idx is not None:
            self.weight.data[padding_idx].zero_()

    def forward(self, ids):
        rows = self.weight.index_select(0, ids.reshape(-1)).view(*ids.shape, -1)
        if self.padding_idx is not None:
            rows = rows * ids.ne(self.padding_idx).unsqueeze(-1)
        return rows


def perplexity(logits, targets, pad_id):
    """A sum without the padding, divided by the number of words."""
    log_p = F.log_softmax(logits, dim=-1)
    nll = F.nll_loss(log_p.transpose(1, 2), targets, reduction="none")
    words = targets.ne(pad_id)
    return torch.exp(nll.masked_fill(~words, 0).sum() / words.sum())


def ngram_precision(cand, refs, n):
    """Counts as dicts, one n-gram after the other taken from what the references allow."""
    allowed = Counter()
    for ref in refs:
        for gram, count in Counter(zip(*(ref[start:] for start in range(n)), strict=False)).items():
            allowed[gram] = max(allowed[gram], count)
    confirmed = total = 0
    for gram in zip(*(cand[start:] for start in range(n)), strict=False):
        total += 1
        if allowed[gram] > 0:
            allowed[gram] -= 1
            confirmed += 1
    return confirmed, total


def _counts(cand, refs, N):
    nearest = sorted((abs(len(ref) - len(cand)), len(ref)) for ref in refs)[0][1]
    pairs = [ngram_precision(cand, refs, n) for n in range(1, N + 1)]
    return torch.tensor([*pairs, (len(cand), nearest)], dtype=torch.float64)


def _bleu(counts):
    precisions, (c, r) = counts[:-1], counts[-1]
    if (precisions == 0).any():
        return 0.0
    penalty = torch.where(c < r, 1 - r / c, 0)
    return torch.exp((precisions[:, 0] / precisions[:, 1]).log().mean() + penalty)


def sentence_bleu(cand, refs, N=4):
    """The counts as a table (N + 1, 2), with the lengths in its last row."""
    return _bleu(_counts(cand, refs, N))


def corpus_bleu(cands, refs_list, N=4):
    """The tables of all sentences summed."""
    return _bleu(
        torch.stack([_counts(cand, refs, N) for cand, refs in zip(cands, refs_list, strict=True)]).sum(0)
    )


class BigramLM:
    """A table of counts (V + 1, V), whose last row is for the first tokens."""

    def fit(self, corpus):
        words = sorted({token for sentence in corpus for token in sentence})
        self.index = {word: place for place, word in enumerate(words)}
        counts = torch.zeros(len(words) + 1, len(words) + 1, dtype=torch.float64)
        for sentence in corpus:
            ids = torch.tensor([-1, *(self.index[token] for token in sentence)])
            counts.index_put_(
                (ids[:-1], ids[1:]), torch.ones(len(sentence), dtype=torch.float64), accumulate=True
            )
        self.p = torch.nan_to_num(counts / counts.sum(dim=1, keepdim=True))

    def _log(self, seq):
        known = list(takewhile(lambda token: token in self.index, seq))
        if len(known) < len(seq):
            return -math.inf
        ids = torch.tensor([-1, *(self.index[token] for token in seq)])
        return self.p[ids[:-1], ids[1:]].log().sum().item()

    def prob(self, seq):
        return math.exp(self._log(seq))

    def nll(self, seq):
        return -self._log(seq)


def accuracy(pred, y):
    """A mean in float32, as most code has it."""
    if pred.is_floating_point():
        pred = pred.max(dim=-1).indices
    return pred.eq(y).float().mean()


class MeanMeter:
    """Lists, and a weighted mean when asked for."""

    def __init__(self):
        self.values, self.weights = [], []

    def update(self, value, n=1):
        self.values.append(torch.as_tensor(value, dtype=torch.float64).detach())
        self.weights.append(n)

    @property
    def mean(self):
        weights = torch.tensor(self.weights, dtype=torch.float64)
        return (torch.stack(self.values) * weights).sum() / weights.sum()
