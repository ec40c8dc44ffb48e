"""a process that is about to read what strangers wrote -> the same process, which reaches no network, writes nothing but temporary files
and meddles with no other process, as far as the kernel can hold it to that (Linux: seccomp(2), landlock(7); elsewhere nothing is held)

`python -I confine.py PROGRAM ...` runs a program that way. Imports the standard library alone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import runpy
import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping

KEPT = frozenset((
    "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TRIM_THRESHOLD_", "HDF5_PLUGIN_PRELOAD",
))  # fmt: skip

_NO_NEW_PRIVILEGES = 38  # prctl(2)
_SECCOMP, _LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = "seccomp", "create", "add", "restrict"
_CALLS = {  # machine -> (AUDIT_ARCH, number of each call that is made here or refused); asm/unistd_64.h, asm-generic/unistd.h
    "x86_64": (0xC000003E, {
        _SECCOMP: 317, "socket": 41, "connect": 42, "bind": 49, "ptrace": 101, "mount": 165, "init_module": 175, "add_key": 248,
        "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308, "process_vm_readv": 310,
        "process_vm_writev": 311, "finit_module": 313, "bpf": 321, "userfaultfd": 323,
    }),
    "aarch64": (0xC00000B7, {
        _SECCOMP: 277, "socket": 198, "connect": 203, "bind": 200, "ptrace": 117, "mount": 40, "init_module": 105, "add_key": 217,
        "request_key": 218, "keyctl": 219, "unshare": 97, "perf_event_open": 241, "setns": 268, "process_vm_readv": 270,
        "process_vm_writev": 271, "finit_module": 273, "bpf": 280, "userfaultfd": 282,
    }),
}  # fmt: skip
# of every machine alike
_SINCE_5 = {_LANDLOCK_CREATE: 444, _LANDLOCK_ADD: 445, _LANDLOCK_RESTRICT: 446, "io_uring_setup": 425, "pidfd_getfd": 438}
_REFUSED = 1  # EPERM: what asks is told so and goes on
_X32 = 0x40000000  # calls of another ABI have this bit

# landlock.h: everything that changes a file or a folder. Reading is not held: OpenSlide opens by its path what the parent opened
_WRITING = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
_REFER, _TRUNCATE = 1 << 13, 1 << 14  # since versions 2 and 3
_WRITE_FILE = 1 << 1
_NETWORK, _SCOPES = 0b11, 0b11  # bind and connect TCP since version 4; abstract sockets and signals of others since version 6


def confine() -> frozenset[str]:
    """From here on, for this process and those it starts. What holds: 'network', 'files'; fewer where the kernel has less."""
    if not sys.platform.startswith("linux") or platform.machine() not in _CALLS or sys.maxsize < 1 << 32:
        return frozenset()
    return frozenset(name for name, held in (("files", _hold_files()), ("network", _hold_calls())) if held)


def bare_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a confined process needs of its parent's environment: no key, no token, no address of a server."""
    given = os.environ if environ is None else environ
    return {name: value for name, value in given.items() if name in KEPT or name.startswith("LC_")}


def _hold_calls() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    _, calls = _CALLS[platform.machine()]
    filter = b"".join(_filter())
    held = ctypes.create_string_buffer(filter, len(filter))
    program = struct.pack("HxxxxxxP", len(filter) // 8, ctypes.addressof(held))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    set_filter, allow_speculation = 1, 1 << 2  # without the second, kernels before 5.16 slow the process down
    return bool(libc.syscall(calls[_SECCOMP], set_filter, allow_speculation, ctypes.create_string_buffer(program, len(program))) == 0)


def _filter() -> Iterator[bytes]:
    """Classic BPF over struct seccomp_data: the number at byte 0, the architecture at byte 4."""
    arch, calls = _CALLS[platform.machine()]
    refused = sorted(number for name, number in {**calls, **_SINCE_5}.items() if name not in (_SECCOMP, *list(_SINCE_5)[:3]))
    load, jump_equal, jump_from, end = 0x20, 0x15, 0x35, 0x06
    yield struct.pack("HBBI", load, 0, 0, 4)
    yield struct.pack("HBBI", jump_equal, 0, len(refused) + 3, arch)
    yield struct.pack("HBBI", load, 0, 0, 0)
    yield struct.pack("HBBI", jump_from, len(refused) + 1, 0, _X32)
    for left, number in zip(range(len(refused), 0, -1), refused):
        yield struct.pack("HBBI", jump_equal, left, 0, number)
    yield struct.pack("HBBI", end, 0, 0, 0x7FFF0000)  # allow
    yield struct.pack("HBBI", end, 0, 0, 0x00050000 | _REFUSED)


def _hold_files() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_SINCE_5[_LANDLOCK_CREATE], None, 0, 1)
    if version < 1:
        return False
    writing = _WRITING | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    rules = struct.pack("QQQ", writing, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    rules = rules[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = libc.syscall(_SINCE_5[_LANDLOCK_CREATE], rules, len(rules), 0)
    if ruleset < 0:
        return False
    try:
        _allow(libc, ruleset, tempfile.gettempdir(), writing)
        _allow(libc, ruleset, os.devnull, writing & (_WRITE_FILE | _TRUNCATE))
        return not libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) and libc.syscall(_SINCE_5[_LANDLOCK_RESTRICT], ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    with contextlib.suppress(OSError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            libc.syscall(_SINCE_5[_LANDLOCK_ADD], ruleset, 1, struct.pack("=Qi", rights, place), 0)  # 1: beneath this path
        finally:
            os.close(place)


if __name__ == "__main__":
    confine()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
