"""The memory of alerts on disk: what was saved is what is read, and damage is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ConfigError
from services.alerts.core import Memory
from services.alerts.keeper import FILE, load, save
from services.alerts.words import Line

TEXT = st.text(max_size=20)
MEMORIES = st.builds(
    Memory,
    st.dictionaries(st.tuples(TEXT, TEXT), st.tuples(st.integers(0, 2**62), st.integers(-1, 2**62)), max_size=3),
    st.lists(st.builds(Line, st.integers(0, 2**62), TEXT, TEXT, TEXT, TEXT), max_size=3),
    st.dictionaries(st.tuples(TEXT, TEXT, TEXT), st.integers(1, 10**6), max_size=3),
    st.integers(0, 10**6),
    TEXT,
)


@given(MEMORIES)
def test_what_was_saved_is_read(tmp_path_factory: pytest.TempPathFactory, memory: Memory) -> None:
    path = tmp_path_factory.mktemp("kept") / FILE
    save(path, memory)
    assert load(path) == memory


def test_a_first_life_remembers_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / FILE) == Memory()


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1}', b"\xff"])
def test_a_damaged_one_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)
    with pytest.raises(ConfigError, match=FILE):
        load(tmp_path / FILE)
