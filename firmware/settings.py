"""Every operating and protection number: default, lowest, highest, unit, source. One place, frozen rows.

A value out of range is refused with the range named, and the last good settings stay. The numbers of a grid code live
in grid_codes.py; the setting `grid_code` chooses one. [M] marks a figure given from memory of the standard, [D] a
design choice of this project (docs/decisions/).
"""

from firmware.chosen import SettingError, Settings  # noqa: F401 - others take them from here

# (name, default, lowest, highest, unit, source)
ROWS = (
    # system
    ("nominal_mv", 120000, 100000, 250000, "mV", "leg to neutral: 120 V split phase, 230 V elsewhere"),
    ("nominal_hz", 60, 50, 60, "Hz", "50 or 60"),
    ("legs", 2, 1, 3, "legs", "legs measured on each side: 1 single phase, 2 split phase, 3 three phase (replay only)"),
    ("grid_code", 3, 1, 8, "code", "row of grid_codes.CODES: 1..3 IEEE 1547 Cat I..III, 4 Rule 21, 5..8 50 Hz"),
    # calibration: mV of the line per count of the converter, times 1000; offset in counts times 16; angle in cdeg
    ("g1_uv_per_count", 165700, 20000, 1000000, "uV", "[D] +-2 pu peak over 4096 counts at 120 V"),
    ("g2_uv_per_count", 165700, 20000, 1000000, "uV", "[D]"),
    ("h1_uv_per_count", 165700, 20000, 1000000, "uV", "[D]"),
    ("h2_uv_per_count", 165700, 20000, 1000000, "uV", "[D]"),
    ("g1_angle_cdeg", 0, -1000, 1000, "cdeg", "[D] angle of the isolating transformer or divider"),
    ("g2_angle_cdeg", 0, -1000, 1000, "cdeg", "[D]"),
    ("h1_angle_cdeg", 0, -1000, 1000, "cdeg", "[D]"),
    ("h2_angle_cdeg", 0, -1000, 1000, "cdeg", "[D]"),
    # protection: 0 = as the grid code says; the code's own range holds besides (grid_codes.problem)
    ("uv1_trip_mv", 0, 0, 500000, "mV", "27-1 level; 0 = as the code"),
    ("uv1_trip_ms", 0, 0, 1000000, "ms", "27-1 time; 0 = as the code"),
    ("uv2_trip_mv", 0, 0, 500000, "mV", "27-2"),
    ("uv2_trip_ms", 0, 0, 1000000, "ms", "27-2"),
    ("uv3_trip_mv", 0, 0, 500000, "mV", "27-3"),
    ("uv3_trip_ms", 0, 0, 1000000, "ms", "27-3"),
    ("ov1_trip_mv", 0, 0, 500000, "mV", "59-1"),
    ("ov1_trip_ms", 0, 0, 1000000, "ms", "59-1"),
    ("ov2_trip_mv", 0, 0, 500000, "mV", "59-2"),
    ("ov2_trip_ms", 0, 0, 1000000, "ms", "59-2"),
    ("mean_trip_mv", 0, 0, 500000, "mV", "59, mean of ten minutes"),
    ("uf1_trip_mhz", 0, 0, 70000, "mHz", "81U-1"),
    ("uf1_trip_ms", 0, 0, 1000000, "ms", "81U-1"),
    ("uf2_trip_mhz", 0, 0, 70000, "mHz", "81U-2"),
    ("uf2_trip_ms", 0, 0, 1000000, "ms", "81U-2"),
    ("of1_trip_mhz", 0, 0, 70000, "mHz", "81O-1"),
    ("of1_trip_ms", 0, 0, 1000000, "ms", "81O-1"),
    ("of2_trip_mhz", 0, 0, 70000, "mHz", "81O-2"),
    ("of2_trip_ms", 0, 0, 1000000, "ms", "81O-2"),
    ("rocof_trip_mhz_s", 0, 0, 10000, "mHz/s", "81R; 0 = as the code (off where immunity is demanded)"),
    ("vs_trip_cdeg", 0, 0, 18000, "cdeg", "78; 0 = as the code"),
    ("vs_arm_ms", 3000, 1000, 60000, "ms", "78 armed this long after healthy voltage (relay practice, 3 s)"),
    ("es_v_low_mv", 0, 0, 500000, "mV", "enter service, lowest leg; 0 = as the code"),
    ("es_v_high_mv", 0, 0, 500000, "mV", "enter service, highest leg; 0 = as the code"),
    ("es_f_low_mhz", 0, 0, 70000, "mHz", "enter service; 0 = as the code"),
    ("es_f_high_mhz", 0, 0, 70000, "mHz", "enter service; 0 = as the code"),
    ("es_delay_ms", 0, 0, 1000000, "ms", "enter service: good this long; 0 = as the code"),
    ("es_ramp_ms", 0, 0, 1200000, "ms", "enter service: power from nothing to all in; 0 = as the code"),
    ("reclose_delay_ms", 10000, 1000, 600000, "ms", "[D] a dead house gets K1 after this much good grid"),
    ("live_mv_e3", 800, 800, 950, "pu/1000", "[D] live: every leg at or above"),
    ("dead_mv_e3", 100, 50, 100, "pu/1000", "[D] dead: every leg below, for dead_ms"),
    ("dead_ms", 500, 500, 10000, "ms", "[D]"),
    ("loss_hold_ms", 200, 50, 10000, "ms", "[D] grid lost stands until it was live this long"),
    ("apart_mv_e3", 100, 50, 200, "pu/1000", "[D] grid and house differ by more: not one"),
    ("apart_cdeg", 1000, 500, 3000, "cdeg", "[D] the same, angle"),
    ("apart_ms", 20, 10, 200, "ms", "[D] the same, this long"),
    ("linked_mv_e3", 40, 20, 100, "pu/1000", "[D] grid and house within this on every leg: one; two channels at +-2 %"),
    ("linked_cdeg", 300, 100, 1000, "cdeg", "[D] the same, angle"),
    ("linked_ms", 200, 50, 10000, "ms", "[D] the same, this long"),
    ("bad_channel_trip_ms", 2000, 0, 600000, "ms", "[D] an implausible channel trips after this; 0 = never by itself"),
    ("f_unknown_trip_ms", 1000, 200, 60000, "ms", "[D] voltage without a measurable frequency trips after this"),
    ("f_block_mv_e3", 300, 100, 700, "pu/1000", "81 not evaluated below this voltage [M]"),
    ("v_lag_ms", 24, 0, 60, "ms", "[D] RMS over one cycle and the 4 ms round: taken off 27/59 clearing times"),
    ("f_lag_ms", 55, 0, 80, "ms", "[D] frequency over two cycles and the round: taken off 81 clearing times"),
    # 25 synchronising: closed-transition practice; Table 5 of IEEE 1547 up to 500 kVA is the upper end [M]
    ("sync_dv_e3", 50, 10, 100, "pu/1000", "25: voltage difference on every pole"),
    ("sync_df_mhz", 200, 20, 300, "mHz", "25: frequency difference"),
    ("sync_dphi_cdeg", 500, 100, 2000, "cdeg", "25: angle at the moment the contact touches"),
    ("sync_steady_ms", 100, 20, 5000, "ms", "[D] 25: voltage and frequency agree this long first"),
    ("sync_lag_ms", 10, 0, 60, "ms", "[D] 25: age of a measured angle: half the one-cycle window and the round"),
    # the island's own protection (design review, point 6)
    ("island_ov2_mv_e3", 1200, 1150, 1250, "pu/1000", "[D] highest leg"),
    ("island_ov2_ms", 160, 50, 160, "ms", "[D]"),
    ("island_ov1_mv_e3", 1100, 1080, 1150, "pu/1000", "[D] highest leg"),
    ("island_ov1_ms", 2000, 200, 10000, "ms", "[D]"),
    ("island_uv2_mv_e3", 500, 300, 700, "pu/1000", "[D] lowest leg"),
    ("island_uv2_ms", 200, 100, 2000, "ms", "[D]"),
    ("island_uv1_mv_e3", 800, 700, 880, "pu/1000", "[D] lowest leg"),
    ("island_uv1_ms", 2000, 500, 10000, "ms", "[D]"),
    ("island_spread_e3", 100, 50, 150, "pu/1000", "[D] leg difference: open neutral"),
    ("island_spread_ms", 500, 100, 2000, "ms", "[D]"),
    ("island_df_mhz", 3000, 500, 5000, "mHz", "[D] either way of nominal"),
    ("island_df_ms", 500, 100, 2000, "ms", "[D]"),
    ("steady_v_low_e3", 880, 800, 950, "pu/1000", "[D] an island may be declared: lowest leg"),
    ("steady_v_high_e3", 1100, 1050, 1100, "pu/1000", "[D] the same, highest leg"),
    ("steady_df_mhz", 1000, 200, 3000, "mHz", "[D] the same, either way of nominal"),
    ("steady_ms", 500, 100, 10000, "ms", "[D] the same, this long"),
    # BACKFEED (design review, point 2)
    ("backfeed_mv_e3", 200, 100, 300, "pu/1000", "[D] a dead grid leg that rises above"),
    ("backfeed_cdeg", 1000, 300, 2000, "cdeg", "[D] within this of the house"),
    ("backfeed_mhz", 100, 50, 300, "mHz", "[D] and drifting slower than this"),
    ("backfeed_live_cdeg", 300, 100, 1000, "cdeg", "[D] the same for a leg that rises to live level beside an island"),
    ("backfeed_live_e3", 50, 20, 100, "pu/1000", "[D] the same, voltage difference"),
    # operation
    ("in_service", 0, 0, 1, "0/1", "[D] 0 = every coil off and the settings may be changed"),
    # transfer
    ("k1_open_max_ms", 60, 10, 500, "ms", "[D] told to open, proven open by then or locked out"),
    ("k1_close_max_ms", 120, 10, 500, "ms", "[D]"),
    ("k1_open_ms", 15, 3, 200, "ms", "[D] opening time until it is learned"),
    ("k1_close_ms", 25, 3, 200, "ms", "[D] closing time until it is learned: the lead of 25"),
    ("k2_fitted", 1, 0, 1, "0/1", "[D] 0 only where the charger has a hard-wired enable"),
    ("k2_open_max_ms", 60, 10, 500, "ms", "[D]"),
    ("k2_close_max_ms", 120, 10, 500, "ms", "[D]"),
    ("k2_open_ms", 15, 3, 200, "ms", "[D]"),
    ("k2_close_ms", 25, 3, 200, "ms", "[D]"),
    ("bond_required", 0, 0, 1, "0/1", "[D] 1 where K1 switches the neutral of a TN or TT house; never split phase"),
    ("ne_measured", 0, 0, 1, "0/1", "[D] 1: single phase, the second channel is neutral to earth"),
    ("ne_max_mv", 20000, 5000, 60000, "mV", "[D] neutral to earth in a live island above: its bond is none"),
    ("kn_open_max_ms", 60, 10, 200, "ms", "[D]"),
    ("kn_close_max_ms", 60, 10, 200, "ms", "[D]"),
    ("kn_open_ms", 10, 3, 100, "ms", "[D]"),
    ("kn_close_ms", 10, 3, 100, "ms", "[D]"),
    ("proof_debounce_ms", 2, 1, 20, "ms", "[D] a proof contact must hold this long"),
    ("unbonded_max_ms", 100, 20, 200, "ms", "[D] a live house without its bond for longer drops the request"),
    ("charger_fresh_ms", 3000, 500, 10000, "ms", "[D] a reply of the charger counts this long"),
    ("dark_min_ms", 500, 0, 60000, "ms", "[D] the house stays dark at least this long before a start"),
    ("dark_max_ms", 30000, 5000, 600000, "ms", "[D] a grid that comes and goes delays a start no longer than this"),
    ("bond_min_ms", 20, 10, 40, "ms", "[D] from K1's proof to the island request: its arc is out by then"),
    ("bond_max_ms", 200, 50, 1000, "ms", "[D] K2 and the bond made in this time"),
    ("start_min_ms", 300, 100, 900, "ms", "[D] a house steady from the grid is not taken for an island of its own"),
    ("start_max_ms", 20000, 1000, 120000, "ms", "[D] the house live and steady by then"),
    ("unbond_max_ms", 70, 20, 200, "ms", "[D] bond open and still in step by then; with k1_close_max_ms below 200 ms"),
    ("handback_max_ms", 2000, 500, 5000, "ms", "[D] the charger follows the grid by then, or K2 opens"),
    ("gap_min_ms", 1000, 500, 60000, "ms", "[D] the dark gap of an open transition"),
    ("gap_max_ms", 30000, 2000, 120000, "ms", "[D] the house dead by then"),
    ("sync_wait_ms", 180000, 10000, 600000, "ms", "[D] wait for step, then an open transition"),
    ("close_retry_s", 300, 60, 3600, "s", "[D] pause after K1 would not close onto the island"),
    ("k1_unpowered", 0, 0, 1, "0/1", "[D] K1 without supply: 0 opens (spring), 1 latching, opened by stored energy"),
    ("k1_charge_ms", 2000, 0, 20000, "ms", "[D] latching only: K1 is not closed until its store has charged this long"),
    ("slow_percent", 50, 10, 200, "%", "[D] alarm: a contactor opens slower than declared by this and 2 ms"),
    ("bounce_max_ms", 10, 1, 100, "ms", "[D] alarm: a proof contact from first touch to rest"),
    ("hold_ms", 300, 0, 10000, "ms", "[D] coils proven this long may go down to holding; 0 = never"),
    ("momentary_ms", 500, 0, 6000, "ms", "[D] momentary override: GRID rides a loss this long; none in SEAMLESS"),
    ("openings_max", 10, 3, 20, "count", "[D] K1 opened so often within openings_s locks out"),
    ("openings_s", 600, 60, 3600, "s", "[D] the same, time"),
    ("starts_max", 8, 3, 50, "count", "[D] starts that failed in one outage, then it gives up until a person comes"),
    ("exercise_s", 600, 60, 7200, "s", "[D] an exercise or a test without load ends after this"),
    ("supply_min", 240, 0, 2880, "min", "[D] the controller's own supply carries it this long in the dark"),
    # load shedding in the island; the power is the charger's word, a second old or more
    ("shed_df_mhz", 500, 100, 3000, "mHz", "[D] a stage is shed below nominal by this"),
    ("shed_ms", 200, 20, 5000, "ms", "[D] the same, this long, for each stage"),
    ("shed_w", 0, 0, 100000, "W", "[D] and above this from the charger for 2 s; 0 = its rating"),
    ("restore_s", 30, 2, 3600, "s", "[D] sound this long, then one stage is restored"),
    ("pv_df_mhz", 1000, 200, 3000, "mHz", "[D] ceiling for local PV, above nominal"),
    # energy
    ("energy_mode", 0, 0, 4, "mode", "[D] energy.dispatch: 0 hold, 1 charge, 2 export, 3 self-use, 4 backup"),
    ("utc_offset_min", 0, -720, 840, "min", "local standard time less UTC"),
    ("dst_rule", 0, 0, 2, "rule", "summer time: 0 none, 1 EU, 2 US"),
    ("window1_kind", 0, 0, 2, "kind", "tariff window: 0 none, 1 power is dear, 2 may be sold (energy.tariff)"),
    ("window1_from_min", 1020, 0, 1439, "min", "minute of the local day; later than `to` runs over midnight"),
    ("window1_to_min", 1260, 0, 1440, "min", "the same"),
    ("window1_days", 31, 0, 127, "bits", "1 = Monday .. 64 = Sunday"),
    ("window1_months", 4095, 0, 4095, "bits", "1 = January .. 2048 = December"),
    ("window1_price", 0, 0, 100000, "1/100", "price a kWh in hundredths of the site's currency"),
    ("window2_kind", 0, 0, 2, "kind", "the second window; the first wins where both hold"),
    ("window2_from_min", 420, 0, 1439, "min", "the same"),
    ("window2_to_min", 540, 0, 1440, "min", "the same"),
    ("window2_days", 31, 0, 127, "bits", "the same"),
    ("window2_months", 4095, 0, 4095, "bits", "the same"),
    ("window2_price", 0, 0, 100000, "1/100", "the same"),
    ("transfer_policy", 0, 0, 2, "policy", "[D] 0 by mode, 1 RIDE_THROUGH, 2 SEAMLESS"),
    ("charge_w", 7000, 500, 25000, "W", "[D] most the car may take; the charger latches a fault below 500 W"),
    ("export_w", 5000, 500, 25000, "W", "[D] most the car may give in mode export"),
    ("reserve_soc_e1", 300, 0, 1000, "%/10", "[D] the car is not discharged below this but for an outage"),
    ("departure_days", 0, 0, 127, "bits", "days the car leaves, 1 = Monday .. 64 = Sunday; 0 = no plan for it"),
    ("departure_min", 450, 0, 1439, "min", "minute of the local day at which it leaves"),
    ("departure_soc_e1", 800, 0, 1000, "%/10", "[D] state of charge it leaves with"),
    ("car_wh", 60000, 5000, 250000, "Wh", "[D] energy of the car's battery, to reckon how long it charges"),
    ("battery_backup_e1", 0, 0, 1000, "%/10", "home battery kept for outages, ordered of the device; 0 = as it is"),
    ("charger_profile", 0, 0, 4, "profile", "0 sigen, 1 sunspec_der, 2 evtec, 3 quasar, 4 ambibox (docs/charger.md)"),
    ("charger_unit", 1, 1, 247, "unit", "Modbus unit of the charger, or of the inverter it lives in"),
    ("charger_baud", 9600, 1200, 115200, "baud", "RS-485 A, 8N1"),
    ("dither_e3", 20, 0, 30, "rating/1000", "[D] reactive power dithered while the car gives, 2 %; 0 = off"),
    ("dither_ask_e3", 100, 50, 200, "rating/1000", "[D] the same once an unintentional island is suspected, 10 %"),
    ("site_server", 0, 0, 1, "0/1", "1 = serve the site's energy manager on RS-485 B (SunSpec)"),
    ("site_unit", 1, 1, 247, "unit", "our own Modbus unit there"),
    ("site_baud", 9600, 1200, 115200, "baud", "RS-485 B, 8N1"),
    ("charger_rated_w", 25000, 500, 100000, "W", "rating of the charger (Sigen EVDC 25 kW)"),
)

