"""What a shell offers while a line is typed, and the scripts by which shells ask for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import alike, meant

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Words = Mapping[str, str]
"""What may be typed, and what each of them stands for; where that is nothing, it is empty."""
SCRIPTS = {
    "bash": r"""_ptce() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        # A shell that types one after the other takes what stands before the explanation.
        [[ $COMP_TYPE == 37 ]] && line=${line%%  (*}
        COMPREPLY+=("$line")
    done < <(_PTCE_COMPLETE=bash "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _ptce ptce
""",
    "zsh": r"""(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
_ptce() {
    local -a found join
    found=("${(@f)$(_PTCE_COMPLETE=zsh "$words[1]" "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    [[ -n $found ]] || { _files; return; }
    [[ ${found[1]%%:*} == *= ]] && join=(-S '')
    _describe -V ptce found -U "${join[@]}"
}
compdef _ptce ptce
""",
    "fish": r"""function __ptce
    set -l typed (commandline -opc) (commandline -ct)
    set -l found (_PTCE_COMPLETE=fish $typed[1] $typed[2..] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$typed[-1]"
    end
end
complete -c ptce -f -a '(__ptce)'
""",
}


def as_lines(shell: str, items: Sequence[CompletionItem], begun: str) -> list[str]:
    """A line for each, as its shell reads it: in bash, without what stands before its word."""
    option = "".join(begun.rpartition("=")[:2]) if begun.startswith("-") else ""
    cut = 0 if option else max(map(begun.rfind, ":=")) + 1
    lines = []
    for item in items:
        text = " ".join((item.help or "").split())
        if shell == "zsh":
            lines.append(option + item.value.replace(":", r"\:") + f":{text}")
        elif shell == "fish":
            lines.append(f"{option}{item.value}\t{text}")
        else:
            # A single one is put into the line; several are shown, up to where they differ.
            shows = text and item.type == "key" and len(items) > 1
            lines.append(item.value[cut:] + (f"  ({text})" if shows else ""))
    return [*filter(None, lines)]


def offered(found: Words, begun: str) -> list[CompletionItem]:
    """Those that begin as typed; else the only one of which what it stands for holds that."""
    from click.shell_completion import CompletionItem

    typed = alike(begun)
    keys = [key for key in found if alike(key).startswith(typed)]
    if not keys:
        named = [key for key, label in found.items() if typed in alike(label)]
        keys = named if len(named) == 1 else []
    return [CompletionItem(key, "key", found[key]) for key in keys]


def references(call: Any) -> Words:
    contest = call.contest
    with contest.looking() as tx:
        hidden = tx.hides(tx.process.definition.config.contest.name_field)
        rows = tx.unit.briefs(contest.id)
        return {row.ref: "" if hidden else row.name or "" for row in rows}


def _mails(ctx: click.Context) -> Words:
    """Those that have not ended."""
    from ptce_workflow.process.letters.message import ENDED

    contest = ctx.obj.contest
    with contest.looking() as tx:
        rows, known = tx.unit.messages(contest.id), _texts(tx.process.definition.notifications)
        return {row.name: known.get(row.notification, "") for row in rows if row.stage not in ENDED}


def _people(ctx: click.Context) -> Words:
    from ptce_workflow.app.people import list_people

    every = list_people(ctx.obj.contest)
    return {one.pseudonym: one.private.get("name", "") for one in every if one.active}


def _fields(ctx: click.Context) -> Words:
    sheets = _definition(ctx).sheets
    [sheet] = meant(ctx.params["sheet"], {name: x.label.spoken() for name, x in sheets.items()})
    return _texts(sheets[sheet].fields, "=")


def _ways(ctx: click.Context, refs: Sequence[str]) -> dict[str, Any]:
    """What whoever types may make of some candidatures, by name."""
    with ctx.obj.contest.looking() as tx:
        cases, may = tx.load(refs), {*tx.actor.roles}
        edges = [edge for case in cases for edge in tx.process.edges(case.state).values()]
    return {edge.name: edge.transition for edge in edges if may & {*edge.roles}}


def _steps(ctx: click.Context) -> Words:
    """The references that `advance` moves, then its transitions, then what one of them asks for."""
    refs, named = [], ""
    for word in (word for word in ctx.params["words"] or () if "=" not in word):
        try:
            refs.append(ctx.obj.reference(word))
        except Misuse:
            named = word
    others = {ref: name for ref, name in references(ctx.obj).items() if ref not in refs}
    ways = _ways(ctx, refs)
    if not named:
        return _texts(ways) | others
    return _texts({name: _definition(ctx).field(name) for name in ways[named].asks}, "=")


def _answers(ctx: click.Context) -> Words:
    """The requests that there are, then the answers of the one that is named."""
    requests, request = _definition(ctx).requests, ctx.params["request"]
    return _texts(requests[request].transitions if request else requests)


def _states(ctx: click.Context) -> Words:
    """Those of candidatures, or of mails for a command of theirs."""
    if (ctx.parent or ctx).info_name == "mail":
        from ptce_workflow.reports.mail import stage_labels

        return stage_labels()
    return _texts(ctx.obj.contest.process.states)


def _definition(ctx: click.Context) -> Any:
    return ctx.obj.contest.process.definition


def _texts(labelled: Mapping[str, Any], sign: str = "") -> dict[str, str]:
    return {f"{name}{sign}": one.label.text for name, one in labelled.items()}


def _offering(find: Callable[[click.Context], Words]) -> Callable[..., list[CompletionItem]]:
    return lambda ctx, _param, incomplete: offered(find(ctx), incomplete)


_NOTIFICATION = _offering(lambda ctx: _texts(_definition(ctx).notifications))
OFFERS = {
    **dict.fromkeys(("actor", "who"), _offering(_people)),
    **dict.fromkeys(("message", "messages"), _offering(_mails)),
    **dict.fromkeys(("--notification", "--notification only"), _NOTIFICATION),
    **dict.fromkeys(("request", "answer"), _offering(_answers)),
    "words": _offering(_steps),
    "transition": _offering(lambda ctx: _texts(_ways(ctx, [ctx.obj.reference(ctx.params["ref"])]))),
    "facts": _offering(_fields),
    "--state": _offering(_states),
}
"""What is offered for parameters whose type does not say it, as they are declared."""
