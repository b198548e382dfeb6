"""The comparison on years left out, computed anew."""

from studies.levels import PAGE, left_out, left_out_rows, table_of_years


def test_the_level_wins_and_the_page_says_what_is_computed():
    """If another way foretold left-out years better, the atlas would have to give that one."""
    results = left_out(*table_of_years())
    scores = {name: score for name, (score, _) in results.items()}
    assert len(scores) == 5
    assert max(scores, key=scores.__getitem__) == "level"
    assert 0.85 < results["level"][1] <= 0.97
    page = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in left_out_rows(results) if line not in page] == []
