r"""From text to batches, and how to measure what a language model makes of them."""

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

SPECIALS = ("<unk>", "<pad>", "<sos>", "<eos>")


def tokenize(text: str, lower: bool = True) -> list[str]:
    """Words, with apostrophes inside them, and every other character that is not white space."""
    return re.findall(r"\w+(?:'\w+)*|[^\w\s]", text.lower() if lower else text)


class Vocab:
    """Specials first, then tokens by falling frequency, equally frequent ones by the alphabet."""

    def __init__(
        self,
        tokens: Sequence[str],
        max_size: int | None = None,
        min_freq: int = 1,
        specials: Sequence[str] = SPECIALS,
    ) -> None:
        counts = Counter(token for token in tokens if token not in specials)
        ranked = sorted(counts, key=lambda token: (-counts[token], token))
        kept = [token for token in ranked if counts[token] >= min_freq][:max_size]
        self.itos = [*specials, *kept]
        self.stoi = {token: index for index, token in enumerate(self.itos)}

    def __len__(self) -> int:
        """How many tokens there are, with the specials."""
        return len(self.itos)

    def __getitem__(self, token: str) -> int:
        """The id of a token, or that of "<unk>"."""
        return self.stoi.get(token, self.stoi["<unk>"])


def encode(
    tokens: Sequence[str],
    vocab: Vocab,
    add_sos: bool = False,
    add_eos: bool = False,
    max_len: int | None = None,
) -> list[int]:
    """The ids of a sentence; a long one loses its last words, never its "<eos>"."""
    start = [vocab["<sos>"]] if add_sos else []
    end = [vocab["<eos>"]] if add_eos else []
    room = None if max_len is None else max_len - len(start) - len(end)
    return [*start, *(vocab[token] for token in tokens[:room]), *end]


def decode(ids: Sequence[int] | Tensor, vocab: Vocab) -> list[str]:
    """The tokens up to the first "<eos>", without "<pad>" and "<sos>"."""
    tokens = []
    for index in ids:
        token = vocab.itos[int(index)]
        if token == "<eos>":
            break
        if token not in ("<pad>", "<sos>"):
            tokens.append(token)
    return tokens


class TextDataset(Dataset):
    """Pairs of ids (L,), torch.int64, and label."""

    def __init__(
        self, texts: Sequence[str], labels: Sequence[int], numericalize: Callable[[str], list[int]]
    ) -> None:
        super().__init__()
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts and {len(labels)} labels")
        self.texts, self.labels, self.numericalize = texts, labels, numericalize

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.texts)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Ids and label of one text."""
        ids = self.numericalize(self.texts[index])
        return torch.tensor(ids, dtype=torch.int64), self.labels[index]


def collate(batch: Sequence[tuple[Tensor, int]], pad_id: int) -> dict[str, Tensor]:
    """One batch, padded at the end: ids and mask (B, L), lengths and labels (B,)."""
    sequences, labels = zip(*batch, strict=True)
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    ids = pad_sequence(list(sequences), batch_first=True, padding_value=pad_id)
    mask = torch.arange(ids.size(1)) < lengths[:, None]
    return {"ids": ids, "lengths": lengths, "mask": mask, "labels": torch.tensor(labels)}


def split_indices(n: int, fractions: Sequence[float], seed: int) -> list[list[int]]:
    """Shuffled indices 0 .. n-1 in parts of the given sizes; the last takes the rest."""
    order = list(range(n))
    random.Random(seed).shuffle(order)
    ends = accumulate(round(n * fraction) for fraction in fractions[:-1])
    return [order[start:end] for start, end in pairwise([0, *ends, n])]


def bucket_batches(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Batches of neighbours in length, in random order."""
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    random.Random(seed).shuffle(batches)
    return batches


