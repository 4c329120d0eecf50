"""Reviews from files to batches: for `sentiment.py`. Nothing here is handed in."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

WORD = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
PAD, UNKNOWN = 0, 1


@dataclass(frozen=True)
class Review:
    """The tokens of a review, and 1 for a good one, 0 for a bad one."""

    tokens: tuple[str, ...]
    label: int


def tokenize(text: str) -> tuple[str, ...]:
    """Words in lower case and punctuation marks; the line breaks of IMDb's pages are left out."""
    return tuple(WORD.findall(text.replace("<br />", " ").lower()))


def read_reviews(corpus: Path, split: str, limit: int | None = None) -> list[Review]:
    """The reviews in corpus/<split>/pos/*.txt and corpus/<split>/neg/*.txt, at most `limit` of each.

    The files of each folder are taken in the order of their names. Raises FileNotFoundError where a folder is
    not there or has no text in it.
    """
    reviews = []
    for label, name in ((1, "pos"), (0, "neg")):
        folder = corpus / split / name
        files = sorted(folder.glob("*.txt"))[:limit]
        if not files:
            raise FileNotFoundError(
                f"{folder} has no .txt files. The corpus should have train/pos, train/neg, test/pos and "
                "test/neg, one review in each file, as aclImdb has."
            )
        texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
        reviews += [Review(tokenize(text), label) for text in texts]
    return reviews


def numbers_of_words(reviews: Iterable[Review], size: int) -> dict[str, int]:
    """The most frequent words with their numbers, from 2 on: 0 is padding, 1 any other word.

    `size` counts those two as well. Equally frequent words come in alphabetical order.
    """
    counts = Counter(token for review in reviews for token in review.tokens)
    by_frequency = sorted(counts, key=lambda token: (-counts[token], token))
    return {token: number for number, token in enumerate(by_frequency[: size - 2], start=2)}


@dataclass(frozen=True)
class Batches:
    """A loader: batches (ids (B, T), labels (B,)) of reviews of similar length, whenever it is iterated.

    With `shuffled`, the batches are others each time, drawn from torch's own generator: pools of fifty
    batches are drawn at random, and sorted by length within. Without, reviews come in order of their length.
    """

    ids: list[Tensor]
    labels: Tensor
    size: int
    shuffled: bool
    device: torch.device

    @classmethod
    def of(
        cls,
        reviews: list[Review],
        numbers: dict[str, int],
        *,
        max_length: int,
        size: int,
        shuffled: bool,
        device: torch.device,
    ) -> "Batches":
        """From reviews, of which the first `max_length` tokens are kept."""
        ids = [
            torch.tensor([numbers.get(token, UNKNOWN) for token in review.tokens[:max_length]] or [UNKNOWN])
            for review in reviews
        ]
        labels = torch.tensor([review.label for review in reviews])
        return cls(ids=ids, labels=labels, size=size, shuffled=shuffled, device=device)

    def __len__(self) -> int:
        return -(-len(self.ids) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for chosen in self._batches():
            ids = torch.nn.utils.rnn.pad_sequence(
                [self.ids[index] for index in chosen], batch_first=True, padding_value=PAD
            )
            yield ids.to(self.device), self.labels[chosen].to(self.device)

    def _batches(self) -> list[list[int]]:
        order = torch.randperm(len(self.ids)).tolist() if self.shuffled else list(range(len(self.ids)))
        pool = 50 * self.size if self.shuffled else max(1, len(order))
        batches = []
        for start in range(0, len(order), pool):
            by_length = sorted(order[start : start + pool], key=lambda index: len(self.ids[index]))
            batches += [by_length[at : at + self.size] for at in range(0, len(by_length), self.size)]
        if not self.shuffled:
            return batches
        return [batches[index] for index in torch.randperm(len(batches)).tolist()]
