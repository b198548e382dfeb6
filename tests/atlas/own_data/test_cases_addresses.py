"""Files that would reach out: virtual rasters, services, addresses, entities (cases 1 to 6)."""

from __future__ import annotations

import json

import pytest

from tests.atlas.own_data.refusing import refused

BLOCKED = pytest.mark.parametrize("isolation", ["blocked"], indirect=True)
"""one way of being kept off the network: the first case takes both"""
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.mark.parametrize("way", ["{}/x.geojson", "/vsicurl/{}/x.geojson", "GeoJSON:{}/x"])
def test_case_01_a_vrt_asks_nobody(trap, isolation, way):
    """VRT text under any name is markup; the address in it is never asked."""
    refused(VRT.format(source=way.format(trap.address)).encode(), "markup")


@BLOCKED
def test_case_02_a_vrt_reads_no_file(isolation):
    """A VRT that names a file of the machine gives no row."""
    refused(VRT.format(source="CSV:/etc/passwd").encode(), "markup")


@BLOCKED
def test_case_03_services_and_pipelines_as_geojson(trap, isolation):
    """WFS XML and a GDALG pipeline are no FeatureCollection."""
    refused(f"<OGRWFSDataSource><URL>{trap.address}</URL></OGRWFSDataSource>".encode(), "markup")
    pipeline = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {trap.address}/x ! write out",
    }
    refused(json.dumps(pipeline).encode(), "not_geojson")
    refused(json.dumps({"type": "Topology", "objects": {}}).encode(), "not_geojson")


@BLOCKED
def test_case_04_rasters_that_point_elsewhere(trap, isolation):
    """VRT and WMS text as .tif is markup."""
    refused(f"<GDAL_WMS><ServerUrl>{trap.address}</ServerUrl></GDAL_WMS>".encode(), "markup")
    refused(
        f"<VRTDataset><SourceFilename>/vsicurl/{trap.address}</SourceFilename></VRTDataset>".encode(),
        "markup",
    )


@BLOCKED
def test_case_05_an_address_is_no_file(trap, isolation):
    """Typed as a file's content or name, an address stays text."""
    refused(f"GeoJSON:{trap.address}/x".encode(), "no_header")
    refused(f"/vsicurl/{trap.address}/x".encode(), "no_header")


@BLOCKED
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_case_06_entities_in_kml_and_gpx(isolation, encoding):
    """KML and GPX are markup, whatever they declare and however they are written."""
    bomb = '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
    refused(bomb.encode(encoding), "markup")
    outside = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>'
    refused(outside.encode(encoding), "markup")
