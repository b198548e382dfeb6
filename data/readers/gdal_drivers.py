"""Which drivers GDAL has, told before it is loaded: two in the child, few in the server."""

from __future__ import annotations

import os

ALLOWED_DRIVERS = frozenset({"ESRI Shapefile", "GPKG", "MEM"})
OTHER_DRIVERS = (
    *("ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN"),
    *("DXF", "EDIGEO", "EEDA", "ESRIJSON", "Elasticsearch", "FlatGeobuf", "GDALG", "GML"),
    *("GPSBabel", "GPX", "GTFS", "GeoJSON", "GeoJSONSeq", "GeoRSS", "HTTP", "Idrisi"),
    *("JML", "JSONFG", "KML", "LIBKML", "LVBAG", "MBTiles", "MVT", "MapInfo File", "MapML"),
    *("MiraMonVector", "NGW", "OAPIF", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT"),
    *("OSM", "OpenFileGDB", "PCIDSK", "PDF", "PDS4", "PGDUMP", "PLSCENES", "PMTiles"),
    *("S57", "SQLite", "SXF", "Selafin", "TopoJSON", "VDV", "VFK", "VICAR", "WAsP", "WFS"),
    *("XLSX", "VRT", "WMS", "WMTS", "GTI", "GTiff", "COG", "netCDF", "HDF5", "JP2OpenJPEG"),
)
"""Drivers of the pinned wheels that are switched off, vector first, then raster."""
RASTER_DRIVERS = (
    *("AAIGrid", "ACE2", "ADRG", "AIG", "AirSAR", "BAG", "BIGGIF", "BLX", "BMP", "BSB", "BT"),
    *("BYN", "CALS", "CEOS", "COASP", "COSAR", "CPG", "CTG", "CTable2", "DAAS", "DERIVED"),
    *("DIMAP", "DIPEx", "DOQ1", "DOQ2", "DTED", "ECRGTOC", "EEDAI", "EHdr", "EIR", "ELAS", "ENVI"),
    *("ERS", "ESAT", "ESRIC", "FAST", "FIT", "GFF", "GIF", "GNMDatabase", "GNMFile"),
    *("GRASSASCIIGrid", "GRIB", "GS7BG", "GSAG", "GSBG", "GSC", "GTX", "GXF", "GenBin"),
    *("HDF5Image", "HF2", "HFA", "ILWIS", "IRIS", "ISCE", "ISG", "ISIS2", "ISIS3", "JAXAPALSAR"),
    *("JDEM", "JPEG", "KMLSUPEROVERLAY", "KRO", "L1B", "LAN", "LCP", "LOSLAS", "Leveller", "MAP"),
    *("MFF", "MFF2", "MRF", "MSGN", "NDF", "NGSGEOID", "NITF", "NOAA_B", "NSIDCbin", "NTv2"),
    *("NWT_GRC", "NWT_GRD", "OZI", "PAux", "PCRaster", "PDS", "PLMOSAIC", "PNG", "PNM", "PRF"),
    *("R", "RIK", "RMF", "ROI_PAC", "RPFTOC", "RRASTER", "RS2", "RST", "Rasterlite", "S102"),
    *("S104", "S111", "SAFE", "SAGA", "SAR_CEOS", "SDTS", "SENTINEL2", "SGI", "SIGDEM"),
    *("SNAP_TIFF", "SNODAS", "SRP", "SRTMHGT", "STACIT", "STACTA", "TGA", "TIL", "TSX"),
    *("Terragen", "USGSDEM", "WCS", "WEBP", "XPM", "XYZ", "ZMap", "Zarr"),
)
"""The rest of what the raster wheel brings."""
_SKIP = ",".join(OTHER_DRIVERS)
GDAL_SETTINGS = {
    "GDAL_SKIP": _SKIP,
    "OGR_SKIP": _SKIP,
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_NUM_THREADS": "1",
    "CPL_DEBUG": "OFF",
    "PROJ_NETWORK": "OFF",
}
SERVER_DRIVERS = frozenset({"GTiff", "GPKG", "MEM", "Memory", "VRT"})
"""What the pages write, and VRT, through which rasterio asks for a projection's extent. The server
opens no file of anybody else with GDAL; should it ever, no driver that asks an address is there."""
_SERVER_SKIP = ",".join(
    sorted({*OTHER_DRIVERS, *RASTER_DRIVERS, "ESRI Shapefile"} - SERVER_DRIVERS)
)
SERVER_SETTINGS = {
    **{name: value for name, value in GDAL_SETTINGS.items() if name != "GDAL_NUM_THREADS"},
    "GDAL_SKIP": _SERVER_SKIP,
    "OGR_SKIP": _SERVER_SKIP,
    # each of the two wheels warns of the drivers that only the other has
    "CPL_LOG": os.devnull,
}
