"""The configuration templates of the broker; `bridge.broker` reads them from here, also out of a wheel."""
