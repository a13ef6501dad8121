import sys
from pathlib import Path

from benchmarks.peers.running import evict, run

HOLDER = "import time; held = b'x' * (64 << 20); time.sleep({}); print('done')"


def test_a_command_is_timed_and_its_answer_kept() -> None:
    ended = run([sys.executable, "-c", "import sys; print('says'); print('complains', file=sys.stderr); sys.exit(3)"])
    assert (ended.output, ended.complaint, ended.status) == ("says\n", "complains\n", 3)
    assert ended.seconds > 0


def test_processor_time_is_of_children_too_and_waiting_is_none() -> None:
    busy = "import time; begin = time.process_time()\nwhile time.process_time() - begin < 0.4: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    assert run([sys.executable, "-c", parent]).processor >= 0.4
    assert run(["sleep", "0.5"]).processor < 0.4


def test_the_memory_of_children_counts() -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLDER.format(0.5)!r}])"
    assert run([sys.executable, "-c", parent]).peak > 64


def test_what_takes_too_long_is_given_up() -> None:
    ended = run([sys.executable, "-c", HOLDER.format(60)], patience=0.3)
    assert ended.status is None
    assert ended.output == ""


def test_an_evicted_file_still_has_its_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    evict(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"content"
