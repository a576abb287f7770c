"""A letter rendered: its template, its Markdown, its text and HTML.

A person may rewrite a letter. What the program puts around it stays the program's: the greeting,
the signature, and the texts at its end, which tell of remedies and of personal data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from traceback import walk_tb
from types import CodeType
from typing import Any

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
    pass_context,
)
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ptce_workflow.base.runtime import data
from ptce_workflow.base.words import _, did_you_mean, long_instant, nearest, own_language, speaking
from ptce_workflow.process import markdown
from ptce_workflow.process.letters.variables import (
    NAMES,
    Dated,
    Letter,
    Readable,
    Subject,
    Variables,
    parts,
)
from ptce_workflow.process.model.base import TemplateFault
from ptce_workflow.process.model.folder import LAYOUT, Files, mail_file, text_file
from ptce_workflow.process.process import Edge, Process, signature

LONGEST_TEXT = 1_000_000
"""The characters at which a letter, or anything in it, is cut off."""

LONGEST_SOURCE = 200_000
"""The characters of a template: to read one takes a thousand times as much memory."""

MARKS = "(marks)"
"""The name of the marks of a letter in Markdown, in the context of its rendering."""

LINE_BREAK = "\u2028"
"""Stands for a line break that came with a value, until the letter is put together."""

MOST_LOOPS = 2
"""Loops that may stand in one another: a list of lists is gone through, and no more."""

_NODES = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign),
    *(nodes.Name, nodes.Const, nodes.Getattr, nodes.List, nodes.Filter, nodes.Test),
    *(nodes.CondExpr, nodes.Compare, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Sub),
)
_TESTS = ("defined", "undefined")
_NOTATION = {
    "Add": "+",
    "AssignBlock": "set",
    "CallBlock": "call",
    "Concat": "~",
    "Dict": "{ }",
    "Div": "/",
    "FilterBlock": "filter",
    "FromImport": "from",
    "Getitem": "[ ]",
    "Mul": "*",
    "Pow": "**",
    "Scope": "autoescape",
}
"""The notation of nodes that are not called as jinja calls them."""

_LOOP = ("index", "index0", "revindex", "revindex0", "first", "last", "length")
_TAGS_ALONE = re.compile(r"\s*(?:(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})\s*)+")
_TAG_AT_END = re.compile(r"(?<![-+])([%#]\})$")


class Passage(str):
    """A text of the folder in Markdown, its values marked already: it is read with the mail."""

    __slots__ = ()


class Templates:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._compiled: dict[str, Template] = {}

    def read(self, file: str) -> Template:
        """Compiled once. Raises: TemplateFault for a missing or unreadable one."""
        if file in self._compiled:
            return self._compiled[file]
        if file not in self._files:
            raise TemplateFault(_("This template is missing."), file=file)
        try:
            code = compiled(_text_of(self._files, file), file)
        # A template may be nested without end or hold a number of a thousand digits; each breaks
        # another part of the reader.
        except Exception as error:
            raise _unread(error, file) from None
        template = Template.from_code(_sandbox(), code, {})
        return self._compiled.setdefault(file, template)

    def hold(self, file: str, variables: Mapping[str, Any]) -> None:
        """Checks each path of a template, in every branch. Raises: TemplateFault for the first."""
        tree = _parsed(_text_of(self._files, file), file)
        try:
            _hold(tree, {**dict.fromkeys(NAMES), **variables})
        except TemplateFault as fault:
            raise fault.at(file, 0) from None

    def rendered(self, file: str, variables: Mapping[str, Any]) -> str:
        template, pieces, length = self.read(file), list[str](), 0
        try:
            for piece in template.generate(variables):
                pieces.append(piece)
                length += len(piece)
                if length > LONGEST_TEXT:
                    raise _too_long(LONGEST_TEXT)
        # Whatever a template does wrong is reported as its own fault: no other letter waits for it.
        except Exception as error:
            raise _fault_of(error, file) from None
        return "".join(pieces)


def _text_of(files: Files, file: str) -> str:
    text = files[file].decode("utf-8")
    if len(text) > LONGEST_SOURCE:
        raise _too_long(LONGEST_SOURCE)
    if not file.endswith(".md"):
        return text
    # The keys of a mail give way to blank lines, so that faults have their line.
    page = markdown.page_of(text)
    return "\n" * (page.first_line - 1) + page.body


def compiled(text: str, file: str) -> CodeType:
    """A template, compiled; *raises* TemplateFault, or whatever the reader meets."""
    tree = _parsed(text, file)
    _hold(tree, dict.fromkeys(NAMES))
    return _sandbox().compile(tree, file, file)


@lru_cache(128)
def _parsed(text: str, file: str) -> nodes.Template:
    tree = _sandbox().parse(_without_standing_tags(text), file, file)
    for output in tree.find_all(nodes.Output):
        output.nodes = [
            part
            for node in output.nodes
            for part in (node.nodes if isinstance(node, nodes.Concat) else [node])
        ]
    return tree


def _without_standing_tags(source: str) -> str:
    """The source, in which lines of tags alone leave no line, and others keep theirs."""
    raw = re.search(r"\{%[-+]?\s*raw\b", source)
    if raw is not None:
        raise _refused("raw", source.count("\n", 0, raw.start()) + 1)
    return "\n".join(
        line if "}" not in line or _TAGS_ALONE.fullmatch(line) else _TAG_AT_END.sub(r"+\1", line)
        for line in (line.rstrip() for line in source.replace("\r\n", "\n").split("\n"))
    )


def _hold(node: nodes.Node, names: dict[str, Any], loops: int = 0) -> Any:
    """Checks a part of a template, and its paths; the value of a path. Raises: TemplateFault."""
    match node:
        case nodes.Name():
            if node.name not in names:
                what = _('"{name}" does not exist.').format(name=node.name)
                why = _("Known here: {names}.").format(names=", ".join(sorted(NAMES)))
                mend = did_you_mean(nearest(node.name, names))
                raise TemplateFault(what, why, mend, line=node.lineno)
            return names[node.name]
        case nodes.Getattr():
            return _part(_hold(node.node, names, loops), node)
        case nodes.For():
            _hold_loop(node, names, loops)
        case nodes.Assign():
            if isinstance(node.node, nodes.List | nodes.Filter):
                raise _refused("set", node.lineno)
            _bind(node.target, _hold(node.node, names, loops), names)
        case nodes.Compare():
            _compared(_hold(node.expr, names, loops), "", node.lineno)
            for operand in node.ops:
                _compared(_hold(operand.expr, names, loops), operand.op, node.lineno)
        case _:
            _narrow(node)
            for child in node.iter_child_nodes():
                _hold(child, names, loops)
    return None


def _bind(target: nodes.Node, value: Any, names: dict[str, Any]) -> None:
    if not isinstance(target, nodes.Name):
        raise _refused(type(target).__name__.lower(), target.lineno)
    if target.name in NAMES or target.name == "loop":
        what = _('The name "{name}" is taken.').format(name=target.name)
        raise TemplateFault(what, line=target.lineno)
    names[target.name] = value


def _hold_loop(loop: nodes.For, names: dict[str, Any], loops: int) -> None:
    if loop.recursive:
        raise _refused("recursive", loop.lineno)
    items = _hold(loop.iter, names, loops)
    if not isinstance(loop.iter, nodes.Name | nodes.Getattr) or not isinstance(items, list | None):
        raise _no_list(loop.iter if items is None else items, loop.lineno)
    if loops == MOST_LOOPS:
        why = _("At most {most} stand in one another.").format(most=MOST_LOOPS)
        raise TemplateFault(_("This loop stands in too many others."), why, line=loop.lineno)
    inside = {**names, "loop": Readable("loop", _LOOP, lambda _name: None)}
    _bind(loop.target, items[0] if items else None, inside)
    for node in (*([loop.test] if loop.test else ()), *loop.body):
        _hold(node, inside, loops + 1)
    for node in loop.else_:
        _hold(node, names, loops)


def _part(value: Any, node: nodes.Getattr) -> Any:
    if value is None:
        return None
    try:
        if isinstance(value, Readable):
            return value.known_part(node.attr)
        raise _no_parts(node.attr)
    except TemplateFault as fault:
        fault.line = fault.line or node.lineno
        raise


def _compared(value: Any, operator: str, line: int) -> None:
    if isinstance(value, Readable) or (isinstance(value, list) and operator[-2:] != "in"):
        what = _("This cannot be compared: {kind}.").format(kind=_kind(value))
        why = _("Texts and numbers are compared, and looked for in lists of them.")
        raise TemplateFault(what, why, line=line)


def _narrow(node: nodes.Node) -> None:
    if type(node) not in _NODES:
        word = type(node).__name__
        if isinstance(node, nodes.Call):
            word = getattr(node.node, "name", "") or getattr(node.node, "attr", "") or word
        raise _refused(_NOTATION.get(word, word.lower()), node.lineno)
    match node:
        case nodes.List() if not all(isinstance(item, nodes.Const) for item in node.items):
            raise _refused("[ ]", node.lineno)
        case nodes.Filter():
            if node.name not in FILTERS:
                raise _unknown(_('The filter "{name}" is not known here.'), node, FILTERS)
            others = (*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs)
            if not all(isinstance(other, nodes.Const | None) for other in others):
                raise _refused(node.name, node.lineno)
        case nodes.Test() if node.name not in _TESTS:
            raise _unknown(_('The test "{name}" is not known here.'), node, _TESTS)


def _refused(thing: str, line: int) -> TemplateFault:
    what = _('"{thing}" has no place in a letter.').format(thing=thing)
    why = _("Templates print values, ask questions and go through lists; see docs/format.md.")
    return TemplateFault(what, why, line=line)


def _unknown(what: str, node: nodes.Filter | nodes.Test, names: Collection[str]) -> TemplateFault:
    why = _("Known here: {names}.").format(names=", ".join(sorted(names)))
    return TemplateFault(what.format(name=node.name), why, line=node.lineno)


def _no_parts(name: str) -> TemplateFault:
    why = _("Texts, numbers and lists have no parts; docs/format.md names what has.")
    return TemplateFault(_('"{name}" cannot be read here.').format(name=name), why)


def _no_list(value: Any, line: int = 0) -> TemplateFault:
    why = _("Only lists that a letter is given are gone through or joined.")
    return TemplateFault(_("This is no list: {kind}.").format(kind=_kind(value)), why, line=line)


class _Unknown(StrictUndefined):
    """A name that has no value in this letter: it can be asked for, not printed."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return _('"{name}" is not known in this letter.').format(name=self._undefined_name)


