"""The proof that an assignment's tests are right, made before a student sees them.

The reference and every other right solution earn everything and the starter nothing; each misconception
loses points on its task and is named; no trivial answer passes; answers memorised from another seed
earn little; every tolerance lies clearly between noise and wrong answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from grader.course.margins import margin_problems, test_proofs
from grader.course.pretending import Pretending, Sat, Sittings
from grader.judge import naming
from grader.judge.opening import OpenJudge, open_judge, under_seeds
from grader.judge.session import Taken
from grader.judge.spec import TestSpec
from grader.model.orders import Order
from grader.model.outcomes import Outcome
from grader.model.proofs import AlternativeProof, MisconceptionProof, Proof, TaskProof
from grader.worker.misconceptions import Misconception

MAX_FROM_MEMORY = 0.4
"""Share of a task's points that memorised answers may reach."""


def verify(root: Path, assignment: str, seeds: Sequence[int], tell: Callable[[Proof], None]) -> None:
    """Prove an assignment under each seed, and tell each proof as soon as it is made.

    Raises AuthoringError where it cannot even be run.
    """

    def work(judge: OpenJudge) -> None:
        for again in under_seeds(judge, seeds):
            tell(prove(again))

    open_judge(Order(root=str(root), assignment=assignment, run="verify", seed=seeds[0]), work)


def prove(judge: OpenJudge) -> Proof:
    """Prove the assignment that a judge has open, under the judge's seed."""
    return _Prover(judge).proof()


class _Prover:
    def __init__(self, judge: OpenJudge) -> None:
        self._judge = judge
        self._solution = judge.solution
        self._specs = [spec for spec in judge.session.specs if not spec.gpu]
        self._sat = Pretending(judge).all()

    def proof(self) -> Proof:
        tasks = tuple(self._task(task) for task in self._judge.setting.assignment.tasks)
        passed = {one.spec.id for one in self._sat.memorised if one.passed}
        return Proof(
            assignment=self._judge.setting.name,
            seed=self._judge.setting.seed,
            tasks=tasks,
            tests=test_proofs(self._specs, self._sat),
            passed_from_memory=tuple(spec.id for spec in self._specs if spec.id in passed),
            problems=(
                *self._unused(),
                *_problems(tasks, self._sat, self._specs),
                *_alternative_problems(self._sat),
                *margin_problems(self._sat),
            ),
            alternatives=tuple(_alternative(name, sat) for name, sat in self._sat.alternatives.items()),
        )

    def _unused(self) -> Iterable[str]:
        for known in self._solution.of_no_task():
            file = self._solution.file_of(known)
            yield f"the misconception {known.label} replaces `{known.name}` of {file}, a name of no task"

    def _task(self, task: str) -> TaskProof:
        specs = [spec for spec in self._specs if spec.task == task]
        total = sum(spec.points for spec in specs)
        return TaskProof(
            task=task,
            points=round(total, 6),
            tests=len(specs),
            reference=_points(self._sat.reference, task),
            starter=_points(self._sat.starter, task),
            memorised=_points(self._sat.memorised, task) / total if total else 0.0,
            replayed=_points(self._sat.replayed, task) / total if total else 0.0,
            misconceptions=tuple(self._misconceptions(task)),
            trivial={
                kind: tuple(one.spec.id for one in sat if one.spec.task == task and _is_wrong(kind, one))
                for kind, sat in self._sat.trivial.items()
            },
        )

    def _misconceptions(self, task: str) -> Iterable[MisconceptionProof]:
        known = self._solution.of_task(task)
        failures: dict[str, dict[str, Taken]] = {
            label: {sat.spec.id: sat.taken for sat in self._sat.misconceptions[label] if sat.failed}
            for label in (one.label for one in known)
        }
        sentences = self._named(known, failures)
        for one in known:
            lost = [taken.spec.points for taken in failures[one.label].values()]
            told = sentences[one.label]
            yield MisconceptionProof(
                label=one.label,
                sentence=one.sentence,
                lost=round(sum(lost), 6),
                failed=tuple(told),
                named=tuple(test for test, text in told.items() if text and one.sentence in text),
                shared=_indistinct(one, known, told),
                misnamed=tuple(test for test, text in told.items() if text and one.sentence not in text),
            )

    def _named(
        self, known: Sequence[Misconception], failures: dict[str, dict[str, Taken]]
    ) -> dict[str, dict[str, str | None]]:
        """By label and failed test what a student with this misconception is told of it."""
        told: dict[str, dict[str, str | None]] = {one.label: {} for one in known}
        for spec in self._specs:  # public ones first: who has seen a hidden test is asked no public one
            failed = [one for one in known if spec.id in failures[one.label]]
            records = self._solution.recorded(self._judge.session, spec, failed)
            for one in failed:
                conclusion = failures[one.label][spec.id].conclusion
                told[one.label][spec.id] = naming.name(conclusion, records)
        return told


