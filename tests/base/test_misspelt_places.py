"""Places as people write them: each is found rightly, or not at all; none is ever taken wrongly."""

import pytest

from ptce_workflow.base.words import speaking
from ptce_workflow.base.zones import PlaceRefused, gazetteer
from tests.cases import thinned

# What was typed, the code that must come out; what may stay unresolved has ? before the code that
# must then be proposed, or ? alone where nothing need be.
TYPED = """
Le Vigan | ?46334
Vigan Le | ?30350
Vigan (Le) | ?30350
Vigan, Le | ?30350
30120 Le Vigan | 30350
30120 Vigan (Le) | 30350
Le Vigan 46300 | 46334
Le Vigan Gard | 30350
Le Vigan (Lot) | 46334
mairie du Vigan (30) | 30350
commune du Vigan | ?30350
mairie de Le Vigan | ?46334
Hospitalet-du-Larzac, L' | 12115
Hospitalet du Larzac (l’) | 12115
Hospitalet du Larzac L' | 12115
commune de l'Hospitalet du Larzac | 12115
Commune de L'Hospitalet-du-Larzac | 12115
L HOSPITALET DU LARZAC | 12115
Bastide Pradines La | 12022
La Bastide Pradines | 12022
Mas-d'Azil (Le) | 09181
Mas d Azil | ?09181
Le Mas d’Azil | 09181
LE MAS D AZIL | 09181
Isle-Jourdain (L') | ?32160
L'isle jourdain | ?32160
L Isle Jourdain (32) | 32160
L’Isle‑Jourdain Gers | 32160
32600 L'Isle Jourdain | 32160
Lisle-Jourdain | ?32160
Millau - Aveyron | 12145
Millau / Aveyron | 12145
Millau, Aveyron | 12145
Millau 12 | 12145
Millau (12) | 12145
MILLAU AVEYRON | 12145
F-12100 Millau | 12145
FR-12100 Millau | 12145
12100 - Millau | 12145
12 100 Millau | 12145
Millau 12100 | 12145
Millau (12100 ) | 12145
12000 Millau | ?12145
Millau (48) | ?12145
Mairie de Millau | 12145
ville de Millau | 12145
Ville de Toulouse | 31555
communes de Millau | 12145
la commune de Millau | 12145
« Millau » | 12145
Millau. | 12145
MILLAU | 12145
Milau | ?12145
Millaud | ?12145
Milllau | ?12145
12100 Milau | ?12145
St Affrique | 12208
ST-AFFRIQUE | 12208
St. Affrique | 12208
Saint Affrique 12400 | 12208
S. Affrique | ?12208
Ste Enimie | ?48146
Sainte-Énimie (48) | ?48146
Gorges du Tarn-Causses | 48146
Toulous | ?31555
Tolouse | ?31555
31000 TOULOUSE CEDEX 4 | 31555
31000 TOULOUSE CEDEX | 31555
Toulouse Cédex | 31555
31062 Toulouse Cedex 09 | 31555
31 000 Toulouse | 31555
TOULOUSE 31000 | 31555
Toulouse (Haute Garonne) | 31555
Toulouse Haute-Garonne | 31555
toulouse haute garonne | 31555
34000 MONTPELLIER CEDEX 04 | 34172
Montpelier | ?34172
Carcasonne | ?11069
Carcassone | ?11069
Perpignant | ?66136
Nimes | 30189
NÎMES | 30189
Ales | 30007
Beziers | 34032
Sete | 34301
Rodés | 66165
Rodez Aveyron | 12202
9000 Foix | 09122
09000 Foix | 09122
Pamier | ?09225
Bagnols sur Ceze | 30028
Bagnols/Cèze | ?30028
Bagnols s/ Cèze | ?30028
Amelie-les-Bains | ?66003
Font Romeu | ?66124
Castelnaudarie | ?11076
Castelsarrazin | ?82033
Gailllac | ?81099
Lacaune les Bains | ?
Cransac-les-Thermes | ?12083
Conques | ?12076
Grand Vabre | ?12076
Saint-Cyprien-sur-Dourdou | ?12076
Saint-Cyprien | ?66171
St Cyprien 66 | 66171
Saint-Cyprien 66750 | 66171
Labastide-Murat | ?46138
Coeur de causse | 46138
Le Bleymard | ?48027
Sainte Colombe | ?
Villefranche de rouergue | 12300
Villefr. de Rouergue | ?12300
12200 Villefranche de Rgue | ?12300
La Bastide-Rouairoux | ?81115
Labastide Rouairoux | 81115
Saint Etienne Vallée Française | 48148
SAINT-ETIENNE-VALLEE-FRANCAISE | 48148
Florac 3 Rivières | ?48061
Florac Trois-Rivières | 48061
Beaucaire | ?30032
Beaucaire Gard | 30032
Beaucaire 30300 | 30032
Prades | ?66149
66500 Prades | 66149
Gourdon | ?46127
Gourdon (Lot) | 46127
Fontanes | ?46109
Fontanès | ?30114
fontanes hérault | 34102
Saint Pons | ?
St Pons de Thomieres | 34284
Uzes | 30334
Ceret | 66049
Oo | 31404
Albi et Gaillac | ?
CC Larzac et Vallées | 241200906
Communauté de communes Larzac et Vallées | 241200906
C.C. Larzac et Vallées | ?241200906
comcom Larzac et Vallées | ?241200906
Grand Avignon | ?248400251
CA Grand Avignon | ?248400251
Grand Pic Saint Loup | ?200022986
Grand Pic Saint Loup (34) | ?200022986
Pays de Nay | ?246401756
toulouse metropole | 243100518
la Lozère | 48
le Gard | 30
l’Hérault | 34
Département de la Lozère | 48
departement du gard | 30
Dept de l'Herault | 34
la région Occitanie | 76
Region occitanie | 76
PETR du Lévezou | ?
Larzac | ?24230
Tarascon | ?09306
Tarascon (13) | 13108
le Sud-Aveyron | ?
quartiers nord de Toulouse | ?
Banassac (48) | ?48017
48500 Banassac | ?48017
31 - Haute-Garonne | ?31
Toulouse 3e | ?31555
Grand Figeac | ?200067361
"""
CASES = [tuple(line.split(" | ")) for line in TYPED.strip().splitlines()]


