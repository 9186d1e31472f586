"""evtec, quasar, ambibox and sunspec_der against slaves that behave as the notes say, behind two servers not ours."""

import pytest

from firmware.charger import bits
from firmware.charger.device import INTERLOCK
from firmware.transfer import states
from host_tests.unit.charger.on_the_line import Site
from host_tests.unit.charger.test_rtu import framed
from tools.plant.devices.serve import SERVERS, Far


@pytest.fixture
def site():
    made = []

    def make(*args, **more):
        made.append(Site(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


KINDS = ("evtec", "quasar", "ambibox", "sunspec_der")


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_charge_discharge_and_stop_reach_the_device_with_the_right_sign(site, kind, server):
    here = site(kind, server)
    here.run(20)
    here.device.wish((4000, 0))
    assert here.run(45)["w"] == -4000
    assert here.ask("CHARGER_W") == -4000 and here.ask("CHARGER_BITS") & bits.READY
    assert not here.ask("CHARGER_BITS") & bits.STOPPED
    here.device.wish((0, 5000))
    assert here.run(45)["w"] == 5000
    assert here.ask("CHARGER_W") == 5000 and here.device.gave_w == 5000
    here.device.wish((0, 0))
    assert here.run(30)["w"] == 0
    assert here.ask("CHARGER_W") == 0 and here.ask("CHARGER_BITS") & bits.STOPPED
    assert here.device.stats.errors[:6] == [0] * 6 and here.device.link_up


@pytest.mark.parametrize("kind", KINDS)
def test_power_goes_to_zero_when_the_switch_no_longer_permits_it(site, kind):
    here = site(kind)
    here.device.wish((0, 5000))
    assert here.run(60)["w"] == 5000
    here.image[here.device._state] = states.GRID
    assert here.run(20)["w"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_setpoint_is_kept_alive_and_a_cut_wire_ends_it_by_the_devices_own_timeout(site, kind):
    here = site(kind)
    here.device.wish((0, 5000))
    here.run(60)
    assert here.run(200)["w"] == 5000
    here.line.cut = True
    told = here.run(90)
    assert told["w"] == 0 and here.device.link_up is False
    assert here.ask("CHARGER_BITS") == (0 if here.profile.OWN_TIMEOUT_S else bits.GONE) and here.ask("CAR_SOC_E1") == -1
    assert here.device.values == {} or "car_w" not in here.device.values
    here.line.cut = False
    assert here.run(60)["w"] == 5000 and here.device.link_up


def test_state_of_charge_of_each(site):
    for kind, e1 in (("evtec", 612), ("ambibox", 444), ("sunspec_der", 655)):
        here = site(kind)
        here.run(20)
        assert here.ask("CAR_SOC_E1") == e1, kind


# Sigenergy, its two units on one bus


@pytest.mark.parametrize("server", SERVERS)
def test_sigenergy_caps_start_and_stop(site, server):
    here = site("sigen", server)
    here.run(12)
    assert here.device.version == "V2.9" and here.ask("CAR_SOC_E1") == 700
    here.device.wish((0, 4000))
    assert here.run(20)["w"] == 4000
    assert here.ask("CHARGER_W") == 4000 and here.device.gave_w == 4000
    here.device.wish((0, 0))
    told = here.run(12)
    assert told["w"] == 0 and here.ask("CHARGER_BITS") & bits.STOPPED
    here.far.set(plan_w=7000)
    here.device.wish((3000, 0))
    told = here.run(30)
    assert told["w"] == -3000 and not told["latched"]
    assert all(value >= 500 for address, value in told["log"] if address == 41002)
    assert here.device.stats.errors == [0] * 7


def test_sigenergy_v2_8_over_the_wire(site):
    here = site("sigen")
    here.far.set(old=1)
    here.device.wish((2000, 0))
    here.far.set(plan_w=7000)
    told = here.run(60)
    assert here.device.version == "V2.8" and told["w"] == -2000
    assert all(address not in (41004, 41005) for address, _ in told["log"])


def test_sigenergy_that_charges_against_the_wish_is_stopped(site):
    here = site("sigen")
    here.run(12)
    here.far.set(plan_w=7000)
    here.device.wish((0, 4000))
    assert here.run(12)["w"] == -500  # the least cap there is
    assert here.run(50)["w"] == 0 and here.device.notes == [0]


# EVtec


def test_evtec_discharges_only_where_the_session_and_the_window_allow(site):
    here = site("evtec")
    here.far.set(session=2)
    here.device.wish((0, 5000))
    assert here.run(30)["w"] == 0 and INTERLOCK in here.device.notes
    here.far.set(session=5, lowest_w=-3000.0)
    assert here.run(30)["w"] == 3000 and INTERLOCK not in here.device.notes
    here.far.set(lowest_w=0.0)
    assert here.run(30)["w"] == 0 and INTERLOCK in here.device.notes


def test_evtec_keeps_to_the_charge_window(site):
    here = site("evtec")
    here.far.set(highest_w=2500.0)
    here.device.wish((7000, 0))
    assert here.run(30)["w"] == -2500
    here.far.set(floor_w=1400.0)
    here.device.wish((1000, 0))
    assert here.run(30)["w"] == 0


def test_evtec_sets_its_watchdog(site):
    assert site("evtec").run(30)["timeout_s"] == 60


# Quasar


def test_quasar_is_prepared_in_order_and_left_in_peace_after_each_write(site):
    here = site("quasar")
    here.device.wish((3000, 0))
    told = here.run(60)
    assert [address for address, _ in told["log"]] == [81, 82, 83, 88, 260, 257]
    assert (told["control"], told["autostart"], told["kind"], told["timeout_s"]) == (1, 0, 1, 60)
    assert here.device.stats.errors[6] == 0  # it was never asked while busy


def test_quasar_charge_at_0_w_is_not_known_but_kept_for_the_session(site):
    here = site("quasar")
    here.run(30)
    assert here.ask("CAR_SOC_E1") == -1
    here.device.wish((3000, 0))
    here.run(60)
    assert here.ask("CAR_SOC_E1") == 580
    here.far.set(soc=1)  # spurious
    here.run(10)
    assert here.ask("CAR_SOC_E1") == 580
    here.device.wish((0, 0))
    here.run(30)
    assert here.ask("CAR_SOC_E1") == 580
    here.far.set(charger=0)  # the car leaves
    here.run(10)
    assert here.ask("CAR_SOC_E1") == -1
    here.far.set(charger=2)
    here.run(10)
    assert here.ask("CAR_SOC_E1") == -1


def test_quasar_is_taken_back_from_the_app(site):
    here = site("quasar")
    here.device.wish((3000, 0))
    here.run(60)
    here.far.set(control=0, autostart=1, charger=4, w=0)
    assert here.run(120)["w"] == -3000


def test_quasar_setpoints_stay_within_its_range(site):
    here = site("quasar")
    here.device.wish((20000, 0))
    assert here.run(60)["w"] == -7400


# Ambibox


def test_ambibox_is_woken_first(site):
    here = site("ambibox")
    assert here.run(20)["wakes"] == 0
    here.device.wish((4000, 0))
    told = here.run(20)
    assert told["wakes"] == 1 and told["w"] == -4000


def test_ambibox_discharges_by_iso_15118_20_only(site):
    here = site("ambibox")
    here.far.set(protocol=3, asleep=0)
    here.device.wish((0, 4000))
    told = here.run(30)
    assert told["w"] == 0 and INTERLOCK in here.device.notes and all(value <= 0 for _, value in told["log"])
    here.far.set(protocol=5)
    assert here.run(30)["w"] == 4000


def test_ambibox_charge_of_a_car_that_left_is_not_known(site):
    here = site("ambibox")
    here.run(10)
    assert here.ask("CAR_SOC_E1") == 444
    here.far.set(connected=0)
    here.run(10)
    assert here.ask("CAR_SOC_E1") == -1 and not here.ask("CHARGER_BITS") & bits.READY


# SunSpec


@pytest.mark.parametrize("base", [40000, 0, 50000])
def test_sunspec_is_found_wherever_its_map_begins(site, base):
    here = site("sunspec_der")
    here.far.set(base=base)
    here.device.wish((0, 3330))
    assert here.run(20)["set_w"] == 3330
    assert here.device.values["rated_in_w"] == 11000 and here.device.values["ac_mhz"] == 60013
    assert here.device.values["ac_mv"] == 120100


def test_sunspec_without_a_map_says_so(site):
    here = site("sunspec_der")
    here.far.set(base=1000)
    here.run(5)
    assert (
        here.device.link_up
        and "no SunSpec mark" in here.device.stats.last_error
        or "code 2" in here.device.stats.last_error
    )
    assert here.ask("CHARGER_BITS") == 0


def test_sunspec_grid_forming_comes_from_701(site):
    here = site("sunspec_der")
    here.run(10)
    assert here.ask("CHARGER_BITS") & bits.FOLLOWING and not here.ask("CHARGER_BITS") & bits.FORMING
    here.far.set(forming=1)
    here.run(5)
    assert here.ask("CHARGER_BITS") & bits.FORMING and not here.ask("CHARGER_BITS") & bits.FOLLOWING


def test_sunspec_under_local_control_is_not_written_to(site):
    here = site("sunspec_der")
    here.far.set(local=1)
    here.device.wish((0, 4000))
    told = here.run(30)
    assert told["log"] == [] and INTERLOCK in here.device.notes


def test_sunspec_heartbeat_and_reversion_timer(site):
    here = site("sunspec_der")
    here.device.wish((0, 4000))
    told = here.run(100)
    assert told["timer_s"] == 60 and told["left_s"] > 30 and told["beat_age_s"] < 6
    assert told["w"] == 4000


def test_sunspec_reactive_power_goes_out_with_the_tick_it_left_in(site):
    here = site("sunspec_der")
    here.device.wish((0, 4000))
    here.run(10)
    here.device.wish_var(-600)
    told = here.run(1)
    assert told["set_var"] == -600 and here.device.sent_var == -600
    assert 0 < here.device.sent_tick <= here.image[here.device._tick]


def test_both_servers_give_the_same_bytes():
    """Reads right and wrong, through pymodbus and modbus_tk: the same frames."""
    asked = [bytes((1, f, a >> 8, a & 255, 0, n)) for f, a, n in ((3, 100, 16), (3, 99, 2), (3, 41, 2), (4, 100, 2))]
    asked.append(bytes((1, 16, 0, 186, 0, 2, 4, 255, 255, 240, 0)))
    one, other = Far("evtec", "pymodbus"), Far("evtec", "modbus_tk")
    try:
        for request in asked:
            assert one.ask(framed(request)) == other.ask(framed(request)), request.hex(" ")
    finally:
        one.close()
        other.close()
