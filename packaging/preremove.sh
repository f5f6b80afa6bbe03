#!/bin/sh
# Debian: $1 is "remove" or "upgrade" and the like. RPM: $1 is the number of versions that stay: 0, or 1 in an upgrade.
# An upgrade stops nothing: the new version restarts the relay once.
set -e

units='logrelay.socket logrelay-syslog.socket logrelay-syslog-tcp.socket logrelay-syslog-udp.socket logrelay-https-443.socket logrelay.service'

case "$1" in
remove)
	if [ -d /run/systemd/system ]; then
		# shellcheck disable=SC2086 # a word a unit; all at once, or a socket starts the relay again
		deb-systemd-invoke stop $units || :
	fi
	;;
0)
	if [ -d /run/systemd/system ]; then
		# shellcheck disable=SC2086 # a word a unit
		systemctl stop $units || :
	fi
	# shellcheck disable=SC2086 # a word a unit
	systemctl --no-reload --quiet disable $units || :
	;;
esac
