"""What each diagnostic code of the server and the integrations means."""

from __future__ import annotations

CODES = {
    "serve/address": "The server cannot listen at the address: it is taken, or not this machine's.",
    "serve/bad-url": "The URL under which assets are served cannot be understood.",
    "serve/no-manifest": "There is no built manifest to serve from.",
    "serve/not-loopback": "The dev server was asked to listen where others can reach it.",
    "serve/unknown-asset": "A template names an asset that the manifest does not hold.",
    "serve/usage": "Options of assetbuild serve that do not go together.",
}