class _Sandbox(ImmutableSandboxedEnvironment):
    def __init__(self) -> None:
        super().__init__(
            undefined=_Unknown,
            finalize=_printed,
            # Jinja's own choice goes by `.html` alone, and would leave `.html.j2` open.
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.globals = {}
        self.filters = dict(FILTERS)
        self.tests = {name: self.tests[name] for name in _TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Readable):
            value = obj.part(attribute)
            return self.undefined(name=f"{obj.path}.{attribute}") if value is None else value
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            str(obj)  # raises what is wrong with it
        raise _no_parts(attribute)


@cache
def _sandbox() -> _Sandbox:
    return _Sandbox()


def _text(value: Any) -> str:
    if isinstance(value, Readable | Undefined) or type(value) is int:
        value = str(value)
    if not isinstance(value, str):
        what = _("This is no text and cannot be printed: {kind}.").format(kind=_kind(value))
        why = _("Texts, whole numbers and instants are printed; yes or no is asked with `if`.")
        raise TemplateFault(what, why)
    return value


def _kind(value: Any) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, nodes.Const):
        value = value.value
    kinds = {bool: _("yes or no"), int: _("a whole number"), float: _("a number")}
    kinds |= {str: _("text"), list: _("a list"), nodes.List: _("a list")}
    return kinds.get(type(value), _("something made of parts"))


