"""What was planted among the creators of a market comes out in their scorecards."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest

from reachline.inbox import land_files
from reachline.sandbox.world import write_world
from reachline.settings import load_settings
from reachline.warehouse import connect, model, open_run, runs, stage

# by then everybody who buys followers has done so
NIGHTS = 8
# the scorecard and what it is made of, as selections of dbt below path:models/


@pytest.mark.long
def test_bought_followers_are_suspicious_and_honest_fame_is_not(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("creators")
    world = write_world(folder / "world", nights=NIGHTS)
    settings = load_settings(folder / "data", world.config)
    for night in world.nights:
        shutil.copytree(night.inbox, settings.paths.inbox, dirs_exist_ok=True)
        land_files(settings, night.logical_date, "test")
    run = open_run(settings, world.nights[-1].logical_date)
    stage(run)
    monkeypatch.setattr(runs, "GOALS", ("creator_scorecard",))
    model(run)
    with connect(run.directory, read_only=True) as con:
        cards = con.execute(
            "select account_id, is_suspicious, authenticity_penalties "
            "from reports.creator_scorecard"
        ).fetchall()

    truth = json.loads(world.truth.read_text("utf-8"))
    planted = {row["account_id"]: row["jumped_on"] for row in truth["bought_followers"]}
    famous = {row["account_id"] for row in truth["went_viral"]}
    assert max(map(date.fromisoformat, planted.values())) <= run.logical_date
    assert (len(planted), len(famous)) == (4, 2)
    suspicious = {account for account, is_suspicious, _ in cards if is_suspicious}
    penalties = {account: texts for account, _, texts in cards}
    precision = len(suspicious & set(planted)) / max(len(suspicious), 1)
    recall = len(suspicious & set(planted)) / len(planted)
    print(f"of {len(cards)} accounts: precision {precision:.2f}, recall {recall:.2f}")
    assert (precision, recall) == (1.0, 1.0), {a: penalties[a] for a in {*suspicious, *planted}}
    # both jumped: the jump alone does not condemn
    for account in famous:
        assert [text.split()[0] for text in penalties[account]] == ["follower_jump_z"], account
