"""Which GPUs are found, from a copy of what NVIDIA's driver shows; no GPU is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from grader.sandbox import view
from grader.sandbox.bubblewrap import wrap
from grader.sandbox.devices import REHEARSAL, CudaGpus, RehearsedGpus, gpus_here
from grader.worker.accelerators import Cuda

INFORMATION = """\
Model: \t\t NVIDIA H200
IRQ:   \t\t 170
GPU UUID: \t {uuid}
Video BIOS: \t 96.00.8a.00.01
Bus Location: \t 0000:{bus}:00.0
Device Minor: \t {minor}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two GPUs, of which the driver's numbers are not the order on the bus."""
    for bus, uuid, minor in (("3b", "GPU-aaaa-1", 1), ("af", "GPU-bbbb-2", 0)):
        folder = tmp_path / "proc/driver/nvidia/gpus" / f"0000:{bus}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text(INFORMATION.format(uuid=uuid, bus=bus, minor=minor))
    (tmp_path / "dev").mkdir()
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / "dev" / name).touch()
    return tmp_path


def names(root: Path, visible: str | None = None) -> list[str]:
    return [gpu.key for gpu in CudaGpus(root=root, visible=visible).found()]


def test_each_gpu_has_its_own_device_file_and_the_common_ones(root: Path) -> None:
    first, second = CudaGpus(root=root, visible=None).found()
    dev = root / "dev"
    assert first.devices == (str(dev / "nvidia1"), str(dev / "nvidiactl"), str(dev / "nvidia-uvm"))
    assert second.devices[0] == str(dev / "nvidia0")
    assert (first.key, first.name) == ("GPU-aaaa-1", "NVIDIA H200")
    assert first.environment["CUDA_VISIBLE_DEVICES"] == "GPU-aaaa-1"
    assert "LD_LIBRARY_PATH" not in first.environment


def test_a_containers_driver_folder_is_in_view(root: Path) -> None:
    (root / "usr/local/nvidia/lib64").mkdir(parents=True)
    gpu = CudaGpus(root=root, visible=None).found()[0]
    assert gpu.environment["LD_LIBRARY_PATH"] == str(root / "usr/local/nvidia/lib64")
    assert str(root / "usr/local/nvidia") in view.of_this_interpreter(gpu).read


def test_a_gpu_whose_device_file_is_not_here_is_none(root: Path) -> None:
    (root / "dev/nvidia1").unlink()
    assert names(root) == ["GPU-bbbb-2"]


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        (None, ["GPU-aaaa-1", "GPU-bbbb-2"]),
        ("1", ["GPU-bbbb-2"]),
        ("1,0", ["GPU-bbbb-2", "GPU-aaaa-1"]),
        ("GPU-bb", ["GPU-bbbb-2"]),
        ("", []),
        ("-1", []),
        ("0,7,1", ["GPU-aaaa-1"]),
        ("MIG-1", []),
    ],
)
def test_the_operators_choice_of_gpus_holds(root: Path, visible: str | None, found: list[str]) -> None:
    assert names(root, visible) == found


def test_without_a_driver_there_are_none(tmp_path: Path) -> None:
    assert names(tmp_path) == []


def test_a_rehearsal_is_chosen_by_its_variable_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REHEARSAL, raising=False)
    assert isinstance(gpus_here(), CudaGpus)
    monkeypatch.setenv(REHEARSAL, '{"devices": [["/a"], ["/b", "/c"]], "wake_s": 1.5}')
    gpus = gpus_here()
    assert isinstance(gpus, RehearsedGpus) and gpus.options == {"wake_s": 1.5}
    assert [gpu.devices for gpu in gpus.found()] == [("/a",), ("/b", "/c")]


def test_bubblewrap_binds_device_files_as_such_and_the_rest_read_only(root: Path) -> None:
    gpu = CudaGpus(root=root, visible="0").found()[0]
    arguments = wrap(["true"], view.of_this_interpreter(gpu), {}, is_root=False)
    bound = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--dev-bind"]
    assert bound == list(gpu.devices)
    assert "--dev-bind" not in wrap(["true"], view.of_this_interpreter(), {}, is_root=False)


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (RuntimeError("CUDA error: device-side assert triggered\nCompile with ..."), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), False),
        (RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"), False),
        (ValueError("CUDA error: in a text of the student's"), False),
    ],
)
def test_only_a_broken_context_is_a_lost_gpu(error: Exception, lost: bool) -> None:
    assert Cuda().is_lost(error) is lost


def test_tf32_is_switched_off_before_each_call() -> None:
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    try:
        torch.set_float32_matmul_precision("medium")
        torch.backends.cudnn.allow_tf32 = True
        Cuda().reset()
        assert torch.get_float32_matmul_precision() == "highest"
        assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]
