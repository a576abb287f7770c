"""Zones of the map, found by what people type."""

import csv
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.runtime import data
from ptce_workflow.base.zones import KINDS, Finder, Kind, PlaceRefused, gazetteer

pytestmark = pytest.mark.usefixtures("in_english")

FOLDER = data("base/geography")
COMMUNES = [
    tuple(row)
    for row in csv.reader((FOLDER / "communes.csv").read_text(encoding="utf-8").splitlines()[1:])
]


@pytest.fixture
def places() -> Finder:
    return gazetteer()


def refused(text: str, kinds: tuple[Kind, ...] = KINDS) -> PlaceRefused:
    with pytest.raises(PlaceRefused) as caught:
        gazetteer().resolve(text, kinds)
    return caught.value


# What is typed finds a zone: its name, code, kind or department; the spelling of a person in haste,
# where one zone answers; the postal code, which parts namesakes.
TYPED = {
    "commune 12145": (
        *("Millau (12)", "Millau", "  Millau  ( 12 ) ", "Millau, Aveyron", "Millau (aveyron)"),
        *("12145", "commune de Millau", "12100 Millau", "Millau 12100", "Millau (12100)"),
        *("Millau, 12100", "Millau (12145)", "12100 MILLAU CEDEX", "12104 Millau Cedex"),
        "Millau cedex 3",
    ),
    "commune 09100": ("commune 09100",),
    "commune 2A004": ("2A004", "20000 Ajaccio"),
    "commune 12115": (
        *("l’hospitalet du larzac", "L'HOSPITALET-DU-LARZAC", "Hospitalet-du-Larzac (L’)"),
    ),
    "commune 12208": ("St Affrique",),
    "commune 46138": ("coeur de causse", "Cœur-de-Causse"),
    "commune 31404": ("Oo",),
    "commune 66218": ("Ur",),
    "commune 66155": ("Py",),
    "commune 58062": ("Château-Chinon (Ville)",),
    "commune 58063": ("Cha\u0302teau-Chinon (Campagne)",),
    "commune 31555": ("31000 Toulouse", "31071 TOULOUSE CEDEX 7"),
    "commune 13055": ("13001 Marseille",),
    "commune 09225": ("09100 Pamiers",),
    "commune 07334": ("Vans (Les)", "Vans, Les"),
    "commune 12022": ("Bastide-Pradines (La) (12)", "12490 Bastide-Pradines (La)"),
    "commune 66170": ("66300 Sainte-Colombe-de-la-Commanderie",),
    "commune 46109": ("46230 Fontanes",),
    "epci 200067155": (
        *("EPCI 200067155", "200 067 155", "CC Saint Affricain, Roquefort, Sept Vallons"),
        "cc saint-affricain roquefort, sept vallons",
    ),
    "epci 248200016": ("Communauté de communes des Deux Rives",),
    "department 12": ("département 12", "dept 12", "Aveyron", "département de l’Aveyron", "12"),
    "department 09": ("dépt. 9",),
    "department 2B": ("2b",),
    "region 76": ("région 76", "Occitanie", "region occitanie"),
}


@pytest.mark.parametrize(
    ("typed", "zone"), [(typed, zone) for zone, ways in TYPED.items() for typed in ways]
)
def test_every_way_of_typing_a_zone_finds_it(typed: str, zone: str, places: Finder) -> None:
    found = places.resolve(typed)
    assert f"{found.kind} {found.code}" == zone


@pytest.mark.parametrize("typed", ["34160 Sainte-Colombe", "46090 Fontanes"])
def test_a_postal_code_of_several_namesakes_is_refused(typed: str) -> None:
    assert "postal code" in refused(typed).why


def test_exact_accents_win_and_folding_lists_all(places: Finder) -> None:
    """Fontanès is never Fontanes; typed without care, both are listed."""
    assert {zone.code for zone in refused("Fontanès").candidates} == {"30114", "34102", "42096"}
    assert {zone.code for zone in refused("fontanès").candidates} == {"30114", "34102", "42096"}
    assert {zone.code for zone in refused("fontanes").candidates} >= {"30114", "34102", "46109"}
    assert places.resolve("Fontanes (46)").code == "46109"
    assert places.resolve("Fontanes (30)").code == "30114"


def test_an_ambiguous_name_lists_its_departments() -> None:
    error = refused("Sainte-Colombe")
    assert len(error.candidates) == 12
    assert '"Sainte-Colombe (05)"' in error.mend
    assert error.mend.endswith("and 4 others.")


def test_a_department_and_a_commune_of_one_name_are_told_apart(places: Finder) -> None:
    """Paris is a commune and a department, unless the field takes only one kind."""
    assert {zone.kind for zone in refused("Paris").candidates} == {"commune", "department"}
    assert places.resolve("Paris", ("commune",)).code == "75056"
    assert places.resolve("département Paris").kind == "department"


def test_a_number_of_department_and_region_is_ambiguous(places: Finder) -> None:
    assert {zone.name for zone in refused("76").candidates} == {"Seine-Maritime", "Occitanie"}
    assert places.resolve("76", ("region",)).name == "Occitanie"


def test_two_epci_of_one_name_are_listed_by_code() -> None:
    mend = refused("CC des Quatre Rivières").mend
    assert '"EPCI 247000623"' in mend
    assert '"EPCI 247400666"' in mend


