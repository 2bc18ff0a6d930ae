"""A simulated home; knows only the contract."""

from devices_sim.home import run_home
from devices_sim.members import Member, device_ids, plan
from devices_sim.scenarios import Scenario

__all__ = ["Member", "Scenario", "device_ids", "plan", "run_home"]
