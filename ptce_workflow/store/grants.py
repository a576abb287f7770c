"""The SQL by which the roles of a server's database may do what the program does, and no more.

What is granted is read from the statements themselves: an act that none of them does, such as
changing a line, nobody is granted. Declared here is only which of them are not everybody's, and
what privileges cannot say: whose a line is, and what goes only with a line that tells of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ptce_workflow.store.layout import TABLES
from ptce_workflow.store.postgresql import TEXTS

_OWNER = "owner"
_DESK, _JURY, _SCHEDULER, _AUDITOR = ROLES = ("desk", "jury", "scheduler", "auditor")
"""The roles, each a group of logins; the tables' owner, who begins contests, is none of them."""

ALONE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("insert_contest", "set_moved"), (_OWNER,)),
    "set_passed": (_SCHEDULER,),
    **dict.fromkeys(("add_process_files", "set_process", "clear_counters"), (_DESK,)),
    **dict.fromkeys(("add_person", "remove_person"), (_DESK,)),
    **dict.fromkeys(("remove_side", "remove_document"), (_DESK,)),
    # By a form everybody is judged; it is made of the files of a process.
    **dict.fromkeys(("add_form", "remove_form"), (_DESK,)),
    **dict.fromkeys(("add_candidatures", "insert_document"), (_DESK, _JURY)),
    **dict.fromkeys(("add_mail", "remove_mail", "add_pause", "remove_pause"), (_DESK, _SCHEDULER)),
}
"""Who alone runs a statement: rules, people, erasures; what time never does, nor a juror."""
_WRITERS = (_DESK, _JURY, _SCHEDULER)

_ACT = re.compile(r"(INSERT) INTO (\w+)|(DELETE) FROM (\w+)|(UPDATE) (\w+) SET (.+) WHERE ")
_UPSERT = re.compile(r"INSERT INTO (\w+) .* DO UPDATE SET (.+)")
_SET = re.compile(r"(?:^|, )(\w+) ?=")
VERSION = "schema_version"
"""The table beside ours that says of which version they are."""
_EVERYBODY = "PUBLIC"

Acts = dict[tuple[str, str], set[str]]
"""What may be done: the act and the table, with the columns of an update."""


def acts(role: str) -> Acts:
    """What a role may do with each table, beside reading it."""
    found: Acts = {}
    for name, text in TEXTS.items():
        if role not in ALONE.get(name, _WRITERS):
            continue
        if act := _ACT.match(text):
            verb, table, *changed = (part for part in act.groups() if part)
            found.setdefault((verb, table), set()).update(*map(_SET.findall, changed))
        if upsert := _UPSERT.match(text):
            table, changed_by = upsert.groups()
            found.setdefault(("UPDATE", table), set()).update(_SET.findall(changed_by))
    return found


def table_names() -> list[str]:
    """The names of the tables that hold a contest."""
    return [words[2] for words in map(str.split, TABLES) if words[1] == "TABLE"]


def grants(schema: str, prefix: str) -> str:
    """The script that makes the roles and sets what each may do; it may run any number of times.

    `schema` is where the tables are, `prefix` how the names of the roles begin.
    """
    return ";\n".join((*_grants(schema, {role: f"{prefix}_{role}" for role in ROLES}), ""))


def _grants(schema: str, names: Mapping[str, str]) -> Iterator[str]:
    groups = ", ".join(map(_quoted, names.values()))
    tables = ", ".join(map(_quoted, (*table_names(), VERSION)))
    yield "BEGIN"
    # What a session makes for itself would be looked at first, were it not named last.
    yield f"SET LOCAL search_path = {_quoted(schema)}, pg_temp"
    for name in names.values():
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_text(name)}) "
            f"THEN CREATE ROLE {_quoted(name)} NOLOGIN; END IF; END $$"
        )
    yield f"REVOKE CREATE ON SCHEMA {_quoted(schema)} FROM {_EVERYBODY}"
    yield f"GRANT USAGE ON SCHEMA {_quoted(schema)} TO {groups}"
    yield f"REVOKE ALL ON TABLE {tables} FROM {_EVERYBODY}, {groups}"
    yield f"GRANT SELECT ON TABLE {tables} TO {groups}"
    for role, name in names.items():
        for (verb, table), columns in sorted(acts(role).items()):
            some = f" ({', '.join(map(_quoted, sorted(columns)))})" if columns else ""
            yield f"GRANT {verb}{some} ON TABLE {_quoted(table)} TO {_quoted(name)}"
    for function, body in FUNCTIONS.items():
        yield (
            f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path FROM CURRENT AS $${body}$$"
        )
    for trigger in triggers(_text(names[_SCHEDULER])):
        yield trigger.replace("CREATE ", "CREATE OR REPLACE ")
    yield "COMMIT"


