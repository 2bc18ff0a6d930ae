"""The command line `homeguard …`."""
