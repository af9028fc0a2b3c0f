"""Work beside other work: who does it, and on which core."""

import subprocess
import sys
import threading

import pytest

from ingest.beside import Beside


def test_offered_work_is_done_by_a_thread_that_has_ended_its_own(monkeypatch):
    """Without a free core it waits for one, can be taken back until then, and fails where its result is wanted."""
    monkeypatch.setattr("ingest.beside.cores", lambda: 1)
    hold, by = threading.Event(), []
    first = Beside(lambda: (by.append(threading.current_thread()), hold.wait()))
    second = Beside(lambda: by.append(threading.current_thread()), offered=True)
    third = Beside(lambda: 1 / 0, offered=True)
    back = Beside(lambda: by.append(None), offered=True)
    assert back.withdrawn() and not back.withdrawn() and None not in by
    hold.set()
    first.result()
    second.result()
    assert by[0] is by[1] and not second.withdrawn()
    with pytest.raises(ZeroDivisionError):
        third.result()


def test_work_that_goes_on_beside_leaves_numpy_one_core():
    """Once something goes on beside a question, numpy multiplies on one core: the others have work."""
    code = (
        "import numpy; from threadpoolctl import threadpool_info; from ingest.beside import Beside; "
        "print(Beside(lambda: 'done').result(), *{one['num_threads'] for one in threadpool_info() if one['user_api'] == 'blas'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() in (["done", "1"], ["done"])  # nothing to limit where numpy has another library
