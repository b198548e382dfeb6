"""Outreach sites reach no public path: what answers the public never loads the planner."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from benchmarks.browser import ROOT

ASKED = """
import json, sys
from public.site import site_files
from starlette.testclient import TestClient
from public.routes import public_app
client = TestClient(public_app(), base_url="http://127.0.0.1")
site_files(period="2023", base_url=None)
for path in ("/public/es", "/api/v1/regions.json", "/api/v1/regions.csv", "/api/v1/meta.json"):
    assert client.get(path).status_code == 200, path
# no address of the planner is answered either
closed = ("/planificador", "/mis-datos", "/plan.geojson")
answers = [client.get(path).status_code for path in closed]
print(json.dumps({"loaded": sorted(sys.modules), "answers": answers}))
"""
CLOSED = ("siting", "plan", "planning", "own_", "outreach", "records")
"""how the modules begin that choose sites or hold an organisation's records"""


def test_the_public_server_never_loads_the_planner() -> None:
    """Page, site and API are made, and no module that knows an outreach site was imported."""
    kept = {name: text for name, text in os.environ.items() if name != "ATLAS_TIER"}
    ran = subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=ROOT,
        env={**kept, "ATLAS_TIER": "public"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout)
    ours = [
        name
        for name in told["loaded"]
        if name.split(".")[0] in ("geo", "maps", "exports", "views", "records", "data")
    ]
    assert "geo.disclosure" in ours
    assert [name for name in ours if name.split(".")[-1].startswith(CLOSED)] == []
    assert [name for name in ours if name.split(".")[0] in ("records", "views")] == []
    assert told["answers"] == [404, 404, 404]