@pass_context
def _printed(context: Context, value: Any) -> str:
    """The text of a value, its line breaks marked; in Markdown, a mark that stands for it."""
    text = _text(value)
    if isinstance(value, Passage):
        return text
    marks = context.get(MARKS)
    if marks is not None:
        return str(marks.mark(text))
    return text.replace("\r\n", LINE_BREAK).replace("\r", LINE_BREAK).replace("\n", LINE_BREAK)


def _join(value: Any, separator: str = "") -> str:
    if not isinstance(value, list):
        raise _no_list(value)
    texts = [_text(item) for item in value]
    if sum(map(len, texts)) + len(separator) * len(texts) > LONGEST_TEXT:
        raise _too_long(LONGEST_TEXT)
    return separator.join(texts)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "join": _join,
    "length": len,
    "lower": lambda value: _text(value).lower(),
}
"""The filters of letters."""


def _too_long(most: int) -> TemplateFault:
    why = _("A letter, and anything in it, has at most {most} characters.").format(most=most)
    return TemplateFault(_("This template makes a text that is too long."), why)


def _unread(error: Exception, file: str) -> TemplateFault:
    what = _("This template cannot be read.")
    match error:
        case TemplateFault():
            return error.at(file, 0)
        case UnicodeDecodeError():
            return TemplateFault(_("This file is not UTF-8 text."), file=file)
        case TemplateSyntaxError():
            return TemplateFault(what, error.message or "", file=file, line=error.lineno)
    return TemplateFault(what, file=file)


