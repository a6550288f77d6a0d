"""Where requests go: what a port serves, rules and their conditions."""
