"""The live channels: log, subscriber, fanout, endpoint, protocol."""
