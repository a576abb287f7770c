"""What the form of a process is made of: a hash of tables, keys and how values are put.

Written by tools/generate.py; not to be edited.
"""

SHAPE = "287313264808"
