"""Where a model computes: the processor, or another device that torch knows (cuda, cuda:1, mps)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ingest.errors import UsageError, WenjuError, one_line

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

CPU = "cpu"


def on_cpu(device: str) -> bool:
    """True for the processor, however it is put: cpu, cpu:0."""
    return device.split(":")[0] == CPU


def open_device(device: str) -> torch.device:
    """The device, once something was computed there. UsageError naming the remedy if that fails."""
    try:
        import torch

        found = torch.device(device)
        (torch.ones(1, device=found) + 1).cpu()
    except Exception as error:  # torch raises AssertionError, RuntimeError and others of its own
        raise UsageError(
            f"设备“{device}”无法使用：{one_line(error)}。请去掉 --device（用 CPU 计算），或者安装支持它的 torch。",
            f"The device \"{device}\" cannot be used: {one_line(error)}. Leave out --device to compute on the CPU,"
            " or install a torch that supports it.",
        ) from error
    return found


def out_of_memory(error: BaseException) -> bool:
    """True when a device had too little memory for what it was given at once."""
    return type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()


def in_parts(device: str, compute: Callable[[int, int], T], begin: int, end: int) -> list[T]:
    """What `compute` makes of the items from `begin` to `end`: of all, or of halves where that is too much for the device.

    WenjuError if the device fails.
    """
    try:
        return [compute(begin, end)]
    except Exception as error:  # torch has many kinds
        if end - begin == 1 or not out_of_memory(error):
            raise failed_on(device, error) from error
    middle = (begin + end) // 2
    return in_parts(device, compute, begin, middle) + in_parts(device, compute, middle, end)


def failed_on(device: str, error: Exception) -> WenjuError:
    """The error for a device that fails while it computes."""
    return WenjuError(
        f"设备 {device} 计算失败：{one_line(error)}。已算好的向量都在，再运行一次会接着算；也可以去掉 --device，用 CPU 算完。",
        f"The device {device} failed: {one_line(error)}. What was embedded is kept: run it again to go on,"
        " or leave out --device to finish on the CPU.",
    )
