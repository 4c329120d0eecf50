"""The proof that an assignment's tests are right, made before a student sees them.

The reference earns everything and the starter nothing; each misconception loses points on its task and
is named; no trivial answer passes; answers memorised from another seed earn little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from grader.judge import naming
from grader.judge.opening import OpenJudge, open_judge
from grader.judge.places import hand_ins
from grader.judge.session import Taken
from grader.judge.spec import TRIVIAL_KINDS, TestSpec
from grader.model.orders import Order
from grader.model.outcomes import Outcome, Visibility
from grader.model.proofs import MisconceptionProof, Proof, TaskProof
from grader.model.seeds import PUBLIC_SEED
from grader.subjects.base import Subject
from grader.subjects.pretenders import Recorder, Replayer, TrivialSubject
from grader.subjects.worker import WorkerSubject
from grader.worker.misconceptions import Misconception

MAX_FROM_MEMORY = 0.4
"""Share of a task's points that memorised answers may reach."""


def verify(root: Path, assignment: str, seed: int) -> Proof:
    """Prove an assignment under one seed. Raises AuthoringError where it cannot even be run."""
    proofs: list[Proof] = []
    order = Order(root=str(root), assignment=assignment, run="verify", seed=seed)
    open_judge(order, lambda judge: proofs.append(prove(judge)))
    return proofs[0]


def prove(judge: OpenJudge) -> Proof:
    """Prove the assignment that a judge has open, under the judge's seed."""
    return _Prover(judge).proof()


class _Prover:
    def __init__(self, judge: OpenJudge) -> None:
        self._judge = judge
        self._solution = judge.solution
        self._specs = [spec for spec in judge.session.specs if not spec.gpu]

    def proof(self) -> Proof:
        reference = self._sit(self._solution.subject())
        starter = self._sit(self._starter())
        memorised, replayed = self._from_memory(lambda _: True), self._from_memory(_is_public)
        trivial = {kind: self._trivial(kind) for kind in TRIVIAL_KINDS}
        tasks = tuple(
            self._task(task, reference, starter, memorised, replayed, trivial)
            for task in self._judge.setting.assignment.tasks
        )
        passed = {one.spec.id for one in [*memorised, *replayed] if _passed(one)}
        return Proof(
            assignment=self._judge.setting.name,
            seed=self._judge.setting.seed,
            tasks=tasks,
            passed_from_memory=tuple(spec.id for spec in self._specs if spec.id in passed),
            problems=(*self._unused(), *_problems(tasks, reference, starter, self._specs)),
        )

    def _unused(self) -> Iterable[str]:
        for known in self._solution.of_no_task():
            file = self._solution.file_of(known)
            yield f"the misconception {known.label} replaces `{known.name}` of {file}, a name of no task"

    def _sit(self, subject: Subject, specs: Sequence[TestSpec] | None = None) -> list[Taken]:
        chosen = self._specs if specs is None else specs
        try:
            return self._solution.sit(self._judge.session, subject, chosen)
        finally:
            subject.close()

    def _starter(self) -> WorkerSubject:
        setting = self._judge.setting
        folder = setting.root / "assignments" / setting.name
        files = hand_ins(folder, setting.assignment.files)
        return WorkerSubject(setting.spawn, files, setting.shipping, setting.limits)

    def _from_memory(self, keeps: Callable[[TestSpec], bool]) -> list[Taken]:
        """Every test, answered as the reference did under another seed in those that `keeps` accepts."""
        setting, taken = self._judge.setting, []
        reference = self._solution.subject()
        other = PUBLIC_SEED if setting.seed != PUBLIC_SEED else PUBLIC_SEED + 1
        for spec in self._specs:
            recorder = Recorder(reference)
            if keeps(spec):
                self._judge.session.sit(
                    recorder, self._solution.reference, seed=other, call_s=setting.limits.call_s, specs=[spec]
                )
            taken += self._sit(Replayer(recorder.answers, recorder.timed), [spec])
        reference.close()
        return taken

    def _trivial(self, kind: str) -> set[str]:
        """The tests that a trivial answer passes."""
        passed = set()
        reference = self._solution.subject()
        for spec in self._specs:
            subject = TrivialSubject(_Borrowed(reference), kind)
            (taken,) = self._sit(subject, [spec])
            if _passed(taken) and subject.replaced:
                passed.add(spec.id)
        reference.close()
        return passed

    def _task(
        self,
        task: str,
        reference: Sequence[Taken],
        starter: Sequence[Taken],
        memorised: Sequence[Taken],
        replayed: Sequence[Taken],
        trivial: dict[str, set[str]],
    ) -> TaskProof:
        specs = [spec for spec in self._specs if spec.task == task]
        total = sum(spec.points for spec in specs)
        marked = {spec.id: spec.trivial[0] for spec in specs if spec.trivial}
        return TaskProof(
            task=task,
            points=round(total, 6),
            tests=len(specs),
            reference=_points(reference, task),
            starter=_points(starter, task),
            memorised=_points(memorised, task) / total if total else 0.0,
            replayed=_points(replayed, task) / total if total else 0.0,
            misconceptions=tuple(self._misconceptions(task, specs)),
            trivial={
                kind: tuple(
                    spec.id for spec in specs if spec.id in passed and not _allowed(kind, marked.get(spec.id))
                )
                for kind, passed in trivial.items()
            },
        )

    def _misconceptions(self, task: str, specs: Sequence[TestSpec]) -> Iterable[MisconceptionProof]:
        known = self._solution.of_task(task)
        failures = {one.label: self._failures(one, specs) for one in known}
        sentences: dict[str, dict[str, str | None]] = {
            label: {one.spec.id: naming.name(one.conclusion, self._records(one.spec)) for one in taken}
            for label, taken in failures.items()
        }
        for one in known:
            taken, told = failures[one.label], sentences[one.label]
            yield MisconceptionProof(
                label=one.label,
                sentence=one.sentence,
                lost=round(sum(each.spec.points for each in taken), 6),
                failed=tuple(each.spec.id for each in taken),
                named=tuple(test for test, text in told.items() if text and one.sentence in text),
                shared=_indistinct(one, known, told),
            )

    def _records(self, spec: TestSpec) -> list[naming.Record]:
        return self._solution.records(self._judge.session, spec)

    def _failures(self, known: Misconception, specs: Sequence[TestSpec]) -> list[Taken]:
        return [taken for taken in self._sit(self._solution.subject(known), specs) if not _passed(taken)]