def _fault_of(error: Exception, file: str) -> TemplateFault:
    line = 0
    for frame, number in walk_tb(error.__traceback__):
        if frame.f_code.co_filename == file:
            line = number
    match error:
        case TemplateFault():
            return error.at(file, line)
        case UndefinedError():
            what = _("It is there in some letters only, or not yet.")
            why = _("Ask first: {example}").format(example="{% if … is defined %}")
            return TemplateFault(error.message or "", what, why, file=file, line=line)
    what, why = _("This template fails as the letter is written."), str(error)
    return TemplateFault(what, why or type(error).__name__, file=file, line=line)


REMEDIES, SILENCE, PRIVACY, RANKING = "remedies", "silence", "privacy", "ranking"
"""The texts that the program puts where they belong."""

BY_TIME = "by_time"
"""What the program itself says of a decision that time made."""

FRAME = ("greeting", "question", "farewell", "signed", "opening")
"""What the program says around a mail, in its layout."""

LONGEST_SUBJECT = 250
_PROCESSES_KEPT = 4


class MailSource:
    """The Markdown of a mail to one reader, and its texts, in the language that the folder has."""

    def __init__(self, process: Process, name: str, language: str, subject: Subject) -> None:
        self.process = process
        self.name = name
        self.language = language_of(process, name, language)
        self.file = file_in(process, mail_file, name, self.language)
        self.values = Variables(process, self.language, subject).of(name)
        self.ending = appended(process, name, subject)
        self.marks = markdown.Marks(_prefix(process))

    def parts(self, ending: Collection[str]) -> list[str]:
        """The Markdown of the mail, then of each text it does not print. Raises: TemplateFault."""
        templates, printed = templates_of(self.process), set[str]()
        names = {**self.values, MARKS: self.marks}

        def text(title: str) -> Passage:
            printed.add(title)
            if title == BY_TIME:
                when = self.marks.mark(str(self.values["transition"].part("at")))
                return Passage(_by_time(when, self.language))
            file = file_in(self.process, text_file, title, self.language)
            return Passage(templates.rendered(file, names).strip("\n"))

        mail = {**names, "texts": Readable("texts", titles(self.process), text)}
        source = templates.rendered(self.file, mail).strip("\n")
        return [source, *(text(title) for title in ending if title not in printed)]

    def read(self) -> markdown.Markdown:
        return markdown.read_markdown("\n\n".join(self.parts(self.ending)), self.language)

    def letter(self) -> Letter:
        """The letter to its reader. Raises: TemplateFault when its templates give none."""
        read = self.read()
        if not read.is_mail:
            raise misheaded(read.headings).at(self.file, 0)
        return self.framed(self.marks.fill(read))

    def framed(self, filled: markdown.Filled) -> Letter:
        readers = self.process.definition.notifications[self.name].recipients
        return _framed(self.process, filled, self.language, self.values, readers.read_digest)