@pytest.mark.parametrize(
    ("typed", "wanted"), thinned(CASES, 4), ids=[typed for typed, _wanted in CASES]
)
def test_a_misspelt_place_is_right_or_unresolved(typed: str, wanted: str) -> None:
    with speaking("en"):
        try:
            found, proposed = gazetteer("region 76").resolve(typed).code, []
        except PlaceRefused as refused:
            found, proposed = "", [zone.code for zone in refused.candidates]
    assert found == ("" if wanted.startswith("?") else wanted)
    assert wanted.lstrip("?") in ("", found, *proposed[:3])


@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        ("Banassac (48)", ["48017"]),
        ("48500 Banassac", ["48017"]),
        ("31 - Haute-Garonne", ["31"]),
        ("Toulouse 3e", ["31555"]),
        ("Tolouse", ["31555"]),
        ("Castelsarrazin", ["82033", "40074"]),
        ("Andorre-la-Vieille", []),
        ("Saint-Affrique et le Pays de Cocagne", []),
    ],
)
def test_no_place_is_proposed_that_is_called_quite_otherwise(
    typed: str, proposed: list[str]
) -> None:
    with pytest.raises(PlaceRefused) as refused:
        gazetteer("region 76").resolve(typed)
    assert [zone.code for zone in refused.value.candidates] == proposed


def test_there_are_enough_of_them() -> None:
    assert len({typed for typed, _wanted in CASES}) == len(CASES) >= 140


def test_the_region_of_the_contest_comes_first_and_decides_nothing() -> None:
    with pytest.raises(PlaceRefused) as anywhere:
        gazetteer().resolve("Saint-Cyprien")
    with pytest.raises(PlaceRefused) as there:
        gazetteer("region 76").resolve("Saint-Cyprien")
    assert anywhere.value.candidates[0].code == "19195"
    assert there.value.candidates[0].code == "66171"
    assert {*anywhere.value.candidates} == {*there.value.candidates}


def test_a_straddling_epci_says_how_many_communes_lie_where() -> None:
    with speaking("en"):
        told = gazetteer("region 93").straddling("248400251")
        assert gazetteer("region 76").straddling("248400251") == (
            "CA du Grand Avignon (COGA) straddles regions. Its 16 communes: Occitanie 7, "
            "Provence-Alpes-Côte d'Azur 9."
        )
    assert told.index("Provence") < told.index("Occitanie")
