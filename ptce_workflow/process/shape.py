"""What the form of a process is made of: a hash of a folder's tables and their keys.

Written by tools/generate.py; not to be edited.
"""

SHAPE = "5930ac821619"