def letter(process: Process, name: str, language: str, subject: Subject) -> Letter:
    """The letter to one reader. Raises: TemplateFault, in the language in force."""
    return MailSource(process, name, language, subject).letter()


def draft(process: Process, name: str, language: str, subject: Subject) -> str:
    """The Markdown of a letter, for a person to change. Raises: TemplateFault."""
    source = MailSource(process, name, language, subject)
    return f"{source.marks.written_out(source.parts(())[0])}\n"


def edited(process: Process, name: str, language: str, subject: Subject, own: str) -> Letter:
    """The letter in a person's words. Raises: TemplateFault for words that read otherwise."""
    source, own = MailSource(process, name, language, subject), markdown.shown_alone(own)
    texts = source.parts(source.ending)[1:]
    return source.framed(_typed(own, map(source.marks.written_out, texts), source.language))


def desk_letter(process: Process, language: str, subject: Subject, own: str) -> Letter:
    """A letter that no template of the folder begins. Raises: TemplateFault, as `edited`."""
    filled = _typed(markdown.shown_alone(own), (), language)
    return _framed(process, filled, language, Variables(process, language, subject).shared())


def _typed(own: str, texts: Iterable[str], language: str) -> markdown.Filled:
    """What a person wrote, with the texts after it. Raises: TemplateFault where it is no mail."""
    whole = "\n\n".join((own, *texts))
    read = markdown.read_markdown(whole, language)
    if not read.is_mail:
        raise misheaded(read.headings)
    for loose in read.loose:
        raise unanswered(loose)
    if not markdown.read_markdown(own, language).text:
        raise TemplateFault(_("This mail says nothing below its subject."))
    if len(read.subject) > LONGEST_SUBJECT or len(whole) > LONGEST_TEXT:
        why = _("A subject has at most {subject} characters, a mail {text}.")
        why = why.format(subject=LONGEST_SUBJECT, text=LONGEST_TEXT)
        raise TemplateFault(_("This mail is too long."), why)
    return markdown.Marks(markdown.prefix_of([whole])).fill(read)


def cancellation_letter(process: Process, language: str, subject: Subject, dated: Dated) -> Letter:
    """The letter by which a calendar entry is taken back: no template of the folder says it."""
    values, marks = Variables(process, language, subject).shared(), markdown.Marks(_prefix(process))
    with speaking(own_language(language)):
        title = marks.mark(dated.title)
        when = marks.mark(long_instant(dated.begins, process.zone, language))
        heading = _("Cancelled: {title}, {when}").format(title=title, when=when)
        body = _("You are not expected any more: its entry goes out of your calendar.")
    read = markdown.read_markdown(f"# {heading}\n\n{body}\n", language)
    return _framed(process, marks.fill(read), language, values)


def text_alone(process: Process, name: str, language: str, subject: Subject) -> str:
    """A text of the folder, plain; "" where there is none. Raises: TemplateFault."""
    if text_file(name) not in process.files:
        return ""
    marks = markdown.Marks(_prefix(process))
    values = {**Variables(process, language, subject).shared(), MARKS: marks}
    source = templates_of(process).rendered(file_in(process, text_file, name, language), values)
    return marks.fill(markdown.read_markdown(source.strip("\n"), language)).text


def language_of(process: Process, name: str, language: str) -> str:
    own = process.definition.config.contest.language
    return language if mail_file(name, language) in process.files else own


def appended(process: Process, name: str, subject: Subject) -> tuple[str, ...]:
    """The texts that a mail to the contact ends with, by name: the program's own, the folder's.

    How a decision came about that nobody took, remedies after one that may be contested, how a rank
    is worked out after one that followed one (code des relations entre le public et
    l'administration, L311-3-1), what silence means after a receipt (but where nothing is to
    come any more), and what becomes of personal data in the first mail that a contact gets.
    """
    if process.definition.notifications[name].recipients.are_enrolled:
        return ()
    view, receipt = subject.transition, subject.receipt
    edge = None if view is None else process.edges(view.from_).get(view.name)
    by_rank = edge is not None and (edge.decided or edge.transition.in_order is not None)
    own = view is not None and view.by_time and edge is not None and edge.transition.decision
    case = subject.case
    figures = {} if case is None else case.panels
    waits = case is not None and not process.states[case.state].ends
    owed = {
        BY_TIME: bool(own),
        RANKING: by_rank and any("rank" in figure for figure in figures.values()),
        remedies_of(edge): edge is not None and edge.transition.is_contestable,
        SILENCE: waits and receipt is not None and receipt.sheet not in process.definition.requests,
        PRIVACY: subject.first,
    }
    paths = (BY_TIME, *titles(process))
    return tuple(text for text, due in owed.items() if due and text in paths)


