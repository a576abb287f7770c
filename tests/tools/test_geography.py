"""The derived files of geography, from sources small enough to read."""

from pathlib import Path

import pytest

from tools.geography import derive

SOURCES = {
    "communes-france.csv": """\
code,nom,departement,region,epci_code,epci_nom
12076,Conques,12,76,200000001,CC Nouvelle
30001,Aigremont,30,76,200000002,CA Grand Pont
84001,Althen,84,93,200000002,CA Grand Pont
97701,Saint-Barth,977,977,,
""",
    "communes-occitanie-2024.csv": """\
code,nom,departement,epci_code,epci_nom,codes_postaux
12001,Agen,12,200000001,CC Ancienne,12630 12140
30001,Aigremont,30,200000002,CA Grand Pont,30350
30002,Aigues,30,200000002,CA Grand Pont,30350
""",
    "changements-2024-2026-occitanie.csv": """\
code_2024,nom_2024,changement,code_2026,nom_2026
12001,Agen,disparue,12076,Conques
30002,Aigues,changement d'EPCI,30002,Aigues
,,nouveau code,12076,Conques
""",
    "communes-deleguees-associees.csv": """\
code,nom,type,departement,region,commune_code,commune_nom
12076,Grand-Vabre,commune-deleguee,12,76,12076,Conques
12001,Agen,commune-deleguee,12,76,12076,Conques
84002,Ansouis,commune-associee,84,93,84001,Althen
84001,Althen,commune-deleguee,84,93,84001,Althen
""",
    "departements-regions.csv": """\
code,nom,region,region_nom,zone
12,Aveyron,76,Occitanie,metro
30,Gard,76,Occitanie,metro
84,Vaucluse,93,Provence,metro
977,Saint-Barth,977,Saint-Barth,com
""",
}


@pytest.fixture
def derived(tmp_path: Path) -> dict[str, str]:
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return derive(tmp_path)


def test_the_contest_s_year_replaces_the_communes_of_its_region(derived: dict[str, str]) -> None:
    """The new commune of 2026 is absent, the two of 2024 are there."""
    assert derived["communes.csv"].splitlines() == [
        "code,name",
        "12001,Agen",
        "30001,Aigremont",
        "30002,Aigues",
        "84001,Althen",
        "97701,Saint-Barth",
    ]


def test_an_epci_touches_what_its_communes_touch(derived: dict[str, str]) -> None:
    assert derived["epci.csv"].splitlines() == [
        "code,name,departments,regions,communes",
        "200000001,CC Ancienne,12,76,1",
        "200000002,CA Grand Pont,30 84,76 93,2 1",
    ]


def test_names_of_other_years_lead_to_the_communes_of_the_year(derived: dict[str, str]) -> None:
    assert derived["other_names.csv"].splitlines() == [
        "kind,code,name,era,now",
        "commune,12076,Conques,later,12001",
        "commune,12076,Grand-Vabre,former,12001",
        "commune,84002,Ansouis,former,84001",
        "epci,200000001,CC Nouvelle,later,200000001",
    ]


def test_a_postal_code_lists_the_communes_that_it_serves(derived: dict[str, str]) -> None:
    """One commune may have two codes, one code two communes."""
    assert derived["postal_codes.csv"].splitlines() == [
        "postal_code,communes",
        "12140,12001",
        "12630,12001",
        "30350,30001 30002",
    ]


def test_an_overseas_collectivity_is_no_region(derived: dict[str, str]) -> None:
    assert derived["regions.csv"].splitlines() == ["code,name", "76,Occitanie", "93,Provence"]
    assert "977,Saint-Barth,977" in derived["departments.csv"].splitlines()
