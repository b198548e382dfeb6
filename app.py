"""The web server: the Streamlit pages, the map's routes and assets, the public page and the API.

With ATLAS_TIER=public there are no Streamlit pages and Streamlit is not imported.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from starlette.middleware import Middleware
from starlette.types import ASGIApp

from atlas.public.routes import public_app, public_routes
from atlas.settings import (
    ServerTier,
    SettingError,
    base_url,
    contact,
    current,
    dashboard_url,
    named_hosts,
    named_proxies,
    require_guarded,
    unnamed_hosts,
)
from atlas.web.security import FrontDoor, OnlyThroughProxy, SecurityHeaders, frame_ancestors
from atlas.web.slow_clients import limit_requests
from data.catalogue import open_catalogue
from geo.errors import GeoError, ParameterError
from geo.privacy.minimum_count import k_anonymity

os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

app: ASGIApp
try:
    open_catalogue()
except GeoError as error:
    sys.stderr.write(f"{error}\n")
    raise SystemExit(2) from None
try:
    _tier = current()
    # a wrong setting stops the start, whichever page would have needed it first
    for setting in (
        frame_ancestors,
        named_hosts,
        named_proxies,
        base_url,
        contact,
        dashboard_url,
        k_anonymity,
    ):
        setting()
    limit_requests(has_sockets=_tier is not ServerTier.PUBLIC)
    if _tier is ServerTier.PUBLIC:
        if "streamlit" in sys.modules:
            raise SettingError(
                "ATLAS_TIER=public runs without Streamlit: start it with `make run`, or with "
                "`uvicorn app:app`, not with `streamlit run`."
            )
        app = public_app()
    else:
        from atlas.web.uploads import (
            UploadGuard,
            guard_process,
            keep_uploads_in_memory,
            old_parser,
            sweeping,
        )

        if _tier is ServerTier.NGO:
            guard_process()
            if warning := old_parser():
                sys.stderr.write(f"{warning}\n")

        import streamlit as st

        from atlas.map.routes import map_routes, warm_up
        from atlas.web.errors import ErrorPages
        from atlas.web.first_look import FirstLook
        from atlas.web.packed_files import PackedFiles

        require_guarded(st.get_option("server.address"))
        if warning := unnamed_hosts(st.get_option("server.address")):
            sys.stderr.write(f"{warning}\n")
        keep_uploads_in_memory()
        _guard = [Middleware(OnlyThroughProxy)] if _tier is ServerTier.NGO else []
        _uploads = Middleware(UploadGuard, is_open=_tier is ServerTier.NGO)
        app = st.App(
            Path(__file__).resolve().parent / "atlas" / "web" / "main.py",
            lifespan=partial(sweeping, begin=warm_up),
            routes=[*map_routes(), *public_routes()],
            middleware=[
                Middleware(SecurityHeaders),
                Middleware(ErrorPages),
                *_guard,
                Middleware(FrontDoor),
                _uploads,
                Middleware(FirstLook),
                Middleware(PackedFiles),
            ],
        )
except (SettingError, ParameterError) as error:
    # one line on stderr and no traceback: the operator is to change a setting, not the program
    raise SystemExit(str(error)) from None
