"""A short made-up run for the reports: the grid dies at 1.0 s, the car carries the house, K1 closes again at 3.2 s."""

import numpy as np

from tools.recording import Recording
from tools.view import Scene

LOST_S, LIVE_S, BACK_S, CLOSED_S, END_S = 1.0, 1.5, 2.0, 3.2, 4.0
MARKS = {
    "grid_lost": LOST_S,
    "k1_open_command": LOST_S + 0.003,
    "k1_proven_open": LOST_S + 0.016,
    "house_live": LIVE_S,
    "grid_back": BACK_S,
    "k1_close_command": CLOSED_S - 0.018,
    "k1_closed": CLOSED_S,
}
STATES = [
    (0.0, "PARALLEL"),
    (LOST_S + 0.003, "OPENING"),
    (LOST_S + 0.02, "STARTING"),
    (LIVE_S + 0.1, "ISLAND"),
    (3.0, "SYNCHRONISING"),
    (CLOSED_S - 0.018, "CLOSING"),
    (CLOSED_S + 0.005, "PARALLEL"),
]


def recording(**changes) -> Recording:
    time_s, wave_s = np.arange(0.0, END_S, 0.01), np.arange(0.0, END_S, 1 / 8000)
    wave = 169.7 * np.sin(2 * np.pi * 60 * wave_s)
    grid_on = (wave_s < LOST_S) | (wave_s >= BACK_S)
    house_on = (wave_s < LOST_S) | (wave_s >= LIVE_S)
    waves = np.stack([wave * grid_on, -wave * grid_on, wave * house_on, -wave * house_on], 1)
    grid = 120.0 * ((time_s < LOST_S) | (time_s >= BACK_S))
    house = 120.0 * ((time_s < LOST_S) | (time_s >= LIVE_S))
    edges = {
        "K1 command": [(0.0, True), (MARKS["k1_open_command"], False), (MARKS["k1_close_command"], True)],
        "K1 52a": [(0.0, True), (LOST_S + 0.014, False), (CLOSED_S + 0.002, True)],
        "K1 52b": [(0.0, False), (LOST_S + 0.016, True), (CLOSED_S - 0.004, False)],
    }
    fields = {
        "scenario": "stand-in",
        "title": "A made-up run",
        "seed": 7,
        "nominal_v": 120.0,
        "nominal_hz": 60.0,
        "time_s": time_s,
        "grid_v": np.stack([grid, grid], 1),
        "house_v": np.stack([house, house], 1),
        "grid_hz": np.where(grid > 0, 60.02, np.nan),
        "house_hz": np.where(house > 0, 60.05, np.nan),
        "house_w": np.full(len(time_s), 1500.0),
        "charger_w": np.where(grid > 0, -7000.0, 1500.0),
        "soc": np.linspace(60, 61, len(time_s)),
        "wave_s": wave_s,
        "wave_v": waves,
        "states": STATES,
        "edges": edges,
        "marks": dict(MARKS),
    }
    return Recording(**{**fields, **changes})


def summary(**changes) -> dict:
    fields = {
        "scenario": "stand-in",
        "seed": 7,
        "states": [list(row) for row in STATES],
        "grid_lost_at_s": LOST_S,
        "k1_open_command_ms": 3.0,
        "k1_proven_open_ms": 16.5,
        "island_up_ms": 1250.0,
        "grid_back_at_s": BACK_S,
        "reclosed_at_s": CLOSED_S,
        "sync_at_close": {"dv_percent": 0.6, "df_mhz": -18.0, "dphi_deg": 0.42},
        "unsynchronised_parallel_ms": 0.0,
        "modbus": {"requests": 4, "ok": 4, "errors": 0, "p99_ms": 70.1, "wire_limit_ms": 69.0},
        "tick": {"rate_hz": 2000, "count": 8000, "overruns": 0},
        "realtime_factor": 3.2,
        "violations": [],
    }
    return {**fields, **changes}


def scene(**changes) -> Scene:
    fields = {
        "scenario": "stand-in",
        "title": "A made-up run",
        "time_s": 2.5,
        "end_s": END_S,
        "speed": 3.2,
        "state": "ISLAND",
        "state_since_s": 1.6,
        "grid_v": 0.3,
        "grid_hz": 0.0,
        "house_v": 118.9,
        "house_hz": 60.05,
        "house_w": 1500.0,
        "charger_w": 1500.0,
        "grid_w": 0.0,
        "soc": 60.4,
        "k1_closed": False,
        "k2_closed": True,
        "charger": "forming",
        "figures": [("Modbus", "4 of 4 answered"), ("safety rules", "none broken")],
        "events": [(1.0, "grid lost", "world"), (1.6, "ISLAND: house steady", "state")],
    }
    return Scene(**{**fields, **changes})
