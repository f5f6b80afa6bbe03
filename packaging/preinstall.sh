#!/bin/sh
# RPM alone, before the files are there: the user that some of them belong to.
set -e

# The same as sysusers.d/logrelay.conf, which counts where it is.
systemd-sysusers --replace=/usr/lib/sysusers.d/logrelay.conf - <<CONF
u logrelay - "Log relay" /var/lib/logrelay /usr/sbin/nologin
CONF
