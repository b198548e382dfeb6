"""The web server: the Streamlit pages, the map's routes and assets, security headers."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

import streamlit as st
from starlette.middleware import Middleware

from maps.routes import map_routes, warmed
from security import SecurityHeaders

app = st.App(
    Path(__file__).resolve().parent / "views" / "main.py",
    lifespan=warmed,
    routes=map_routes(),
    middleware=[Middleware(SecurityHeaders)],
)