def remedies_of(edge: Edge | None) -> str:
    return (None if edge is None else edge.transition.remedies) or REMEDIES


def _by_time(when: str, language: str) -> str:
    with speaking(own_language(language)):
        text = _(
            "This decision was made automatically on {when}: the program applied the rules of the "
            "contest, and nobody made it. You may ask for a person to look at it: answer this "
            "email."
        )
    return text.format(when=when)


def titles(process: Process) -> list[str]:
    return [path[6:].removesuffix(".md") for path in process.files if path[:6] == "texts/"]


def file_in(process: Process, file: Callable[[str, str], str], name: str, language: str) -> str:
    """The file of a mail or a text in a language, else in that of the folder."""
    own = process.definition.config.contest.language
    other = file(name, "" if language == own else language)
    return other if other in process.files else file(name, "")


def misheaded(headings: Sequence[str]) -> TemplateFault:
    what = _("This mail has {count} headings.").format(count=len(headings))
    why = _("Its subject is its one heading, a line that begins with #.")
    return TemplateFault(what, why, _("Write ## before headings within the mail."))


def unanswered(loose: markdown.Loose) -> TemplateFault:
    what = _("{sign} opens or closes something, and nothing answers it.").format(sign=loose.sign)
    mend = _("Write the sign that is missing, or \\ before a sign that is meant as it is.")
    return TemplateFault(what, _("It would be shown as it stands."), mend)


@lru_cache(_PROCESSES_KEPT)
def _prefix(process: Process) -> str:
    """How the marks of its letters begin: as nothing in its mails and texts does."""
    sources = [text.decode() for file, text in process.files.items() if file[-3:] == ".md"]
    return markdown.prefix_of(sources)


def _framed(
    process: Process,
    filled: markdown.Filled,
    language: str,
    values: Mapping[str, Any],
    for_desk: bool = False,
) -> Letter:
    with speaking(own_language(language)):
        about = str(values["contest"].part("title"))
        if "candidature" in values:
            ref = values["candidature"].part("ref")
            about = _("{contest}, application {ref}").format(contest=about, ref=ref)
        question = "" if for_desk else _question(process, language)
        farewell = "" if for_desk else _("Kind regards,")
        signed, greeting = [*signature(process, language), about], _("Hello,")
        paragraphs = (greeting, question, farewell, signed, filled.opening)
        page = {"language": language, "subject": filled.subject, "body": filled.html}
        frame = parts("frame", dict(zip(FRAME, paragraphs, strict=True)))
        html = templates_of(process).rendered(LAYOUT, {**values, **page, "frame": frame})
    last = "\n".join(filter(None, (farewell, *signed)))
    text = "\n\n".join(part for part in (greeting, filled.text, question, last) if part)
    html = html.replace(LINE_BREAK, "\n").strip()
    return Letter(filled.subject, f"{text}\n", f"{html}\n", language)


def _question(process: Process, language: str) -> str:
    service = process.definition.config.service
    if service is None or not service.telephone:
        return _("A question? Just answer this mail.")
    text = _("A question? Answer this mail, or call {telephone}.")
    if service.hours is not None:
        text = _("A question? Answer this mail, or call {telephone} ({hours}).")
    hours = "" if service.hours is None else service.hours.in_(language)
    return text.format(telephone=service.unbroken_telephone, hours=hours)


@lru_cache(_PROCESSES_KEPT)
def templates_of(process: Process) -> Templates:
    layout = data("process/letters/layout.html.j2").read_bytes()
    return Templates({LAYOUT: layout, **process.files})
