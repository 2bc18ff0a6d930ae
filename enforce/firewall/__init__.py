"""The firewall as an enforcer: nftables on a gateway or a bridge, by MAC and by the addresses seen for it."""
