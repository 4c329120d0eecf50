"""Make a small corpus of invented film reviews, in the folders of the IMDb corpus.

    python assignments/a8_training/make_corpus.py corpus --reviews 500 --seed 1

writes corpus/{train,test}/{pos,neg}/0_8.txt, 1_9.txt, ... : a number, and a rating from 1 to 10, of which 7
and more are good and 4 and less are bad. The same seed gives the same files; nothing is downloaded.

A review says five to twelve things about a film, most of them on its own side. Some of them are denied ("was
not dull"), so that single words do not tell everything.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

THINGS = [
    *["acting", "plot", "music", "camera", "ending", "beginning", "dialogue", "cast", "script", "pace"],
    *["costumes", "story", "humour", "lighting", "first half", "second half", "leading role", "sound"],
]
GOOD = [
    *["wonderful", "moving", "clever", "fresh", "brilliant", "gripping", "charming", "honest", "superb"],
    *["warm", "elegant", "funny", "memorable", "convincing", "rich", "beautiful", "subtle", "strong"],
]
BAD = [
    *["dull", "boring", "clumsy", "stale", "awful", "tedious", "annoying", "hollow", "terrible"],
    *["cold", "cheap", "silly", "forgettable", "wooden", "thin", "ugly", "crude", "weak"],
]
SAYING = [
    "the {thing} was {word}",
    "i found the {thing} {word}",
    "what a {word} {thing}",
    "the {thing} seemed {word} to me",
    "everybody will call the {thing} {word}",
]
DENYING = [
    "the {thing} was not {word}",
    "nobody can call the {thing} {word}",
    "the {thing} was hardly {word}",
]
BETWEEN = [". ", ". ", ", and ", "; ", ". <br /><br />", "! "]
SPLITS, LABELS = ("train", "test"), ("pos", "neg")


def statement(draw: random.Random, good: bool) -> str:
    """One thing that speaks for the film (or against it); one in five is said by denying the opposite."""
    denied = draw.random() < 0.2
    word = draw.choice(GOOD if good != denied else BAD)
    return draw.choice(DENYING if denied else SAYING).format(thing=draw.choice(THINGS), word=word)


def review(draw: random.Random, good: bool) -> str:
    """Five to twelve statements, of which at least two thirds are on the review's own side."""
    number = draw.randint(5, 12)
    against = draw.randint(0, number // 3)
    sides = [good] * (number - against) + [not good] * against
    draw.shuffle(sides)
    parts = [statement(draw, side) + draw.choice(BETWEEN) for side in sides]
    return "".join(parts).strip(" ,;") + "\n"


def make_corpus(folder: Path, reviews: int, seed: int) -> None:
    """Write `reviews` files for each split and label. Raises FileExistsError where a folder is not empty."""
    draw = random.Random(seed)
    for split in SPLITS:
        for label in LABELS:
            place = folder / split / label
            place.mkdir(parents=True, exist_ok=True)
            if any(place.iterdir()):
                raise FileExistsError(f"{place} is not empty; name another folder, or remove this one")
            for number in range(reviews):
                rating = draw.randint(7, 10) if label == "pos" else draw.randint(1, 4)
                text = review(draw, label == "pos")
                (place / f"{number}_{rating}.txt").write_text(text, encoding="utf-8")


def positive(text: str) -> int:
    """A whole number of 1 or more, from the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a corpus as the command line says; 1 where that cannot be done."""
    parser = argparse.ArgumentParser(description="Make a small corpus of reviews, in the folders of IMDb's.")
    parser.add_argument("folder", type=Path, help="where to write it; made if it is not there")
    parser.add_argument("--reviews", type=positive, default=500, help="for each of the four folders (500)")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds give equal corpora (1)")
    given = parser.parse_args(arguments)
    try:
        make_corpus(given.folder, given.reviews, given.seed)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
