"""The certificates of `homeguard certs`: a small local authority, and what it vouches for. Knows no network.

Its modules `files` and `tls` are cheap to import; the rest brings `cryptography`.
"""
