#!/bin/sh
# Debian: $1 is "configure" and $2 the version that was configured before, if any; other words undo a removal that failed.
# RPM: $1 is the number of versions that are installed now: 1, or 2 in an upgrade. Restarts are in posttrans.
# No key and no token is made here, so that clones of an image differ: the relay makes them at its first start.
set -e

units='logrelay.socket logrelay.service'

running() { [ -d /run/systemd/system ]; }

directories() {
	systemd-sysusers logrelay.conf
	systemd-tmpfiles --create logrelay.conf
}

next_steps() {
	cat <<TEXT
logrelay: what to do next:
  edit /etc/logrelay/logrelay.yaml: name your SIEM in "outputs"
  logrelay check
  $1
  senders need the token in /var/lib/logrelay/tokens/https and the certificate
  /etc/logrelay/tls/logrelay.pem; the relay makes both at its first start.
  All of it, step by step: /usr/share/doc/logrelay/README.md, man logrelay
TEXT
}

debian() {
	directories
	if [ -z "$1" ]; then
		chgrp logrelay /etc/logrelay/logrelay.yaml # the group was not there when dpkg unpacked the file
	fi
	for unit in $units; do
		deb-systemd-helper unmask "$unit" >/dev/null || :
		if deb-systemd-helper --quiet was-enabled "$unit"; then
			deb-systemd-helper enable "$unit" >/dev/null || :
		else
			deb-systemd-helper update-state "$unit" >/dev/null || :
		fi
	done
	if running; then
		systemctl daemon-reload || :
		if systemctl --quiet is-active logrelay.service; then
			deb-systemd-invoke restart logrelay.service || :
		else
			# shellcheck disable=SC2086 # a word a unit
			deb-systemd-invoke start $units || :
		fi
	fi
	if [ -z "$1" ]; then
		next_steps 'systemctl reload logrelay'
	fi
}

rpm_first() {
	directories
	if running; then
		systemctl daemon-reload || :
	fi
	# shellcheck disable=SC2086 # a word a unit
	systemctl --no-reload preset $units || :
	next_steps 'systemctl enable --now logrelay.socket logrelay.service'
}

case "$1" in
configure) debian "$2" ;;
1) rpm_first ;;
2)
	directories
	if running; then
		systemctl daemon-reload || :
	fi
	;;
esac
