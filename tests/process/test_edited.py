"""A letter as a person may rewrite it: its Markdown says what the letter says, and nothing else."""

from hypothesis import example, given
from hypothesis import strategies as st

from ptce_workflow.process.markdown import Marks, prefix_of, read_markdown

VALUES = st.text(st.sampled_from("ab1 *_[]\\#>-+.)(!\n<&é«:"), min_size=1, max_size=24)


def text_of(source: str) -> str:
    """What the text of a letter says, without its subject."""
    return Marks(prefix_of([source])).fill(read_markdown(f"# Subject\n\n{source}", "en")).text


def written_out(source: str, *values: str) -> str:
    """A source in which `zq0z`, `zq1z` … give way to values."""
    marks = Marks("zq")
    marks.values += values
    return marks.written_out(source)


@given(VALUES)
@example("1. one")
@example("- an item")
@example("# no heading")
@example("*strong* and _more_")
@example("[a](https://b.example)")
@example("two\nlines")
@example("back\\")
@example("1")
def test_a_value_says_itself(value: str) -> None:
    lines = [" ".join(line.split()) for line in value.split("\n")]
    told = "\n".join(line for line in lines)
    for before in ("", "Dear "):
        shown = text_of(written_out(f"{before}zq0z.", told))
        assert shown.split() == f"{before}{told}.".split()


def test_values_stand_in_the_place_of_their_marks() -> None:
    """What a value holds cannot be taken for the mark of another."""
    source = written_out("Dear zq0z, zq1z.", "zq1z *A*", "B")
    assert source == "Dear zq1z \\*A\\*, B."
