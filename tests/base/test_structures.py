"""The legal form that a name tells, and names that are alike."""

import pytest

from ptce_workflow.base.structures import Names, legal_form, structure_names
from ptce_workflow.base.words import speaking


@pytest.mark.parametrize(
    ("name", "words", "family"),
    [
        ("Association Les Cèdres bleus", "association", "social"),
        ("Les Amis du Moulin (association loi 1901)", "association", "social"),
        ("SCIC SARL Station A", "scic", "social"),
        ("Menuiserie du Causse, SCOP SA", "scop", "social"),
        ("SCOP-SARL Les Maçons", "scop", "social"),
        ("Coopérative du cuir", "cooperative", "social"),
        ("CUMA de la Lère", "cuma", "social"),
        ("Mutuelle des Bastides", "mutuelle", "social"),
        ("Fondation des Causses", "fondation", "social"),
        ("Groupement d’employeurs du Gers", "groupement d employeurs", "social"),
        ("Association syndicale autorisée du canal", "association syndicale", "public"),
        ("Mairie de Millau", "mairie", "public"),
        ("Commune de Millau", "commune", "public"),
        ("Ville de Toulouse", "ville de", "public"),
        ("CC du Grand Pic Saint-Loup", "cc", "public"),
        ("Communauté de communes Larzac et Vallées", "communaute de communes", "public"),
        ("Toulouse Métropole", "metropole", "public"),
        ("Syndicat mixte des Drailles", "syndicat mixte", "public"),
        ("PETR du Lévezou", "petr", "public"),
        ("Département de l’Aveyron", "departement", "public"),
        ("SAS Filature de Combe Noire", "sas", "company"),
        ("Cycles du Coteau SARL", "sarl", "company"),
        ("S.A.S. Filature", "", ""),
        ("La Maison et sa cour", "", ""),
        ("Ville en transition", "", ""),
        ("Maison des associations", "", ""),
        ("Entraide mutuelle", "", ""),
        ("Laine des Jasses", "", ""),
        ("", "", ""),
    ],
)
def test_a_name_tells_its_legal_form_or_nothing(name: str, words: str, family: str) -> None:
    """A social form goes before that of a company; what may be a plain word tells nothing."""
    found = legal_form(name)
    assert ((found.words, found.family) if found else ("", "")) == (words, family)


def test_the_reason_says_the_form_in_words() -> None:
    with speaking("en"):
        assert str(legal_form("SCIC La Serre")) == (
            '"scic" in the name: Société coopérative d\'intérêt collectif (SCIC), of the social '
            "economy by law."
        )
        assert "only where its statutes say so" in str(legal_form("SAS La Serre"))


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Recycl'Occ", "Recycl’Occ Textile"),
        ("recyclo occ", "Recycl’Occ Textile"),
        ("Herbes Folles", "Les Herbes Folles"),
        ("PTCE Les Herbes-Folles", "Les Herbes Folles"),
        ("éco-pôle alimentaire Nord-Toulousain", "Écopôle alimentaire Nord-Toulousain"),
        ("Ecopole alimentaire du pays tolosan", "Écopôle alimentaire Nord-Toulousain"),
        ("Edenn", "EDENN (Espace de démonstration et d’expérimentation à la nature urbaine)"),
        ("Les Rémendaires", "Les Remendaires"),
        ("Agir durable 2.0", "PTCE Agir durable 2.0"),
        ("La Serre", "La Serre – Le Multiple"),
        ("PEPSS 31", ""),
        ("La Fabrique du Larzac", ""),
        ("Les Cèdres bleus", ""),
        ("Le Quai", ""),
        ("", ""),
    ],
)
def test_known_clusters_are_met_under_each_of_their_names(typed: str, known: str) -> None:
    assert [one.name for one in structure_names("ptce").like(typed)] == ([known] if known else [])


def test_names_are_alike_but_for_spelling_or_what_one_adds() -> None:
    many = [(str(one), f"Jardin partagé {one}") for one in range(1000)]
    names = Names([("A", "Les Cèdres bleus"), ("B", "Chaux devant"), ("C", "Pôle"), *many])
    assert names.like("Collectif des Cèdres bleus") == ["A"]
    assert names.like("Les Cedre bleus") == ["A"]
    assert names.like("Les Cèdres bleus du Larzac") == ["A"]
    assert names.like("Chaud devant") == ["B"]
    assert names.like("Les Cèdres verts") == []
    assert names.like("Jardin partagé 12") == ["12"]
    assert names.like("Pôle") == []
