"""Pages in a real browser: they are drawn, and nothing of a submission's runs in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.model.outcomes import Outcome, Status
from grader.reports.html.documents import Document, Drawn
from grader.reports.html.drawing import Drawer
from grader.reports.html.pages import HandedIn, Pages, Sheet
from grader.reports.html.views import Audience
from tests.reports.htmls import SNIPPETS, cell, display, notebook, parsed, png, stream, text_of
from tests.reports.samples import Row, check, record, result

RAN = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title='ran'\">"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def handed_in() -> HandedIn:
    """A module and a notebook that try whatever there is to try."""
    hostile = "\n\n".join(SNIPPETS).replace("\ud800", "")
    shown = [stream(hostile), display(text_html=hostile + RAN), display(image_png=png())]
    cells = [cell("markdown", f"# Why\n\n{hostile}"), cell("code", hostile, outputs=shown), cell("raw", RAN)]
    files = {"hw.py": hostile.encode(), "hw.ipynb": notebook(*cells)}
    with Drawer() as drawer:
        sheets = [
            Sheet(name=name, drawn=drawer.draw(Document(name=name, data=data, outputs=True)))
            for name, data in files.items()
        ]
    return HandedIn(sheets=tuple(sheets))


def page(handed_in: HandedIn, *, images: bool = True) -> str:
    word = RAN + "".join(SNIPPETS)
    row = Row(
        key="k", result=result(word, Status.GRADED, check("dot", Outcome.ERROR, message=word, hint=word))
    )
    return Pages(record([row]), Audience.STAFF, images=images).submission(row, handed_in)


def browse(folder: Path, html: str, *options: str) -> str:
    """The document as it stands when everything has run that runs."""
    (folder / "page.html").write_text(html)
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder / 'profile'}",
    ]
    command += [*options, f"file://{folder / 'page.html'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def title(document: str) -> str:
    return re.findall(r"<title>(.*?)</title>", document, re.DOTALL)[0]


def test_nothing_of_a_submission_runs(tmp_path: Path, handed_in: HandedIn) -> None:
    # As root, as in a container, Chromium has no sandbox of its own; here it draws pages of this test's only.
    document = browse(tmp_path, page(handed_in), "--dump-dom")
    assert title(document).endswith("Attention"), "the title is as it was written"
    assert "Why" in [text_of(one).strip() for one in parsed(document).iter("h1")]
    assert not list(parsed(document).iter("script")) and not list(parsed(document).iter("iframe"))


def test_the_policy_holds_where_a_script_got_into_a_page(tmp_path: Path) -> None:
    smuggled = page(HandedIn(sheets=(Sheet(name="hw.py", drawn=Drawn(html=RAN)),)))
    without_policy = re.sub(r"<meta http-equiv=[^>]*>", "", smuggled)
    assert title(browse(tmp_path, without_policy, "--dump-dom")) == "ran", (
        "the browser of this test runs scripts"
    )
    assert title(browse(tmp_path, smuggled, "--dump-dom")) != "ran"


def test_a_page_is_drawn_in_its_own_style(tmp_path: Path, handed_in: HandedIn) -> None:
    picture = tmp_path / "page.png"
    pictures = []
    other_style = page(handed_in).replace("sha256-", "sha256-not")
    for html in (page(handed_in), other_style):
        browse(tmp_path, html, f"--screenshot={picture}", "--window-size=900,900", "--hide-scrollbars")
        pictures.append(picture.read_bytes())
    assert len(pictures[0]) > 20_000, "a blank page has a hundredth of this"
    assert pictures[0] != pictures[1], "the style is let through by its digest, and nothing else is"


def test_a_picture_among_the_outputs_is_in_the_page(handed_in: HandedIn) -> None:
    sources = [one.get("src", "") for one in parsed(page(handed_in)).iter("img")]
    assert [source[:22] for source in sources if source] == ["data:image/png;base64,"]
