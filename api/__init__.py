"""The two doors, REST and WebSocket. Only app.py knows the bridge."""
