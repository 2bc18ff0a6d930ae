"""What the devices measure: plausible, drifting with the hour and with chance. No I/O."""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any, Final

Telemetry = dict[str, Any]


class Sensors:
    """The state of one device's sensors; each reading takes the same draws of chance at any hour."""

    def __init__(self, kind: str | None, chance: random.Random) -> None:
        """Begin with a state of its own."""
        self._kind = kind
        self._chance = chance
        self._battery = chance.uniform(40, 100)
        self._wander = 0.0
        self.is_locked = True
        self.has_weak_signal = False

    def read(self, hour: float) -> Telemetry:
        """Measure at an hour of the day, 0 to 24."""
        self._battery = max(1.0, self._battery - self._chance.uniform(0, 0.02))
        self._wander = 0.9 * self._wander + self._chance.gauss(0, 0.3)
        noise = self._chance.random()
        return _READERS.get(self._kind or "", _newcomer)(self, hour, noise)

    @property
    def battery_percent(self) -> int:
        """How full the battery is."""
        return round(self._battery)

    @property
    def wander(self) -> float:
        """A value that drifts around 0."""
        return self._wander

    def rssi_dbm(self, noise: float) -> int:
        """How strong the Wi-Fi is."""
        return round((-86 if self.has_weak_signal else -58) - 8 * noise)


def daylight(hour: float) -> float:
    """How light it is outside, 0 to 1."""
    return max(0.0, math.sin(math.pi * (hour - 6) / 12))


def _camera(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    light = daylight(hour)
    return {
        "lux": round(2 + 800 * light * (0.9 + 0.2 * noise), 1),
        "bitrate_kbps": round(1800 + 900 * light + 300 * noise),
        "night_vision": light < 0.05,
        "rssi_dbm": sensors.rssi_dbm(noise),
    }


def _lock(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    return {"locked": sensors.is_locked, "battery_percent": sensors.battery_percent}


def _motion(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    awake = 7 <= hour < 23
    return {
        "motion": noise < (0.3 if awake else 0.02),
        "temperature_c": round(_indoors(hour) + sensors.wander, 1),
        "battery_percent": sensors.battery_percent,
    }


def _thermostat(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    target = 20.5 if 6 <= hour < 22 else 17.0
    temperature = round(_indoors(hour) + sensors.wander, 1)
    return {
        "temperature_c": temperature,
        "target_c": target,
        "heating": temperature < target - 0.3,
        "humidity_percent": round(45 + 8 * noise + sensors.wander),
    }


def _tv(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    is_on = (18 <= hour < 23.5 and noise < 0.9) or noise < 0.1
    return {"power": "on" if is_on else "standby", "watts": round(90 + 30 * noise) if is_on else 1}


def _phone(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    return {
        "battery_percent": sensors.battery_percent,
        "charging": hour < 7 or noise < 0.1,
        "rssi_dbm": sensors.rssi_dbm(noise),
    }


def _newcomer(sensors: Sensors, hour: float, noise: float) -> Telemetry:
    return {"rssi_dbm": sensors.rssi_dbm(noise), "sent_kbps": round(5 + 400 * noise**3)}


def _indoors(hour: float) -> float:
    return 19.5 + 1.5 * math.sin(math.pi * (hour - 9) / 12)


_READERS: Final[Mapping[str, Callable[[Sensors, float, float], Telemetry]]] = {
    "camera": _camera,
    "lock": _lock,
    "motion": _motion,
    "thermostat": _thermostat,
    "tv": _tv,
    "phone": _phone,
}
