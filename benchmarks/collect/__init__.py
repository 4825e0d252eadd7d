"""What one full collection costs the host that it runs on."""
