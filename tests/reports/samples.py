"""Results as a run would leave them, good and hostile."""

from __future__ import annotations

from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.results import Environment, Isolation, Result, SubmissionInfo, TestResult
from grader.model.runs import Ignored, Row, RunHeader, RunOptions, RunRecord, TaskPoints

TASKS = (
    TaskPoints(id="dot", points=4),
    TaskPoints(id="mask", points=6),
    TaskPoints(id="bonus", points=2, extra=True),
)
HOSTILE = '=HYPERLINK("http://x")\x1b[2J\u202e[bold]rich[/bold]\nforged,line'
ENVIRONMENT = Environment(grader="0.1.0", python="3.11.4", torch="2.13.0", platform="Linux", cpu="x86")


def check(task: str, outcome: Outcome, points: float = 0, **more) -> TestResult:
    return TestResult(
        id=f"public/test_{task}.py::test",
        title=f"About {task}.",
        task=task,
        points=points,
        max_points=max(points, 4),
        outcome=outcome,
        visibility=Visibility.PUBLIC,
        **more,
    )


def result(student: str, status: Status, *tests: TestResult, level: int = 3, **more) -> Result:
    points: dict[str, float] = {}
    for test in tests:
        points[test.task] = points.get(test.task, 0) + test.points
    score = sum(points.values()) if status in (Status.GRADED, Status.PENDING) else None
    return Result(
        run="r1",
        assignment="a6",
        student=student,
        submission=SubmissionInfo(path=f"/s/{student}", digest="d" * 64, files=("hw.py",)),
        status=status,
        score=score,
        max_score=10,
        tests=tests,
        isolation=Isolation(level=level),
        environment=ENVIRONMENT,
        task_points=points,
        **more,
    )


def record(rows: list[Row], **more) -> RunRecord:
    statuses = [row.result.status for row in rows]
    values = {
        "run": "r1",
        "assignment": "a6",
        "title": "Attention",
        "seed": 9,
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:01:00+00:00",
        "options": RunOptions(workers=2),
        "tasks": TASKS,
        "max_score": 10.0,
        "submissions": len(rows),
        "counts": {status.value: statuses.count(status) for status in Status},
        "isolation": Isolation(level=3),
        "environment": ENVIRONMENT,
        "gradebook": "out/gradebook.db",
    }
    return RunRecord(**{**values, **more})


def header(**more) -> RunHeader:
    values = {
        "run": "r1",
        "assignment": "a6",
        "title": "Attention",
        "submissions": 5,
        "to_grade": 4,
        "kept": 1,
        "rejected": 0,
        "workers": 2,
        "seed": 9,
        "continued": False,
        "ignored": (Ignored(path="/s/notes.txt", reason="is hidden"),),
    }
    return RunHeader(**{**values, **more})


def class_rows() -> list[Row]:
    """One of every kind."""
    unscaled = "The scores are not divided by the square root of d_k."
    results = [
        result("ann", Status.GRADED, check("dot", Outcome.PASSED, 4), check("mask", Outcome.PASSED, 6)),
        result(
            "bob",
            Status.GRADED,
            check("dot", Outcome.PASSED, 1 / 3),
            check(
                "dot", Outcome.FAILED, message="12 of 40 values differ\nlong story", misconception=unscaled
            ),
            check("mask", Outcome.TIMEOUT, message="no answer within 5 s"),
        ),
        result(
            "cleo",
            Status.PENDING,
            check("dot", Outcome.PASSED, 4),
            check("mask", Outcome.PENDING),
            pending_points=6,
        ),
        result("dan", Status.FAULT, message="The judge failed 3 times on this submission."),
        result("eve", Status.REJECTED, message="hw.py is larger than 1024 KiB", level=0),
        result(
            HOSTILE,
            Status.GRADED,
            check("dot", Outcome.ERROR, message=HOSTILE, misconception=unscaled),
            message="",
        ),
    ]
    return [Row(key=f"k{number}", result=item) for number, item in enumerate(results)]
