"""The index folder: published whole or not at all, verified on opening, one writer."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from ingest import generation
from ingest.errors import DamagedIndexError, IngestRunningError, MismatchError, NoIndexError
from ingest.generation import new_draft, open_current, publish, writer_lock


def _publish(index: Path, content: str, **facts) -> Path:
    with writer_lock(index):
        draft = new_draft(index)
        (draft / "data").write_text(content)
        return publish(index, draft, facts)


def _content(opened) -> str:
    return (opened.folder / "data").read_text()


def test_nothing_published_is_no_index(tmp_path):
    """A folder without a generation is reported as such."""
    with pytest.raises(NoIndexError):
        open_current(tmp_path)


def test_the_newest_generation_serves(tmp_path):
    """What was published last is what opens."""
    _publish(tmp_path, "one")
    _publish(tmp_path, "two", note="x")
    opened = open_current(tmp_path)
    assert _content(opened) == "two" and opened.manifest["note"] == "x" and opened.warnings == ()


def test_two_generations_are_kept(tmp_path):
    """Older ones leave, once nobody holds them."""
    for content in "abcd":
        _publish(tmp_path, content)
    assert sorted(p.name for p in (tmp_path / "generations").iterdir()) == ["000003", "000004"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="readers need no lock where open files cannot be removed")
def test_a_generation_that_is_held_stays(tmp_path):
    """A reader keeps what it opened, however many are published meanwhile."""
    _publish(tmp_path, "a")
    held = open_current(tmp_path)
    for content in "bcd":
        _publish(tmp_path, content)
    assert _content(held) == "a"
    held.release()
    _publish(tmp_path, "e")
    assert not held.folder.exists()


DAMAGES = {
    "flipped bit": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "deleted": lambda path: path.unlink(),
    "folder instead": lambda path: (path.unlink(), path.mkdir()),
    "empty": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("file", ["data", "manifest.json"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_noticed_and_the_one_before_serves(tmp_path, damage, file):
    """A damaged generation is not used; the previous one answers, with a warning."""
    _publish(tmp_path, "good")
    damage(_publish(tmp_path, "bad") / file)
    opened = open_current(tmp_path)
    assert _content(opened) == "good" and opened.warnings


def test_all_damaged_is_an_error_with_the_remedy(tmp_path):
    """With nothing good left, the message names the command that helps."""
    (_publish(tmp_path, "x") / "data").write_text("y")
    with pytest.raises(DamagedIndexError, match="--rebuild"):
        open_current(tmp_path)


def test_another_format_is_refused(tmp_path):
    """A format this program does not write is not guessed at."""
    manifest = _publish(tmp_path, "x") / "manifest.json"
    facts = {**json.loads(manifest.read_text()), "format": 999}
    facts.pop("manifest_sha256")
    manifest.write_text(generation._sealed(facts))
    with pytest.raises(MismatchError, match="--rebuild"):
        open_current(tmp_path)


def _hold(index: str, ready, leave) -> None:
    with writer_lock(Path(index)):
        ready.set()
        leave.wait(20)


def test_one_writer_at_a_time_and_its_lock_dies_with_it(tmp_path):
    """A second writer is told at once; a killed writer leaves no lock."""
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    ready, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(tmp_path), ready, leave))
    other.start()
    assert ready.wait(20)
    with pytest.raises(IngestRunningError), writer_lock(tmp_path):
        pass
    other.kill()
    other.join()
    with writer_lock(tmp_path):
        pass


def test_leftover_drafts_are_removed(tmp_path):
    """What a killed writer left is gone with the next draft."""
    _publish(tmp_path, "a")
    (tmp_path / "generations" / "draft-99").mkdir()
    (tmp_path / "generations" / "draft-99" / "data").write_text("half")
    _publish(tmp_path, "b")
    assert not list((tmp_path / "generations").glob("draft-*"))


def test_large_files_are_verified_when_asked(tmp_path, monkeypatch):
    """Beyond the limit only a full verification reads every byte."""
    monkeypatch.setattr(generation, "CHECKED_BYTES", 2)
    target = _publish(tmp_path, "large enough")
    (target / "data").write_text("LARGE ENOUGH")
    open_current(tmp_path).release()
    with pytest.raises(DamagedIndexError):
        open_current(tmp_path, full=True)


def test_a_format_number_that_was_damaged_is_damage(tmp_path):
    """A wrong number under a broken seal is not another format: the generation before serves."""
    _publish(tmp_path, "good")
    manifest = _publish(tmp_path, "bad") / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {generation.FORMAT_VERSION}', '"format": 7'))
    assert _content(open_current(tmp_path)) == "good"


@pytest.mark.parametrize("garbage", ["", "../../etc", "nothing", "000009", "\x00"], ids=repr)
def test_garbage_in_current_leads_nowhere(tmp_path, garbage):
    """Only a generation of this index is ever opened: the newest good one."""
    _publish(tmp_path, "one")
    _publish(tmp_path, "two")
    (tmp_path / "CURRENT").write_text(garbage)
    assert _content(open_current(tmp_path)) == "two"


def test_generations_are_counted_not_spelt(tmp_path):
    """The millionth generation is newer than the one before, which serves when it is damaged; two are kept."""
    first = _publish(tmp_path, "one")
    first.rename(first.with_name("999998"))
    (tmp_path / "CURRENT").write_text("999998")
    for content in ("two", "good", "bad"):
        last = _publish(tmp_path, content)
    assert sorted(p.name for p in (tmp_path / "generations").iterdir()) == ["1000000", "1000001"] and last.name == "1000001"
    (last / "data").unlink()
    opened = open_current(tmp_path)
    assert _content(opened) == "good" and opened.warnings


def test_other_things_among_the_generations_do_no_harm(tmp_path):
    """Folders and files whose names are no numbers of ours, or only look like some, are left alone."""
    _publish(tmp_path, "one")
    others = ["²", "１２", "000001 (2)", "-1", "+3", "9" * 200]
    for name in others:
        (tmp_path / "generations" / name).mkdir()
    assert _publish(tmp_path, "two").name == "000002"
    assert _content(open_current(tmp_path)) == "two"
    assert {*others} < {p.name for p in (tmp_path / "generations").iterdir()}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["manifest.json", "data"])
def test_a_pipe_in_place_of_a_file_does_not_hang(tmp_path, name):
    """It is damage like any other."""
    _publish(tmp_path, "good")
    bad = _publish(tmp_path, "bad")
    (bad / name).unlink()
    os.mkfifo(bad / name)
    assert _content(open_current(tmp_path)) == "good"


def test_opening_while_another_publishes_never_fails(tmp_path):
    """A thousand openings during two hundred swaps: each gives a whole generation."""
    import threading

    _publish(tmp_path, "0")
    errors, seen = [], []
    done = threading.Event()

    def read():
        while not done.is_set():
            try:
                opened = open_current(tmp_path)
                seen.append(int(_content(opened)))
                opened.release()
            except Exception as error:  # whatever it is, the test shall show it
                errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 201):
        _publish(tmp_path, str(number))
    done.set()
    for reader in readers:
        reader.join()
    assert errors == [] and len(seen) > 100 and max(seen) >= 150
