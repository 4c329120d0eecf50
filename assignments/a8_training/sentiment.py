"""Train a classifier of film reviews with your own `fit` and `evaluate`: the real thing, to be run by hand.

    python assignments/a8_training/sentiment.py                    # a small corpus that is made for it
    python assignments/a8_training/sentiment.py path/to/aclImdb    # the IMDb corpus, unpacked

The corpus has the folders train/pos, train/neg, test/pos and test/neg, with one review in each .txt file. Of
the training reviews a tenth is kept for validation; the weights that are best on it are tested in the end.

`--help` lists the options. Nothing is downloaded, and nothing here is graded.
"""

import argparse
import importlib.util
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from make_corpus import make_corpus, positive
from reviews import Batches, numbers_of_words, read_reviews
from torch import Tensor, nn

HERE = Path(__file__).resolve().parent
USES = ("train", "validate", "test")


def say(line: str) -> None:
    """One line to the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Announced:
    """Batches that say when a pass over them begins: on a large corpus it takes minutes."""

    batches: Batches
    passes: int = 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        say(f"epoch {self.passes} begins: {len(self.batches)} batches")
        self.passes += 1
        return iter(self.batches)


def known_device(text: str) -> torch.device:
    """A device, from the command line."""
    try:
        return torch.device(text)
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def load(path: Path) -> ModuleType:
    """Your training.py as a module."""
    spec = importlib.util.spec_from_file_location("training", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_model(training: ModuleType, kind: str, vocab_size: int, given: argparse.Namespace) -> nn.Module:
    """One of the two classifiers that training.py comes with; its initial weights hang on the seed."""
    torch.manual_seed(given.seed)
    if kind == "lstm":
        return training.LSTMClassifier(vocab_size, given.width)
    return training.TransformerClassifier(vocab_size, given.width, max_length=given.max_length)


def loaders(corpus: Path, given: argparse.Namespace) -> tuple[list[Batches], int]:
    """Batches for training, validation and test, and the number of words in the vocabulary."""
    reviews = read_reviews(corpus, "train", given.reviews)
    random.Random(given.seed).shuffle(reviews)
    held_out = max(1, len(reviews) // 10)
    parts = reviews[held_out:], reviews[:held_out], read_reviews(corpus, "test", given.reviews)
    numbers = numbers_of_words(parts[0], given.vocabulary)
    say("reviews: " + ", ".join(f"{len(part)} to {use}" for part, use in zip(parts, USES, strict=True)))
    say(f"words: {len(numbers)}")
    options: dict[str, Any] = {"max_length": given.max_length, "size": given.batch, "device": given.device}
    made = [Batches.of(part, numbers, shuffled=part is parts[0], **options) for part in parts]
    return made, len(numbers) + 2


def train(corpus: Path, given: argparse.Namespace) -> float:
    """Train, say what becomes of it, and give the accuracy on the test reviews."""
    training = load(given.submission)
    (to_train, to_validate, to_test), vocab_size = loaders(corpus, given)
    model = make_model(training, given.model, vocab_size, given).to(given.device)
    result = training.fit(model, (Announced(to_train), to_validate), given.epochs, given.seed, given.lr)
    for epoch, found in enumerate(result["history"]):
        numbers = "  ".join(f"{name} {float(value):.4f}" for name, value in found.items())
        say(f"epoch {epoch}: {numbers}")
    model.load_state_dict(result["best"])
    accuracy = float(training.evaluate(model, to_test, F.cross_entropy)["accuracy"])
    say(f"test accuracy of epoch {result['best_epoch']}: {accuracy:.4f}")
    return accuracy


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Train a classifier of film reviews with your training.py.")
    parser.add_argument("corpus", type=Path, nargs="?", help="a folder like aclImdb; without, one is made")
    parser.add_argument("--model", choices=("lstm", "transformer"), default="lstm")
    parser.add_argument("--epochs", type=positive, default=5)
    parser.add_argument("--batch", type=positive, default=64, help="reviews in a batch (64)")
    parser.add_argument("--width", type=positive, default=32, help="features of a word (32)")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--max-length", type=positive, default=200, help="tokens kept of a review (200)")
    parser.add_argument("--vocabulary", type=positive, default=20_000, help="words known at most (20000)")
    parser.add_argument("--reviews", type=positive, help="take only so many of each folder")
    parser.add_argument("--seed", type=int, default=1)
    best = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", type=known_device, default=best, help=f"cpu or cuda ({best})")
    parser.add_argument("--submission", type=Path, default=HERE / "training.py", help="your training.py")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; 1 where a file is not there, or a function not written yet."""
    given = options().parse_args(arguments)
    try:
        if given.corpus is not None:
            train(given.corpus, given)
            return 0
        with tempfile.TemporaryDirectory() as folder:
            make_corpus(Path(folder), given.reviews or 500, given.seed)
            train(Path(folder), given)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except NotImplementedError:
        sys.stderr.write(f"{given.submission}: write train_step, evaluate and fit first\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