def beyond(rights: Iterable[tuple[str, str, str, str]], scheduler: str) -> Iterator[str]:
    """The statements that take away what is granted to everybody, or to a role beyond its acts.

    `rights` are, each, of whom, which act, on which table and column ("" for all of them);
    `scheduler` names that group, or nobody has set what each may do: then only the former count.
    """
    prefix = scheduler.removesuffix(_SCHEDULER)
    groups = {f"{prefix}{role}": acts(role) for role in ROLES} if scheduler else {}
    wide: dict[tuple[str, str], set[str]] = {}
    for role, act, table, column in rights:
        columns = groups.get(role, {}).get((act, table))
        is_granted = columns is not None and (not columns or column in columns)
        if role == _EVERYBODY or (groups and act != "SELECT" and not is_granted):
            wide.setdefault((role, table), set()).add(f"{act} ({column})" if column else act)
    for (role, table), found in sorted(wide.items()):
        yield f"REVOKE {', '.join(sorted(found))} ON {table} FROM {role}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def triggers(scheduler: str) -> tuple[str, ...]:
    """The statements that set the triggers; `scheduler` is the name of its role, as a text."""
    each = "FOR EACH ROW EXECUTE FUNCTION"
    return (
        f"CREATE TRIGGER ledger_actor BEFORE INSERT ON ledger {each} ptce_actor({scheduler})",
        f"CREATE TRIGGER person_told BEFORE INSERT OR DELETE ON person {each} ptce_person()",
        f"CREATE TRIGGER contest_head BEFORE UPDATE ON contest {each} ptce_head()",
        f"CREATE TRIGGER side_told BEFORE DELETE ON side {each} ptce_erased()",
    )


# Who owns the tables can take a trigger away: it binds everybody else.
_OWN = (
    "IF pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') "
    "THEN RETURN COALESCE(NEW, OLD); END IF;"
)


def _body(declared: str, condition: str, refusal: str, values: str) -> str:
    return (
        f"{declared} BEGIN {_OWN} IF {condition} THEN RETURN COALESCE(NEW, OLD); END IF; "
        f"RAISE EXCEPTION '{refusal}', {values} USING ERRCODE = 'insufficient_privilege'; END"
    )


def _told_now(contest: str, kinds: str, more: str) -> str:
    """The condition that a line of this very transaction tells of something."""
    before = (
        f"SELECT n FROM ledger WHERE contest = {contest} "
        "AND NOT xmin = pg_current_xact_id()::xid ORDER BY n DESC LIMIT 1"
    )
    return (
        "EXISTS (SELECT FROM (SELECT n, convert_from(line, 'UTF8')::json AS told FROM ledger "
        f"WHERE contest = {contest} AND n > ({before})) AS written "
        f"WHERE told ->> 'type' IN ({kinds}) AND {more})"
    )


# Time and the courier have a role, a person has a login; in a rehearsal one plays every part.
_MAY_WRITE = (
    "(actor IN ('scheduler', 'courier') AND typist = actor "
    "AND pg_has_role(session_user, TG_ARGV[0], 'MEMBER')) "
    "OR EXISTS (SELECT FROM person WHERE contest = NEW.contest AND login = session_user "
    "AND active AND pseudonym = typist AND (typist = actor OR roles::jsonb ? 'desk')) "
    "OR EXISTS (SELECT FROM contest JOIN person USING (contest) WHERE contest = NEW.contest "
    "AND rehearsal AND login = session_user AND active)"
)
# A login opens the door: the row has no other than the side row of the line that enrols.
_SAME = (
    "CASE WHEN TG_OP = 'DELETE' THEN true WHEN told ->> 'type' <> 'person_enrolled' "
    "THEN NOT kept.active ELSE (told #>> '{data,roles}')::jsonb = kept.roles::jsonb "
    "AND kept.login IS NOT DISTINCT FROM (SELECT data::json ->> 'login' FROM side "
    "WHERE contest = kept.contest AND n = written.n AND subject = kept.pseudonym) END"
)
_NO_LINE = "no line of this act tells of it (%)"

FUNCTIONS = {
    "ptce_actor()": _body(
        "DECLARE told json := convert_from(NEW.line, 'UTF8')::json; "
        "actor text := told ->> 'actor'; typist text := COALESCE(told ->> 'by', actor);",
        _MAY_WRITE,
        "% writes no line of % here",
        "session_user, typist",
    ),
    "ptce_person()": _body(
        "DECLARE kept person := COALESCE(NEW, OLD);",
        _told_now(
            "kept.contest",
            "'person_enrolled', 'person_left', 'personal_data_erased'",
            "COALESCE(told #>> '{data,person}', told #>> '{data,subject}') = kept.pseudonym "
            f"AND {_SAME}",
        ),
        _NO_LINE,
        "kept.pseudonym",
    ),
    # A head that no line has would keep everybody from writing. It is asked at each act.
    "ptce_head()": _body(
        "",
        "(NEW.contest, NEW.head_n, NEW.head_hash) = (OLD.contest, OLD.head_n, OLD.head_hash) "
        "OR EXISTS (SELECT FROM (SELECT n, line FROM ledger WHERE contest = NEW.contest "
        "ORDER BY n DESC LIMIT 1) AS last WHERE NEW.contest = OLD.contest "
        "AND n = NEW.head_n AND encode(sha256(line), 'hex') = NEW.head_hash)",
        "the head of % is that of its last line",
        "NEW.contest",
    ),
    "ptce_erased()": _body(
        "",
        _told_now(
            "OLD.contest",
            "'personal_data_erased'",
            "told #>> '{data,subject}' = OLD.subject "
            "AND (told #>> '{data,lines}')::jsonb @> to_jsonb(OLD.n)",
        ),
        _NO_LINE,
        "OLD.subject",
    ),
}
"""The functions that the triggers run, and their bodies."""