NAMES = tuple(row[0] for row in ROWS)
_AT = {name: i for i, name in enumerate(NAMES)}


def check(name, value):
    """The value as an int inside its range, or SettingError."""
    if name not in _AT:
        raise SettingError("setting %s: unknown name" % name)
    row = ROWS[_AT[name]]
    if isinstance(value, bool) or not isinstance(value, int):
        allowed = (name, value, row[2], row[3], row[4])
        raise SettingError("setting %s: %r is not a whole number; allowed %d..%d %s" % allowed)
    if not row[2] <= value <= row[3]:
        why = "setting %s: %d is outside %d..%d %s" % (name, value, row[2], row[3], row[4])
        if name == "k1_unpowered" and value == 2:
            why += "; a normally closed K1 is refused, for a dead controller would close it onto a live island"
        raise SettingError(why)
    return value


def whole(changes):
    """{name: value} of every setting: the factory's with these changes; SettingError if one of them can't be taken."""
    values = {row[0]: row[1] for row in ROWS}
    for name, value in changes.items():
        values[name] = check(name, value)
    if values["ne_measured"] and values["legs"] != 1:
        legs = values["legs"]
        raise SettingError("setting ne_measured: 1 is outside 0..0 with legs %d: the channel is a leg's" % legs)
    if values["in_service"]:  # then the set must also fit the chosen code; out of service it may be half filled in
        from firmware import grid_codes

        found = grid_codes.problem(values)
        if found:
            where = grid_codes.CODES[values["grid_code"]][0]
            raise SettingError("setting %s: %d is outside %d..%d %s of %s (0 = as the code)" % (found + (where,)))
    return values
