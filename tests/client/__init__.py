"""The device and the subscriber, against real neighbours."""
