"""Puts the server together, when a setting asks for it. Loaded only then, for its map takes heap."""

from firmware.board.port import IN_SERVICE_KEY
from firmware.server.chain import Chain
from firmware.server.curves import Curves
from firmware.server.measures import Measures
from firmware.server.requests import Requests
from firmware.server.server import Server


def make(uart, clock, layout, image, context):
    """A Server on `uart` for the console's context (settings, asks, draft, unlock)."""
    settings, snapshot = context.settings, layout.Snapshot(image)
    chain = Chain()

    def unlocked():
        return bool(snapshot.get("INPUTS") & IN_SERVICE_KEY) or snapshot.get("UPTIME_S") < context.unlocked_s

    def stage(changes):
        context.draft.update(changes)

    curves = Curves(chain, settings, unlocked, stage)
    measures = Measures(chain, settings, layout, context.asks, context.version)
    requests = Requests(chain, curves, settings["charger_rated_w"])
    curves.fill()
    measures.fill()
    baud = settings["site_baud"]
    if hasattr(uart, "init"):
        uart.init(baud)
    server = Server(uart, clock, settings["site_unit"], baud, chain, measures, curves, requests, snapshot)
    server.refresh()
    return server
