"""Read first by every Python of a recording: for it, today is always the same day.

So ages of figures and the dates on pictures are the same in a recording of next week.
"""

import ctypes
import datetime
import gc

_NOON = datetime.datetime(2026, 12, 1, 12).timestamp()

# the type is written in C and takes no new attribute from outside
(names,) = (
    attributes for attributes in gc.get_referents(datetime.date.__dict__) if "today" in attributes
)
names["today"] = classmethod(lambda cls: cls.fromtimestamp(_NOON))
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.date))
