"""An organisation's own records: read in a child without network, judged row by row.

Nothing here writes to disk or to a log. What a refusal says is a code and the name of a column,
never a value; what a report repeats of a cell goes to the terminal of its owner only.
"""