@pytest.mark.parametrize(
    ("typed", "heir"),
    [
        ("Conques", "12076"),
        ("12114", "12076"),
        ("12218", "12076"),
        ("Le Vigan-en-Quercy", "46334"),
        ("Cransac-les-Thermes (12)", "12083"),
        ("CC du Haut-Languedoc", "200066553"),
    ],
)
def test_a_name_of_another_year_leads_to_the_zone_of_the_contest(typed: str, heir: str) -> None:
    assert [zone.code for zone in refused(typed).candidates] == [heir]


def test_the_contest_s_year_decides_in_occitanie(places: Finder) -> None:
    """Conques-en-Rouergue has its code of 2024, and Senconac is still a commune."""
    assert places.resolve("Conques-en-Rouergue").code == "12076"
    assert places.resolve("Senconac").code == "09287"
    assert places.resolve("Le Vigan (46)").name == "Le Vigan"


def test_a_former_commune_is_not_silently_a_namesake() -> None:
    codes = {zone.code for zone in refused("Fontanes").candidates}
    assert codes == {"46109", "48105"}


def test_a_postal_code_is_refused_with_what_it_serves() -> None:
    """48250 is no zone: it serves communes of two regions."""
    error = refused("48250")
    assert "postal code" in error.what
    assert {zone.code for zone in error.candidates} == {"48021", "48027", "48086"}


def test_a_number_that_is_both_codes_is_refused() -> None:
    """09100 is Pamiers for the post and Couflens for INSEE."""
    error = refused("09100")
    assert error.candidates[0].name == "Couflens"
    assert "Pamiers" in {zone.name for zone in error.candidates}


def test_a_bare_number_is_no_commune_where_postal_codes_are_unknown() -> None:
    """13001 is Aix-en-Provence for INSEE and Marseille for the post."""
    assert [zone.name for zone in refused("13001").candidates] == ["Aix-en-Provence"]


def test_a_lost_zero_is_suggested_not_guessed() -> None:
    """A spreadsheet turns 09029 into 9029."""
    assert [zone.code for zone in refused("9029").candidates] == ["09029"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Milau", "12145"),
        ("Milau (12)", "12145"),
        ("12100 Milau", "12145"),
        ("Castelnaudarie", "11076"),
        ("Saint-Sernin sur Rence", "12248"),
        ("Grand Avignon", "248400251"),
    ],
)
def test_a_near_miss_is_suggested_first(typed: str, meant: str) -> None:
    assert refused(typed).candidates[0].code == meant


def test_a_wrong_department_names_the_right_one() -> None:
    error = refused("Millau (48)")
    assert error.mend == 'Did you mean "Millau (12)"?'
    assert '"XX" is not a department' in refused("Millau (XX)").why


@pytest.mark.parametrize(
    "typed", ["", "   ", "xyzzy", "999999", "99999", "EPCI 1", "x" * 500, "(12)", "\x00", "---"]
)
def test_what_names_no_zone_is_refused(typed: str) -> None:
    assert refused(typed).candidates == ()


def test_a_kind_that_is_not_accepted_is_refused() -> None:
    for typed in ("Occitanie", "région 76", "EPCI 200067155"):
        assert "commune" in refused(typed, ("commune",)).why


@pytest.mark.parametrize(
    ("code", "departments", "regions"),
    [
        ("248400251", ("30", "84"), ("76", "93")),
        ("246401756", ("64", "65"), ("75", "76")),
        ("243100518", ("31",), ("76",)),
    ],
)
def test_an_epci_touches_the_regions_of_its_communes(
    code: str, departments: tuple[str, ...], regions: tuple[str, ...], places: Finder
) -> None:
    zone = places.zone("epci", code)
    assert (zone.departments, zone.regions) == (departments, regions)


def test_six_epci_straddle_the_border_of_occitanie(places: Finder) -> None:
    rows = csv.reader((FOLDER / "epci.csv").read_text(encoding="utf-8").splitlines())
    regions = [row[3].split() for row in rows]
    assert sum("76" in touched and len(touched) > 1 for touched in regions) == 6


def test_the_record_of_a_zone_holds_codes_only(places: Finder) -> None:
    assert places.resolve("Millau").record() == {
        "kind": "commune",
        "code": "12145",
        "departments": ["12"],
        "regions": ["76"],
    }


def test_a_name_is_found_by_code_and_an_unknown_code_stays_itself(places: Finder) -> None:
    assert places.name("commune", "12145") == "Millau"
    assert places.label("commune", "12145") == "Millau (12)"
    assert places.label("commune", "97411") == "Saint-Denis (974)"
    assert places.name("commune", "12114") == "Grand-Vabre"
    assert places.name("region", "76") == "Occitanie"
    assert places.name("epci", "999999999") == "999999999"


@given(st.sampled_from(COMMUNES))
def test_every_commune_is_found_by_what_lists_print(commune: tuple[str, str]) -> None:
    code, name = commune
    zone = gazetteer().resolve(gazetteer().label("commune", code), ("commune",))
    assert (zone.code, zone.name) == (code, name)


@pytest.mark.long
@given(st.text(max_size=40))
def test_any_text_is_found_or_refused(text: str) -> None:
    with suppress(PlaceRefused):
        zone = gazetteer().resolve(text)
        assert gazetteer().zone(zone.kind, zone.code) == zone
