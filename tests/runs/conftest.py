"""One migrated installation for all tests of a file; each starts and stops it as it needs."""

from collections.abc import Iterator

import pytest

from tests.folders import passable_folder
from tests.runs.program import Program


@pytest.fixture(scope="module")
def installation() -> Iterator[Program]:
    with passable_folder() as folder:
        program = Program(folder / "state")
        program.up()
        program.down()
        yield program
        program.end()


@pytest.fixture
def program(installation) -> Iterator[Program]:
    """The installation, not running; whatever the test leaves is stopped."""
    yield installation
    installation.end()
    installation.process = None
