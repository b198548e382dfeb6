"""The atlas from a terminal: every number of the pages can be had here.

Answers go to stdout and nothing else does; a fault is one line on stderr and exit code 2.
"""

from __future__ import annotations

import io
import logging
import os
import sys

import typer

from atlas.commands import AtlasGroup, complete, system_reason
from atlas.figures import command as figures
from atlas.hotspots import command as hotspots
from atlas.map import command as map
from atlas.method import command as method
from atlas.own_data import command as own_data
from atlas.planner import command as planner
from atlas.public import command as public
from atlas.travel_times import command as travel_times
from data.catalogue import open_catalogue

app = typer.Typer(
    cls=AtlasGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Atlas Trata Perú: the figures, the map and the density from a terminal.",
)
for register in (
    map.register,
    hotspots.register,
    figures.register,
    map.register_files,
    own_data.register,
    planner.register,
    travel_times.register,
    method.register_catalogue,
    public.register,
    method.register_refresh,
):
    register(app)
complete(app)


@app.callback()
def start() -> None:
    """Open the data folder before any command: what is wrong with it is one line."""
    open_catalogue()


def main() -> None:
    """Run the command line; a wrong option is one line as well, never a framed box."""
    if sys.stdout is None:  # closed by whoever started us: there is nobody to answer
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
    if isinstance(sys.stdout, io.TextIOWrapper):  # whatever the terminal says of itself
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    # the log is a server's: of a command the one line says all
    logging.getLogger("atlas").addHandler(logging.NullHandler())
    # the class above every usage fault, wherever this version of typer keeps it
    usage_error: type[Exception] = typer.BadParameter.__mro__[1]
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except usage_error as error:
        if not sys.argv[1:] or type(error).__name__ == "NoArgsIsHelpError":
            print(error.ctx.get_help(), file=sys.stderr)  # pyrefly: ignore[missing-attribute]
        else:
            text = error.format_message()  # pyrefly: ignore[missing-attribute]
            print(f"{' '.join(text.split())} See --help.", file=sys.stderr)
        code = 2
    except (typer.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        # stdout itself failed, a full disk for one: what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"cannot write the answer: {system_reason(error)}", file=sys.stderr)
        code = 2
    except MemoryError:
        print("not enough memory for this; choose larger cells or fewer points", file=sys.stderr)
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
