"""Which sources tell of the system that runs, not of what is installed: with an alternative root they are errors."""

RUNTIME = frozenset({
    "audit.loaded",
    "audit.status",
    "firewall.iptables",
    "firewall.nft",
    "hardware",
    "kernel",
    "mac.now",
    "modules.built_in",
    "modules.loaded",
    "mounts.blocks",
    "mounts.now",
    "mounts.swap",
    "services.accounts",
    "services.active",
    "sockets",
    "sysctl.running",
    "time_sync.now",
})  # fmt: skip