def one_hot(ids: Tensor, V: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Ids (..) as one-hot vectors (.., V)."""
    return (ids.unsqueeze(-1) == torch.arange(V, device=ids.device)).to(dtype)


class MyEmbedding(nn.Module):
    """Rows of `weight` (V, d) by their ids; the padding row starts at zero and gets no gradient."""

    def __init__(self, V: int, d: int, padding_idx: int | None = None) -> None:
        super().__init__()
        self.padding_idx = padding_idx
        self.weight = nn.Parameter(torch.randn(V, d))
        if padding_idx is not None:
            with torch.no_grad():
                self.weight[padding_idx] = 0

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (..) to vectors (.., d)."""
        rows = self.weight[ids]
        if self.padding_idx is None:
            return rows
        is_padding = (ids == self.padding_idx).unsqueeze(-1)
        return torch.where(is_padding, rows.detach(), rows)


def perplexity(logits: Tensor, targets: Tensor, pad_id: int) -> float:
    """exp of the mean cross-entropy over the targets (B, T) that are not padding."""
    nll = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad_id)
    return nll.exp().item()


def _ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1))


def ngram_precision(cand: Sequence[str], refs: Sequence[Sequence[str]], n: int) -> tuple[int, int]:
    """How many n-grams of the candidate the references confirm, and how many it has."""
    counts, most = _ngrams(cand, n), Counter()
    for ref in refs:
        most |= _ngrams(ref, n)  # the greater count of each n-gram
    return (counts & most).total(), counts.total()


def sentence_bleu(cand: Sequence[str], refs: Sequence[Sequence[str]], N: int = 4) -> float:
    """BLEU of one sentence, without smoothing."""
    return corpus_bleu([cand], [refs], N)


def corpus_bleu(
    cands: Sequence[Sequence[str]], refs_list: Sequence[Sequence[Sequence[str]]], N: int = 4
) -> float:
    """BLEU of a corpus: counts and lengths are summed over the sentences first."""
    pairs = list(zip(cands, refs_list, strict=True))
    log_precision = 0.0
    for n in range(1, N + 1):
        counts = [ngram_precision(cand, refs, n) for cand, refs in pairs]
        confirmed, total = (sum(column) for column in zip(*counts, strict=True))
        if confirmed == 0:
            return 0.0
        log_precision += math.log(confirmed / total) / N
    c = sum(len(cand) for cand in cands)
    r = sum(_nearest_length(len(cand), refs) for cand, refs in pairs)
    return math.exp(log_precision + min(0.0, 1 - r / c))


def _nearest_length(c: int, refs: Sequence[Sequence[str]]) -> int:
    return min((len(ref) for ref in refs), key=lambda length: (abs(length - c), length))


class BigramLM:
    """p(x_0) p(x_1 | x_0) .. p(x_n | x_(n-1)), each factor a share of the corpus."""

    def fit(self, corpus: Sequence[Sequence[str]]) -> None:
        """Count first tokens, pairs, and tokens that something follows."""
        self.sentences = len(corpus)
        self.first = Counter(sentence[0] for sentence in corpus)
        self.pairs = Counter(pair for sentence in corpus for pair in pairwise(sentence))
        self.followed = Counter(token for sentence in corpus for token in sentence[:-1])

    def _factors(self, seq: Sequence[str]) -> Iterator[float]:
        yield self.first[seq[0]] / self.sentences
        for a, b in pairwise(seq):
            yield self.pairs[a, b] / self.followed[a] if self.followed[a] else 0.0

    def prob(self, seq: Sequence[str]) -> float:
        """Probability of a sequence."""
        return math.prod(self._factors(seq))

    def nll(self, seq: Sequence[str]) -> float:
        """- ln of the probability, summed so that nothing underflows."""
        return sum(-math.log(factor) if factor else math.inf for factor in self._factors(seq))


def accuracy(pred: Tensor, y: Tensor) -> float:
    """The share of right predictions, from logits (B, C) or classes (B,)."""
    classes = pred.argmax(dim=1) if pred.dim() == 2 else pred
    return (classes == y).double().mean().item()


class MeanMeter:
    """The mean over all samples, from the means of batches."""

    def __init__(self) -> None:
        self.total, self.samples = 0.0, 0

    def update(self, value: float | Tensor, n: int = 1) -> None:
        """Add a batch of n samples with this mean."""
        self.total += float(value) * n
        self.samples += n

    @property
    def mean(self) -> float:
        """Mean over all samples so far."""
        return self.total / self.samples
