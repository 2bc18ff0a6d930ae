"""`homeguard doctor`: looks at broker, journal and machine, says what would be lost, and changes nothing."""
