"""The hash of the form of a process: of its tables, keys and how values are put.

Written by tools/generate.py from process/process.py and the models; not to be edited.
"""

SHAPE = "4cd0f13ad2a6"
