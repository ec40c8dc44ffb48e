import os
from pathlib import Path

import pytest

from pipelines.chunks import LEAST, Layout, Memory, memory_here, plan_layout, read_memory

GB = 1 << 30


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0.5", Memory(share=0.5)), ("1", Memory(share=1)), ("12GB", Memory(bytes=12 * GB)), ("12 GiB", Memory(bytes=12 * GB)),
        ("1.5g", Memory(bytes=3 * GB // 2)), ("800M", Memory(bytes=800 << 20)), ("2147483648", Memory(bytes=2 * GB)),
    ],
)  # fmt: skip
def test_memory_is_a_share_or_an_amount(text, wanted):
    assert read_memory(text) == wanted


@pytest.mark.parametrize("text", ["", "0", "much", "-1", "2", "0.5GBs", "10MB", "50%"])
def test_what_is_no_memory_is_refused(text):
    with pytest.raises(ValueError, match=r"wanted a share such as 0\.5, or an amount such as 12GB"):
        read_memory(text)


def group(root: Path, lines: str, limits: dict[str, str]) -> Path:
    files = {"proc/self/cgroup": lines, **limits}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_least_limit_of_the_control_groups_counts(tmp_path):
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert memory_here(tmp_path) == machine
    unlimited = group(tmp_path / "none", "0::/a/b\n", {"sys/fs/cgroup/a/b/memory.max": "max\n"})
    assert memory_here(unlimited) == machine
    above = {"sys/fs/cgroup/a/memory.max": "300000000\n", "sys/fs/cgroup/a/b/memory.max": "max\n"}
    assert memory_here(group(tmp_path / "second", "0::/a/b\n", above)) == 300_000_000
    container = {"sys/fs/cgroup/memory.max": "200000000\n"}  # whose path is one of the host
    assert memory_here(group(tmp_path / "inside", "0::/host/path\n", container)) == 200_000_000
    first = {"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "100000000\n"}
    assert memory_here(group(tmp_path / "first", "5:cpu,cpuacct:/y\n4:memory:/x\n0::/\n", first)) == 100_000_000


def test_a_run_holds_its_share_and_never_less_than_it_can_do_with(monkeypatch):
    monkeypatch.setattr("pipelines.chunks.memory_here", lambda: 8 * GB)
    assert Memory(share=0.5).held() == 4 * GB
    assert Memory(share=0.5).held(processes=2) == 2 * GB
    assert Memory(bytes=GB).rows(1024) == 1 << 20
    assert Memory(bytes=GB).held(processes=1000) == LEAST
    assert Memory(bytes=GB).rows(1 << 60) == 1


@pytest.mark.parametrize(
    ("rows", "memory", "wanted"),
    [
        (0, 12 * GB, Layout(buckets=8, part=10_000)),
        (5_000_000, 12 * GB, Layout(buckets=8, part=10_000)),
        (8_000_001, 12 * GB, Layout(buckets=16, part=10_000)),
        (20_000_000, 12 * GB, Layout(buckets=32, part=20_000)),
        (100_000_000, 12 * GB, Layout(buckets=128, part=100_000)),
        (10_000_000_000, 12 * GB, Layout(buckets=1024, part=100_000)),
        (5_000_000, GB // 2, Layout(buckets=16, part=10_000)),
    ],
)
def test_buckets_and_parts_follow_from_rows_and_memory(rows, memory, wanted):
    assert plan_layout(rows, Memory(bytes=memory)) == wanted
