"""Assignment 8's training by hand: a corpus is made and read, and a classifier learns from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from tests.modules import load_module

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assignments" / "a8_training"
REFERENCE = ROOT / "solutions" / "a8_training" / "training.py"


def load(name: str) -> ModuleType:
    """A file of the assignment as a module of its own."""
    return load_module(f"a8_{name}", FOLDER / f"{name}.py")


make_corpus = load("make_corpus")
reviews = load("reviews")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The script as a student runs it, on one core: its operations are too small for more."""
    command = [sys.executable, str(FOLDER / "sentiment.py"), *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of 4 x 150 reviews."""
    folder: Path = tmp_path_factory.mktemp("made") / "corpus"
    assert make_corpus.main([str(folder), "--reviews", "150", "--seed", "3"]) == 0
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.txt")}


def test_the_corpus_has_the_folders_of_imdb(corpus: Path) -> None:
    for place in ("train/pos", "train/neg", "test/pos", "test/neg"):
        ratings = [int(path.stem.split("_")[1]) for path in (corpus / place).iterdir()]
        assert len(ratings) == 150
        assert {rating >= 7 for rating in ratings} == {place.endswith("pos")}


def test_equal_seeds_give_equal_corpora_and_others_do_not(corpus: Path, tmp_path: Path) -> None:
    for seed in (3, 4):
        make_corpus.make_corpus(tmp_path / str(seed), 150, seed)
    assert files(tmp_path / "3") == files(corpus)
    assert set(files(tmp_path / "4").values()) != set(files(corpus).values())


def test_a_folder_that_is_not_empty_is_left_alone(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(corpus)
    assert make_corpus.main([str(corpus), "--reviews", "2"]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert files(corpus) == before


def test_reviews_are_read_with_their_labels_in_the_order_of_names(tmp_path: Path) -> None:
    for place, texts in {
        "pos": ["Not bad!<br /><br />It's fun", "Good"],
        "neg": ["caf\xe9 \U0001f600"],
    }.items():
        folder = tmp_path / "train" / place
        folder.mkdir(parents=True)
        for number, text in enumerate(texts):
            (folder / f"{number}_7.txt").write_text(text, encoding="utf-8")
    found = [(review.tokens, review.label) for review in reviews.read_reviews(tmp_path, "train")]
    assert found == [
        (("not", "bad", "!", "it's", "fun"), 1),
        (("good",), 1),
        (("caf\xe9", "\U0001f600"), 0),
    ]
    assert len(reviews.read_reviews(tmp_path, "train", limit=1)) == 2


def test_bytes_that_are_no_text_do_not_stop_the_reading(tmp_path: Path) -> None:
    for place in ("pos", "neg"):
        (tmp_path / "test" / place).mkdir(parents=True)
        (tmp_path / "test" / place / "0_1.txt").write_bytes(b"dull \xff film")
    first, _ = reviews.read_reviews(tmp_path, "test")
    assert (first.tokens[0], first.tokens[-1]) == ("dull", "film")


def test_the_most_frequent_words_have_numbers_from_two_on() -> None:
    some = [reviews.Review(("b", "a", "b", "c"), 1), reviews.Review(("a", "d"), 0)]
    assert reviews.numbers_of_words(some, 5) == {"a": 2, "b": 3, "c": 4}


@pytest.fixture
def lengths() -> list[int]:
    """How many words some reviews have; one has none."""
    return [3, 0, 7, 12, 5, 1, 9, 4]


def batches(lengths: list[int], shuffled: bool) -> Any:
    some = [reviews.Review(("w",) * length, length % 2) for length in lengths]
    options = {"max_length": 8, "size": 3, "shuffled": shuffled, "device": torch.device("cpu")}
    return reviews.Batches.of(some, {"w": 2}, **options)


@pytest.mark.parametrize("shuffled", [True, False])
def test_every_review_is_in_one_batch_with_its_label_cut_and_padded(
    lengths: list[int], shuffled: bool
) -> None:
    found = []
    loader = batches(lengths, shuffled)
    for ids, labels in loader:
        assert len(loader) == 3
        assert ids.size(0) <= 3
        assert ids.size(1) == (ids != 0).sum(dim=1).max()
        found += [(int((row == 2).sum()), int(label)) for row, label in zip(ids, labels, strict=True)]
    assert sorted(found) == sorted((min(length, 8), length % 2) for length in lengths)


def test_shuffled_batches_repeat_with_the_seed_and_differ_from_pass_to_pass(lengths: list[int]) -> None:
    loader = batches(lengths * 5, True)

    def once() -> list[list[int]]:
        return [labels.tolist() for _, labels in loader]

    torch.manual_seed(1)
    first, second = once(), once()
    torch.manual_seed(1)
    assert once() == first
    assert second != first


def test_a_classifier_learns_from_a_corpus(corpus: Path) -> None:
    done = run(str(corpus), "--submission", str(REFERENCE), "--epochs", "3", "--batch", "16", "--lr", "0.02")
    assert done.returncode == 0, done.stderr
    *_, last = done.stdout.splitlines()
    assert done.stdout.startswith("reviews: 270 to train, 30 to validate, 300 to test\n")
    assert "epoch 2 begins: 17 batches" in done.stdout
    assert last.startswith("test accuracy of epoch")
    assert float(last.split()[-1]) > 0.75


@pytest.mark.parametrize("option", ["--epochs", "--batch", "--reviews", "--width"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_number_that_cannot_be_is_refused(
    option: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(FOLDER)  # as Python does for a script
    with pytest.raises(SystemExit):
        load("sentiment").main([option, value])
    assert option in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "train/pos has no .txt files"),
        (["{corpus}", "--submission", "no.py"], "no.py is no Python file"),
        (["{corpus}", "--reviews", "20"], "write train_step, evaluate and fit first"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    corpus: Path,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(FOLDER)  # as Python does for a script
    sentiment = load("sentiment")
    assert sentiment.main([argument.format(corpus=corpus) for argument in arguments]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown
