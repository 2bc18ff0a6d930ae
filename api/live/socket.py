"""uvicorn's WebSocket protocol, with the end of a dead connection that it lacks."""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT_SECONDS: Final = 4.0  # between the close frame of a ping time-out and cutting the line


class LiveProtocol(WebSocketsSansIOProtocol):
    """Cuts the line of a peer that answers no ping: closing alone waits for a buffer that nobody empties."""

    def keepalive_timeout(self) -> None:
        """Close, and shortly after cut."""
        super().keepalive_timeout()
        self.loop.call_later(ABORT_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """Close with 1012, and shortly after cut: a stalled peer must not hold the server up."""
        super().shutdown()
        self.loop.call_later(ABORT_SECONDS / 4, self.transport.abort)
