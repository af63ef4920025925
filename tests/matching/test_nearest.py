"""Where displaced applicants could go."""

from registry.matching.grades import Reach
from registry.matching.nearest import nearest_runs
from registry.matching.profiles import Profile, make_profile

GONE = make_profile("gone", "0238", "Engelsk 1, 1.-7. trinn", terms=["2025H"], counties=["46"], regions=["vest"])


def open_run(
    key: str, title: str, *, term: str = "2025H", county: str = "46", online: bool = False, provider: str = "1160"
) -> Profile:
    region = "vest" if county in {"46", "11"} else "ost"
    return make_profile(key, provider, title, terms=[term], counties=[county], regions=[region], online=online)


def keys(*runs: Profile, limit: int = 5) -> list[str]:
    return [near.key for near in nearest_runs(GONE, runs, limit)]


def test_the_same_term_comes_before_closeness_and_closeness_before_the_rest() -> None:
    runs = (
        open_run("online", "Engelsk 1, 1-7", county="03", online=True),
        open_run("later", "Engelsk 1, 1-7", term="2026V"),
        open_run("region", "Engelsk 1, 1-7", county="11"),
        open_run("county", "Engelsk 1, 1-7"),
    )
    assert keys(*runs) == ["county", "region", "online", "later"]


def test_other_content_out_of_reach_and_itself_are_left_out() -> None:
    runs = (
        GONE,
        open_run("step", "Engelsk 2, 1-7"),
        open_run("years", "Engelsk 1, 5-10"),
        open_run("far", "Engelsk 1, 1-7", county="03"),
        open_run("other", "Sorg: forståelse, støtte og tiltak"),
        open_run("container", "Enkeltemner ved Fakultet for utdanningsvitenskap"),
    )
    assert keys(*runs) == []


def test_the_same_provider_may_be_the_way_out() -> None:
    assert keys(open_run("own", "Engelsk 1, 1-7", provider="0238")) == ["own"]


def test_it_explains_itself_and_keeps_to_the_limit() -> None:
    found = nearest_runs(GONE, [open_run(f"r{n}", "Engelsk 1, 1-7") for n in range(9)], 3)
    assert len(found) == 3
    for near in found:
        assert near.reach is Reach.SAME_COUNTY
        assert near.evidence
        assert near.sentence == "«Engelsk 1, 1-7» i samme fylke, samme termin."
    assert nearest_runs(GONE, [open_run("r", "Engelsk 1, 1-7")], 0) == []
    assert nearest_runs(GONE, []) == []