class _Borrowed:
    """A subject whose worker somebody else ends."""

    def __init__(self, subject: Subject) -> None:
        self.answer = subject.answer
        self.time = subject.time
        self.cpu_seconds = subject.cpu_seconds

    def close(self) -> None:
        """Left to the owner."""


def _indistinct(
    one: Misconception, known: Sequence[Misconception], told: dict[str, str | None]
) -> tuple[str, ...]:
    """Others whose sentence stands beside this one's wherever it is named."""
    texts = [text for text in told.values() if text and one.sentence in text]
    others = [other for other in known if other.label != one.label]
    return tuple(other.label for other in others if texts and all(other.sentence in text for text in texts))


def _allowed(kind: str, marked: str | None) -> bool:
    """Whether a trivial answer may pass: the mean of zeros is zeros, and that of ones is ones."""
    return kind == marked or (kind == "mean" and marked in ("zeros", "ones"))


def _is_public(spec: TestSpec) -> bool:
    return spec.visibility is Visibility.PUBLIC


def _passed(taken: Taken) -> bool:
    return taken.conclusion.outcome is Outcome.PASSED


def _points(taken: Iterable[Taken], task: str) -> float:
    return round(sum(one.spec.points for one in taken if one.spec.task == task and _passed(one)), 6)


def _problems(
    tasks: Sequence[TaskProof],
    reference: Sequence[Taken],
    starter: Sequence[Taken],
    specs: Sequence[TestSpec],
) -> Iterable[str]:
    for one in reference:
        if not _passed(one):
            yield f"{one.spec.id}: the reference does not pass: {one.conclusion.message}"
    for one in starter:
        if _passed(one):
            yield f"{one.spec.id}: the starter passes"
        elif one.conclusion.outcome is Outcome.MISSING:
            yield f"{one.spec.id}: the starter lacks what it needs: {one.conclusion.message}"
    for task in tasks:
        yield from _task_problems(task)
    marks: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        if spec.trivial:
            marks[spec.task].append(spec.id)
    for name, ids in marks.items():
        if len(ids) > 1:
            yield f"task {name}: `trivial` is allowed once, and stands at {', '.join(ids)}"


def _task_problems(task: TaskProof) -> Iterable[str]:
    for one in task.misconceptions:
        if one.lost <= 0:
            yield f"task {task.task}: the misconception {one.label} loses no points"
        elif not one.named:
            yield f"task {task.task}: the misconception {one.label} is named by no test"
    for kind, ids in task.trivial.items():
        for test in ids:
            yield f"{test}: the trivial answer `{kind}` passes; if that is right, mark it `trivial`"
    for share, what in ((task.memorised, "answers of another seed"), (task.replayed, "the public tape")):
        if share > MAX_FROM_MEMORY:
            yield f"task {task.task}: {what} earn {share:.0%} of its points, over {MAX_FROM_MEMORY:.0%}"
