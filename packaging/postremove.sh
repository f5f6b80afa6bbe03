#!/bin/sh
# Debian: $1 is "remove", "purge", "upgrade" and the like. RPM: $1 is the number of versions that stay: 0, or 1 in an upgrade.
# Removing keeps what was accepted and not delivered. Purging takes everything.
set -e

reload() {
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload || :
	fi
}

purge() {
	for unit in logrelay.socket logrelay.service; do
		deb-systemd-helper purge "$unit" >/dev/null || :
		deb-systemd-helper unmask "$unit" >/dev/null || :
	done
	rm -f /etc/systemd/system/sockets.target.wants/logrelay-*.socket # enabled by hand
	rmdir /etc/systemd/system/sockets.target.wants 2>/dev/null || : # where nothing else is in it
	rm -rf /etc/logrelay /etc/default/logrelay.override /etc/sysconfig/logrelay.override
	rm -rf /var/lib/logrelay || : # a disk that is mounted there stays, empty
	if getent passwd logrelay >/dev/null; then
		userdel logrelay || :
	fi
}

case "$1" in
remove) reload ;;
purge)
	purge
	reload
	;;
0)
	reload
	if [ -d /var/lib/logrelay ]; then
		echo 'logrelay: state is kept in /var/lib/logrelay, keys and secrets in /etc/logrelay'
	fi
	;;
esac
