"""The words of the replay page's own chrome; what happened is told by the book."""

from __future__ import annotations

from collections.abc import Mapping

from ptce_workflow.base.words import N_, nN_

WORDS: Mapping[str, str | tuple[str, str]] = {
    # The head and the foot.
    "over": N_("Replay of the contest"),
    "rehearsal": N_("rehearsal"),
    "counts": N_("What the record holds"),
    "views": N_("Views"),
    "foot": nN_("{count} line; hash of the last:", "{count} lines; hash of the last:"),
    "empty": N_("This record holds no line."),
    # The views.
    "path": N_("The way"),
    "first": N_("to look at first"),
    "journal": N_("The record"),
    "jury": N_("The panel"),
    "mails": N_("Mails"),
    "check": N_("The check"),
    "lost": N_("This page has nothing of that name"),
    # The time line.
    "time": N_("Time"),
    "slider": N_("Instant that is shown"),
    "begin": N_("Beginning"),
    "back": N_("Previous"),
    "next": N_("Next"),
    "end": N_("End"),
    "jump": N_("Go to a date…"),
    "moved": nN_("{count} moved:", "{count} moved:"),
    "and_others": nN_("and {count} other", "and {count} others"),
    "nobody_moved": nN_("{count} line, nobody moved", "{count} lines, nobody moved"),
    # The diagram, and where each stands.
    "diagram": N_("States; each button shows those that stand there"),
    "state_holds": nN_("{state}: {count}", "{state}: {count}"),
    "where": N_("Where each stands"),
    "only": N_("Only those in the state “{state}”."),
    "show_all": N_("Show all"),
    "moved_now": N_("has just moved"),
    "since": N_("since"),
    "find": N_("Search"),
    "filter": N_("Show only"),
    "all": N_("All"),
    "of": N_("{shown} of {total}"),
    "more": N_("Show more"),
    "shown": N_("{shown} of {total} shown"),
    "nothing": N_("Nothing at this instant."),
    # The heads of the tables.
    "n": N_("no."),
    "line": N_("line"),
    "when": N_("when"),
    "who": N_("who"),
    "ref": N_("ref."),
    "what": N_("what"),
    "name": N_("name"),
    "state": N_("state"),
    "name_erased": N_("(name erased)"),
    "name_left_out": N_("(name left out)"),
    # A line.
    "line_n": N_("Line {n}"),
    "bytes": N_("Bytes of line {n}"),
    "beside_erased": N_("(what stood beside it was erased)"),
    "its_hash": N_("Its hash:"),
    "rules_held": nN_("{count} rule held", "{count} rules held"),
    "all_lines": N_("All lines"),
    # What an auditor looks at first.
    "first_lead": N_(
        "What is out of the usual course: none of it is wrong by itself, all of it is worth a look."
    ),
    # A candidature.
    "stands": N_("{state} since {when}."),
    "not_yet": N_("Not yet open at this instant."),
    "story": N_("Its story"),
    # Mails.
    "mail": N_("no."),
    "recipient": N_("recipient"),
    "due": N_("due"),
    "became": N_("what became of it"),
    "after": N_("({time} later)"),
    "in_trouble": N_("mails late or failed"),
    # The jury.
    "jury_lead": N_("Marks, means and ranks as the lines hold them: this page computes none."),
    "scale": N_("scale"),
    "rank": N_("rank"),
    "mean": N_("mean"),
    "marks": N_("marks given"),
    "spread": N_("spread"),
    "decided": N_("decided then"),
    "stands_now": N_("stands now"),
    "tied": nN_("({count} share it)", "({count} share it)"),
    "cut": N_("Cut:"),
    "criterion": N_("criterion"),
    "recorded": N_("recorded mean"),
    "stepped_aside": N_("stepped aside"),
    "no_opinion": N_("no opinion"),
    "ranked": N_("Rank {rank}"),
    "recorded_mean": N_("recorded mean {mean}"),
    "sittings": N_("Sittings, votes, deviations"),
    # The check.
    "checking": N_("Checking the chain…"),
    "badge_whole": N_("Chain whole, {head}…"),
    "badge_broken": N_("Chain broken at line {n}"),
    "badge_side": N_("Line {n}: what it vouches for was changed"),
    "chain_whole": nN_(
        "{count} line: it has its number and names the hash of the one before.",
        "{count} lines: each has its number and names the hash of the one before.",
    ),
    "chain_broken": N_(
        "Line {n} does not follow from the one before it, or is not the one that should come last."
    ),
    "sides_opened": N_(
        "{opened} of {count} fingerprints of erasable texts compared with their text: each agrees."
    ),
    "sides_closed": N_(
        "None of the {count} fingerprints of erasable texts can be compared here: this page leaves "
        "the texts out, or they were erased. `ptce verify` compares those that are kept."
    ),
    "side_wrong": N_("What stands beside line {n} is not what the line vouches for."),
    "head": N_("Hash of the last line:"),
    "by_browser": N_("Computed by the browser's own SHA-256 (WebCrypto)."),
    "by_page": N_("Computed by the page's own SHA-256: this browser offers none here."),
    "proves": N_("What this proves, and what not"),
    "proves_this": N_(
        "These bytes are consistent with themselves: no line was changed, inserted or taken away "
        "without those after it being written anew."
    ),
    "proves_not": N_(
        "It does not prove that they are the contest's: whoever rewrites the record can make this "
        "page anew. Compare a hash with the checkpoint or the mail that you hold. Whether each "
        "decision was lawful, `ptce verify` says, not this page."
    ),
    "proves_told": N_(
        "The sentences are told by ptce from these lines and from the rules; names, labels and "
        "rules are not part of the chain."
    ),
    "held": N_("A hash that you hold"),
    "held_how": N_(
        "Paste a hash (of a line, a file, a mail) or a whole checkpoint. Its signature is not "
        "checked here."
    ),
    "ask": N_("Look for it"),
    "no_hash": N_("This is no hash: 8 to 64 hexadecimal digits, or 44 signs of base64."),
    "hash_found": N_("It is the hash of line {n}, of {when}."),
    "hash_named": N_("No line has this hash, but line {n} names it."),
    "hash_unknown": N_("No line has this hash, and none names it."),
    "note_kept": N_("This record continues the checkpoint: line {n}, of {when}, has its hash."),
    "note_other": N_("Line {n} has another hash: this record does not continue the checkpoint."),
    "note_beyond": N_("The checkpoint is of line {n}, which this record does not have."),
    "bytes_saved": N_("The bytes themselves"),
    "save_how": N_(
        "Save the record, and check it without this page: the second command gives the hash of "
        "the last line."
    ),
    "save": N_("Save the record (JSONL)"),
    "this_page": N_("This page"),
    "made": N_("Made by {by} on {when}."),
    "from_line": N_("Rules in force from line"),
}
"""Each by the name that the page calls it; two where it counts, of which `{count}` chooses."""
