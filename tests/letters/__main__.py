"""`python -m tests.letters`: how many sentences tell a fact, by group; `-v` names each function."""

import sys

from tests.letters.sentences import counted, function_of, guarantee, letters, papers

if "-v" in sys.argv[1:]:
    for one in letters():
        read = [f"{path} = {function_of(path)}" for path in one.reads]
        print(f"{one.file} | {one.words} | {'; '.join(read) or guarantee(one) or '–'}")
    for message in papers():
        print(f"{message.function} | {message.words}")
for group, count in counted().items():
    print(f"{count:5} {group}")
