"""Derives the package's geography from a folder of open data.

    python tools/geography.py FOLDER

FOLDER holds, in UTF-8 and with these columns (others are passed over):

- `communes-france.csv`: code, nom, departement, region, epci_code, epci_nom — the whole country;
- `communes-occitanie-2024.csv`: code, nom, departement, epci_code, epci_nom, codes_postaux — the
  communes of one region in the contest's year, which replace those of the file above;
- `changements-2024-2026-occitanie.csv`: code_2024, code_2026, nom_2026 — what became of them since;
- `communes-deleguees-associees.csv`: code, nom, commune_code — former communes, and what holds
  them now;
- `departements-regions.csv`: code, nom, region, region_nom.

The same sources always give the same bytes. What the files mean is told in
`ptce_workflow/base/geography/README.md`.
"""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

Row = dict[str, str]
TARGET = Path(__file__).parents[1] / "ptce_workflow" / "base" / "geography"


def derive(folder: Path) -> dict[str, str]:
    """The files of the package's geography, by name, from a folder of sources."""
    departments = _read(folder / "departements-regions.csv")
    region_of = {row["code"]: row["region"] for row in departments}
    yearly = _read(folder / "communes-occitanie-2024.csv")
    (region,) = {region_of[row["departement"]] for row in yearly}
    country = _read(folder / "communes-france.csv")
    communes = {row["code"]: row for row in country if row["region"] != region}
    communes |= {row["code"]: row for row in yearly}
    changes = _read(folder / "changements-2024-2026-occitanie.csv")
    former = _read(folder / "communes-deleguees-associees.csv")
    names = {code: row["nom"] for code, row in communes.items()}
    others = sorted(
        {
            *_former_names(former, names, changes),
            *_later_names(changes, names),
            *_later_epci_names(yearly, country),
        }
    )
    real_regions = {
        (row["region"], row["region_nom"]) for row in departments if row["region"] != row["code"]
    }
    return {
        "communes.csv": _table(("code", "name"), sorted(names.items())),
        "departments.csv": _table(
            ("code", "name", "region"),
            [(row["code"], row["nom"], row["region"]) for row in departments],
        ),
        "epci.csv": _table(
            ("code", "name", "departments", "regions", "communes"),
            _epci(communes.values(), region_of),
        ),
        "other_names.csv": _table(("kind", "code", "name", "era", "now"), others),
        "postal_codes.csv": _table(("postal_code", "communes"), _postal_codes(yearly)),
        "regions.csv": _table(("code", "name"), sorted(real_regions)),
    }


def main(arguments: list[str]) -> int:
    """Writes the derived files into the package; 2 when it is not called as it should be."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    for name, text in derive(Path(arguments[0])).items():
        (TARGET / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {text.count(chr(10)) - 1} rows")
    return 0


def _epci(communes: Iterable[Row], region_of: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Each EPCI with the departments and regions that its communes lie in, and how many do."""
    names: dict[str, str] = {}
    within: dict[str, set[str]] = {}
    counts: dict[str, Counter[str]] = {}
    for row in communes:
        if code := row["epci_code"]:
            # Where an EPCI straddles the border of the region, the contest's year names it.
            if code not in names or "codes_postaux" in row:
                names[code] = row["epci_nom"]
            within.setdefault(code, set()).add(row["departement"])
            counts.setdefault(code, Counter())[region_of[row["departement"]]] += 1
    return [
        (
            code,
            names[code],
            " ".join(sorted(within[code])),
            " ".join(sorted(counts[code])),
            " ".join(str(counts[code][region]) for region in sorted(counts[code])),
        )
        for code in sorted(names)
    ]


def _former_names(
    former: Iterable[Row], names: Mapping[str, str], changes: Iterable[Row]
) -> Iterable[tuple[str, ...]]:
    """Communes that were merged before the contest's year, and the commune that holds them."""
    recoded = {row["code_2026"]: row["code_2024"] for row in changes if row["code_2024"]}
    for row in former:
        code, name = row["code"], row["nom"]
        if names.get(code) == name:
            continue  # a commune of its own in the contest's year, or the seat of its namesake
        now = row["commune_code"]
        yield "commune", code, name, "former", now if now in names else recoded[now]


def _later_names(changes: Iterable[Row], names: Mapping[str, str]) -> Iterable[tuple[str, ...]]:
    """Codes and names that came after the contest's year, and the communes that they cover."""
    for row in changes:
        now, code, name = row["code_2024"], row["code_2026"], row["nom_2026"]
        if now and (code, name) != (now, names[now]):
            yield "commune", code, name, "later", now


def _later_epci_names(yearly: Iterable[Row], country: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    then = {row["epci_code"]: row["epci_nom"] for row in yearly}
    since = {row["epci_code"]: row["epci_nom"] for row in country}
    for code, name in then.items():
        if since.get(code, name) != name:
            yield "epci", code, since[code], "later", code


def _postal_codes(yearly: Iterable[Row]) -> list[tuple[str, str]]:
    served: dict[str, list[str]] = {}
    for row in yearly:
        for postal_code in row["codes_postaux"].split():
            served.setdefault(postal_code, []).append(row["code"])
    return [(postal_code, " ".join(sorted(served[postal_code]))) for postal_code in sorted(served)]


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
