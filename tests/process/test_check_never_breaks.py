"""Whatever a folder holds, `check` answers: with faults, or with a process that works."""

from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.process import Process
from tests.process.contests import NOW, SMALL, contest
from tests.process.juries import JURY

TABLES = sorted(path for path in JURY if path.endswith(".toml"))
LINES = sorted({line for path in TABLES for line in JURY[path].splitlines() if "=" in line})
KEYS = sorted({line.partition("=")[0].strip() for line in LINES})
VALUES = [
    *sorted({line.partition("=")[2].strip() for line in LINES}),
    *("true", "-1", "0", "1.005", "1e99999999999999999999", "nan", "[]", "{}", '""', "[{}]"),
    *(
        "2024-03-31T02:30:00",
        "2024-03-11",
        "12:00:00",
        "2024-03-11T12:00:00Z",
        "9999-12-31T23:59:59",
    ),
    *('"date.closing + 9999 years"', '"entered.draft - 1 month"', '"sent.receipt"', '"now > now"'),
    *('"1 / 0 == 1"', '"dossier.neighbours > 0"', '"has(dossier.theme)"', '"{ Date.closing }"'),
]
CHANGE = st.tuples(st.sampled_from(TABLES), st.integers(0, 120), st.sampled_from(range(5)))


def changed(text: str, number: int, kind: int, key: str, value: str) -> str:
    """A table of which one line is taken out, doubled, renamed, given another value, or cut."""
    lines = text.splitlines()
    place = number % len(lines)
    name, equals, said = lines[place].partition("=")
    match kind:
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, lines[place])
        case 2:
            lines[place] = f"{key} {equals}{said}" if equals else f"[{key}]"
        case 3:
            lines[place] = f"{name}{equals} {value}" if equals else lines[place]
        case 4:
            lines[place] = lines[place][: len(lines[place]) // 2]
    return "\n".join(lines)


def works(files: dict[str, bytes]) -> None:
    """Judges every way of an accepted folder, and works out what is due."""
    process = Process.load(files)
    for edge in process.every_edge():
        process.judge(edge, Candidature("0", "C-001", edge.origin, NOW, 1), RuleContext(NOW))
    for state in process.states:
        process.due(Candidature("0", "C-001", state, NOW, 1, entered={state: NOW}))


@given(
    st.lists(CHANGE, min_size=1, max_size=3),
    st.lists(st.sampled_from(KEYS), min_size=3, max_size=3),
    st.lists(st.sampled_from(VALUES), min_size=3, max_size=3),
)
def test_check_answers_whatever_the_tables_say(
    changes: list[tuple[str, int, int]], keys: list[str], values: list[str]
) -> None:
    texts = dict(JURY)
    for (path, number, kind), key, value in zip(changes, keys, values, strict=False):
        texts[path] = changed(texts[path], number, kind, key, value)
    files = {path: text.encode() for path, text in texts.items()}
    if not check(files):
        works(files)


@given(st.sampled_from(sorted(SMALL)), st.integers(0, 5_000), st.binary(max_size=8))
def test_check_answers_whatever_the_bytes_are(path: str, place: int, content: bytes) -> None:
    old = SMALL[path].encode()
    place %= len(old)
    new = old[:place] + content + old[place + len(content) :]
    files = contest(write={path: new})
    if not check(files):
        works(files)
