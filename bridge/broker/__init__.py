"""The Mosquitto that `homeguard up` starts: its configuration, its accounts, its process."""
