"""Who plays in the rehearsal: the people, the dossiers by their numbers, the addresses."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
ZONE = ZoneInfo("Europe/Paris")

DESK = "bureau"
INTERN = "stagiaire"
REVIEWER = "direction"
SEATS = {
    "sgar": "SGAR",
    "cress": "CRESS",
    "dreets": "DREETS",
    "region": "Région",
    "coorace": "Coorace",
    "banque_des_territoires": "Banque des Territoires",
}
LATE_SEAT, TABLE_SEAT, CORRECTED_SEAT = "region", "banque_des_territoires", "dreets"
LINKED_SEAT, ABSENT_SEAT, CHAIR = "coorace", "banque_des_territoires", "sgar"

FIRST, MISTAKEN, MISTYPED, LEAVES, COMPLETED = 1, 2, 3, 4, 5
EXCUSED, RETURNED, SILENT, FOUND_LATER = 6, 7, 8, 9
TENTH, ELEVENTH, BELOW = 10, 11, 12
DIRECT, OUTSIDE, ALONE, LATE, TWELFTH, UNFINISHED, AGAIN = 13, 14, 15, 16, 17, 18, 19
EARLY, AFTER_MEETING = range(1, 9), range(9, 16)
SENT = (1, 2, 3, 4, 6, 7, 8, *range(10, 16))
COMPETING = (*range(1, 13), TWELFTH)
SCORED = (*COMPETING, ALONE)
EXAMINED = (*range(1, 16), TWELFTH)

ABSENT = {"session_1": {"Vergers de la Solane", "Épicerie de la Serre"}, "session_2": set[str]()}
"""The structures that did not come, by day."""
UNSEEN = "Filature de Combe Noire"
"""It signed on the back of the second day's sheet."""

WRONG_ADDRESS = "contact@roue-libre-en-comminges.example"
RIGHT_ADDRESS = "bonjour@roue-libre.example"

SCRIPT, REPLAY = "rehearsal.txt", "replay.html"
"""All that is typed and answered, and the page that replays it, in its folder."""
RECEIVED, GRIDS, PAPERS = "received", "grids", "papers"
"""Folders of the played contest: mails, what institutions and people fill in, what is printed."""
NEXT_CONTEST = "ami"
"""The folder, in it, of the contest that candidatures are handed over to."""
