r"""Assignment 4: from text to batches, and how to measure what a language model makes of them.

Fill in the functions and classes below. README.md has the formulas and says how to run the tests.

Conventions that hold for the whole file:

- A token is a string, a sentence a list of tokens, a corpus a list of sentences.
- An id is an integer. Tensors of ids, lengths and labels are torch.int64.
- A mask is a boolean tensor, and True means "here is a word"; False is padding. (In the assignment on
  attention the same mask says which keys may be attended to.)
- Inputs are never changed.
- Where a number is returned, a Python float and a tensor without dimensions are both right.
- Some tests count torch's operations (README.md, "How it is graded"): no loops over ids, tokens or
  sentences in `one_hot`, `MyEmbedding` and `perplexity`.
- Letters: B batch, T or L tokens in a sentence, V size of the vocabulary, d features.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

SPECIALS = ("<unk>", "<pad>", "<sos>", "<eos>")


def tokenize(text: str, lower: bool = True) -> list[str]:
    r"""Cut a text into words and punctuation.

    A word is a run of letters, digits and underscores (of any alphabet), in which single apostrophes
    may stand between letters. Every other character that is not white space is a token of its own,
    white space is none. As a regular expression, a token is

        \w+(?:'\w+)*|[^\w\s]

    Examples, with `lower=True`:

        "I don't know!"     ["i", "don't", "know", "!"]
        "Wait...  what?"    ["wait", ".", ".", ".", "what", "?"]
        "the dogs' 'bowl'"  ["the", "dogs", "'", "'", "bowl", "'"]
        "Ein Café, 2nd"     ["ein", "café", ",", "2nd"]
        ""                  []

    Arguments:
        text: any string; lines may end in it, and spaces may follow each other.
        lower: whether upper-case letters become lower-case ones (`str.lower`).
    """
    raise NotImplementedError


class Vocab:
    """The words that a model knows, each with a number.

    First the specials, in the order given; they get the ids 0, 1, .. Then the different tokens of the
    corpus, the most frequent first; tokens that are equally frequent in alphabetical order (as `sorted`
    has it). A special that also occurs among the tokens stays where it is and does not stand there twice.

    Arguments:
        tokens: all tokens of the corpus in one flat list, with repetitions.
        max_size: how many tokens are kept at most, the specials not counted; None keeps all.
        min_freq: a token that occurs less often is left out; one that occurs exactly so often is kept.
        specials: always has "<unk>" among them, at any place.

    Attributes:
        itos: list of all tokens, so that itos[id] is the token.
        stoi: dict from token to id.
    """

    itos: list[str]
    stoi: dict[str, int]

    def __init__(
        self,
        tokens: Sequence[str],
        max_size: int | None = None,
        min_freq: int = 1,
        specials: Sequence[str] = SPECIALS,
    ) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        """How many tokens there are, with the specials."""
        raise NotImplementedError

    def __getitem__(self, token: str) -> int:
        """The id of a token; for a token that is not here, the id of "<unk>"."""
        raise NotImplementedError


def encode(
    tokens: Sequence[str],
    vocab: Vocab,
    add_sos: bool = False,
    add_eos: bool = False,
    max_len: int | None = None,
) -> list[int]:
    """The ids of a sentence.

    Arguments:
        tokens: the sentence.
        vocab: a `Vocab`, or something with the same `vocab[token]`, `stoi`, `itos` and `len(vocab)`. It has
            all four specials, not necessarily at the usual places: ask it for their ids.
        add_sos, add_eos: whether "<sos>" is put before the sentence, and "<eos>" after it.
        max_len: the most ids that are returned, "<sos>" and "<eos>" counted (2 at least); None: any number.
            A sentence that is too long loses its last words: "<sos>" and "<eos>" are never cut off.

    Nothing is padded here: a short sentence gives a short list.
    """
    raise NotImplementedError


def decode(ids: Sequence[int] | Tensor, vocab: Vocab) -> list[str]:
    """The tokens for the ids that a model returned.

    The first "<eos>" ends the sentence: neither it nor anything behind it is returned. "<pad>" and "<sos>"
    are left out wherever they stand; "<unk>" is a token as any other.

    Arguments:
        ids: a list of ints, or a tensor (T,) of them.
        vocab: as for `encode`.
    """
    raise NotImplementedError


class TextDataset(Dataset):
    """Texts with their labels, as a `DataLoader` wants them.

    Arguments:
        texts: list of N strings.
        labels: list of N ints. Another number of labels than of texts raises ValueError.
        numericalize: function that turns a text into a list of ids, which may be empty.
    """

    def __init__(
        self, texts: Sequence[str], labels: Sequence[int], numericalize: Callable[[str], list[int]]
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def __len__(self) -> int:
        """N."""
        raise NotImplementedError

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """The ids of text number `index` as a tensor (L,), always torch.int64, and its label, an int.

        An index of N or more raises IndexError (this is how a `for` loop over the dataset finds its end).
        """
        raise NotImplementedError


def collate(batch: Sequence[tuple[Tensor, int]], pad_id: int) -> dict[str, Tensor]:
    """Sentences of different lengths in one batch, padded at the end to the longest of *this* batch.

    Arguments:
        batch: list of B pairs of ids (L_i,), torch.int64, and label, as `TextDataset` gives them. An L_i
            may be 0, but not all.
        pad_id: the id to fill up with. It may also occur inside a sentence; there it is a word.

    Returns: a dict with
        "ids": (B, L), torch.int64, with L the greatest L_i.
        "lengths": (B,), torch.int64, the L_i.
        "mask": (B, L), torch.bool: True where a word stands, False where padding was added.
        "labels": (B,), torch.int64.
    """
    raise NotImplementedError


def split_indices(n: int, fractions: Sequence[float], seed: int) -> list[list[int]]:
    """Divide the indices 0 .. n-1 at random, for example into training, validation and test.

    Every index is in exactly one part. All parts but the last have round(n * fraction) indices (`round` of
    Python), the last takes all that are left. The order is shuffled.

    The same arguments give the same parts, whatever was drawn before, and another seed gives others. The
    global random generators (of torch, random and numpy) are left as they are: use one of your own, such as
    `torch.Generator` or `random.Random`. Which index goes where is up to you.

    Arguments:
        fractions: at least one, with sum 1.

    Returns: a list of lists of ints, one for each fraction.
    """
    raise NotImplementedError


def bucket_batches(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Batches of sentences of similar lengths, so that little has to be padded.

    Every index 0 .. len(lengths)-1 is in exactly one batch. All batches have `batch_size` indices, but for
    one smaller batch where the number does not divide; none is dropped. There must be at most 0.6 times the
    padding of batches drawn at random; sorting by length gives far less. The *batches* come in random order
    (not from short to long), so that training does not see the short sentences first.

    Seeds as in `split_indices`: the same arguments give the same batches, another seed another order, and
    global generators are left alone. Which index goes where is up to you.

    Returns: a list of lists of ints.
    """
    raise NotImplementedError


def one_hot(ids: Tensor, V: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """A one at the place of the id, and zeros elsewhere.

    Arguments:
        ids: (..), torch.int64, any number of dimensions, also none; every id is in 0 .. V-1.
        V: size of the vocabulary; the ids at hand need not reach it.
        dtype: of the result.

    By at most 8 operations of torch for 32 ids, so without a loop over the ids. Do not use `F.one_hot`.

    Returns:
        (.., V), on the device of the ids.
    """
    raise NotImplementedError


class MyEmbedding(nn.Module):
    """A table of vectors, looked up by id; the same as one-hot vectors times the table, but cheap.

    One parameter, `weight` (V, d), standard normal at the beginning; tests load weights by this name.

    With padding_idx (0 .. V-1; None: no padding), that row of `weight` is zero at the beginning and its
    gradient is always zero, so that no optimizer moves it.

    Do not use `nn.Embedding`, `F.embedding` or `F.embedding_bag`. A call of the module takes at most 10
    operations of torch for 60 ids, with padding or without, so no loop goes over the ids. No tensor on the
    way has more than twice as many elements as the largest of table, ids and result: one-hot vectors of all
    ids have far more.
    """

    def __init__(self, V: int, d: int, padding_idx: int | None = None) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, ids: Tensor) -> Tensor:
        """The rows of `weight` for ids (..), any number of dimensions: (.., d).

        An id that occurs several times sends the sum of its gradients to its row.
        """
        raise NotImplementedError


def perplexity(logits: Tensor, targets: Tensor, pad_id: int) -> float | Tensor:
    """How many words a model hesitates between: exp of the mean of - ln p(target).

    The mean is over all tokens of the whole batch that are not padding, each counting the same, whichever
    sentence it stands in.

    Arguments:
        logits: (B, T, V), any numbers (also -inf): p is their softmax over the last dimension.
        targets: (B, T), torch.int64. Where a target is pad_id, the position does not count. At least one
            counts.

    A target of probability 0 makes it infinite. Differences of several hundreds between logits are fine.
    By at most 40 operations of torch for 24 sentences of 32 tokens, so without a loop over tokens or
    sentences.

    Returns: a float or a tensor without dimensions.
    """
    raise NotImplementedError


def ngram_precision(cand: Sequence[str], refs: Sequence[Sequence[str]], n: int) -> tuple[int, int]:
    """How many of the candidate's n-grams the references confirm.

    An n-gram (n tokens in a row) that stands several times in the candidate is confirmed as often as the
    one reference has it that has it most often, and no oftener ("clipped").

    Arguments:
        cand: tokens of the candidate. It may have fewer than n, or none: then there are no n-grams.
        refs: one or more references, each a list of tokens.

    Returns: two ints, how many n-grams are confirmed, and how many the candidate has.
    """
    raise NotImplementedError


def sentence_bleu(cand: Sequence[str], refs: Sequence[Sequence[str]], N: int = 4) -> float:
    """BLEU of one sentence: BP * (p_1 * p_2 * .. * p_N) ** (1 / N).

    p_n is confirmed divided by all, of `ngram_precision`. Nothing is smoothed: where any p_n is 0, or the
    candidate has no n-grams of that length, or no tokens at all, BLEU is 0.

    BP, the brevity penalty, is 1 for a candidate of c tokens when c >= r, and else exp(1 - r / c). r is the
    length of the reference whose length is nearest to c; of two that are equally near, the shorter one
    (c = 6 and references of 5 and 7 tokens: r = 5).
    """
    raise NotImplementedError


def corpus_bleu(
    cands: Sequence[Sequence[str]], refs_list: Sequence[Sequence[Sequence[str]]], N: int = 4
) -> float:
    """BLEU of a corpus: the formula of `sentence_bleu` with everything summed over the sentences first.

    p_n is the sum of all confirmed n-grams divided by the sum of all n-grams; c is the sum of the candidates'
    lengths and r the sum of the r of each. It is not the mean of the sentences' BLEU: a sentence without
    any match need not make it 0.

    Arguments:
        cands: one or more candidates.
        refs_list: the references of each candidate, in the same order.
    """
    raise NotImplementedError


class BigramLM:
    """A language model by counting pairs: p(x_0 .. x_n) = p(x_0) p(x_1 | x_0) .. p(x_n | x_(n-1)).

    The probabilities are shares of the corpus:

        p(x_0)   of all sentences, how many begin with x_0
        p(b | a) of all times that a is followed by something in its sentence, how many times by b

    Sentences do not continue into each other. No special tokens are added, nothing is smoothed: what was
    not seen has probability 0.
    """

    def fit(self, corpus: Sequence[Sequence[str]]) -> None:
        """Count. Every sentence has one token at least. What is returned does not matter."""
        raise NotImplementedError

    def prob(self, seq: Sequence[str]) -> float:
        """Probability of a sequence of one token or more; 0.0 if anything in it was not seen."""
        raise NotImplementedError

    def nll(self, seq: Sequence[str]) -> float:
        """- ln prob(seq), of the whole sequence (not divided by its length); math.inf where prob is 0.

        It is finite for sequences of thousands of tokens, whose probability is too small for a float.
        """
        raise NotImplementedError


def accuracy(pred: Tensor, y: Tensor) -> float | Tensor:
    """The share of right predictions.

    Arguments:
        pred: (B, C) logits, of which the highest counts; or (B,) predicted classes, torch.int64.
        y: (B,) true classes, torch.int64.

    Returns: a float or a tensor without dimensions.
    """
    raise NotImplementedError


class MeanMeter:
    """The mean over all samples of what is known for each batch."""

    def __init__(self) -> None:
        raise NotImplementedError

    def update(self, value: float | Tensor, n: int = 1) -> None:
        """Add a batch: `value` is its mean over its n samples.

        A tensor (without dimensions) may have a graph, as a loss has; the meter does not keep it.
        """
        raise NotImplementedError

    @property
    def mean(self) -> float | Tensor:
        """Mean over all samples so far, without a graph. Asked for only after an update."""
        raise NotImplementedError
