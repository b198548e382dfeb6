"""What the program says, written into a folder, so that a rebuild can be held against it.

    python -m studies.record write FOLDER [PART ...]    # outlets, cli, public, layers, pages
    python -m studies.record write FOLDER outlets=17,1701,2023    # some areas and periods
    python -m studies.record compare BEFORE AFTER       # what differs; versions are masked

Nothing of it is committed: it is recorded before a rebuild and compared after each step, on one
machine. What is asked stands written out in ``asked.py`` and in ``tests/frozen/links.csv``, so two
states are asked the same, and of the same day (``clock/``).
"""