def _indistinct(
    one: Misconception, known: Sequence[Misconception], told: dict[str, str | None]
) -> tuple[str, ...]:
    """Others whose sentence stands beside this one's wherever it is named."""
    texts = [text for text in told.values() if text and one.sentence in text]
    others = [other for other in known if other.label != one.label]
    return tuple(other.label for other in others if texts and all(other.sentence in text for text in texts))


def _is_wrong(kind: str, trivial: Sat) -> bool:
    """Whether a trivial answer passes and may not: the mean of zeros is zeros, and that of ones is ones."""
    marked = trivial.spec.trivial[0] if trivial.spec.trivial else None
    allowed = kind == marked or (kind == "mean" and marked in ("zeros", "ones"))
    return trivial.passed and not allowed


def _points(sat: Iterable[Sat], task: str) -> float:
    return round(sum(one.spec.points for one in sat if one.spec.task == task and one.passed), 6)


def _problems(tasks: Sequence[TaskProof], sat: Sittings, specs: Sequence[TestSpec]) -> Iterable[str]:
    for one in sat.reference:
        if not one.passed:
            yield f"{one.spec.id}: the reference does not pass: {one.taken.conclusion.message}"
    for one in sat.starter:
        conclusion = one.taken.conclusion
        if one.passed:
            yield f"{one.spec.id}: the starter passes"
        elif conclusion.outcome is Outcome.MISSING:
            yield f"{one.spec.id}: the starter lacks what it needs: {conclusion.message}"
    for task in tasks:
        yield from _task_problems(task)
    marks: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        if spec.trivial:
            marks[spec.task].append(spec.id)
    for name, ids in marks.items():
        if len(ids) > 1:
            yield f"task {name}: `trivial` is allowed once, and stands at {', '.join(ids)}"


def _alternative(name: str, sat: Sequence[Sat]) -> AlternativeProof:
    return AlternativeProof(
        name=name,
        points=round(sum(one.spec.points for one in sat if one.passed), 6),
        failed=tuple(one.spec.id for one in sat if one.failed),
    )


def _alternative_problems(sat: Sittings) -> Iterable[str]:
    for name, taken in sat.alternatives.items():
        for one in taken:
            if one.failed:
                said = one.taken.conclusion.message
                yield f"{one.spec.id}: the alternative solution {name} does not pass: {said}"


def _task_problems(task: TaskProof) -> Iterable[str]:
    for one in task.misconceptions:
        if one.lost <= 0 and (task.points > 0 or not one.failed):  # where there are none, failing is enough
            yield f"task {task.task}: the misconception {one.label} loses no points"
        elif not one.named:
            yield f"task {task.task}: the misconception {one.label} is named by no test"
        for test in one.misnamed:
            yield f"{test}: the misconception {one.label} is taken for another"
    for kind, ids in task.trivial.items():
        for test in ids:
            yield f"{test}: the trivial answer `{kind}` passes; if that is right, mark it `trivial`"
    for share, what in ((task.memorised, "answers of another seed"), (task.replayed, "the public tape")):
        if share > MAX_FROM_MEMORY:
            yield f"task {task.task}: {what} earn {share:.0%} of its points, over {MAX_FROM_MEMORY:.0%}"
