"""The journal of nights, where it can't be written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.night.journal import journal_step, read_journal
from reachline.settings import load_settings

NIGHT = date(2026, 3, 1)


def test_a_journal_that_can_not_be_written_hides_no_error_and_stops_no_step(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings(tmp_path, EXAMPLE)
    with pytest.raises(ValueError, match="of the step"), journal_step(settings, NIGHT, "stage"):
        raise ValueError("of the step")
    settings.paths.logs.rename(tmp_path / "elsewhere")
    settings.paths.logs.write_text("no folder")
    with pytest.raises(ValueError, match="of the step"), journal_step(settings, NIGHT, "stage"):
        raise ValueError("of the step")
    with journal_step(settings, NIGHT, "model"):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "it lacks: {" in caplog.text
    assert '"model"' in caplog.text.replace("'", '"')
    settings.paths.logs.unlink()
    (tmp_path / "elsewhere").rename(settings.paths.logs)
    (line,) = read_journal(settings.paths)
    assert (line["step"], line["outcome"], line["error"]) == ("stage", "failed", "of the step")
