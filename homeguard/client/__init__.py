"""What device and dashboard authors import; nothing in the bridge or the API does."""
