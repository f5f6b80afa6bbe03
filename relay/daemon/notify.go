package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// stuckAfter is how long a loop that says it is working may go without a beat before the watchdog is left to bite.
const stuckAfter = 45 * time.Second

// notifier talks to the service manager (sd_notify(3)); without one it does nothing.
type notifier struct{ log *slog.Logger }

func (n notifier) send(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		n.log.Warn("telling the service manager", "state", state, "error", err)
	}
}

func (n notifier) ready(status string) { n.send(sd.SdNotifyReady + "\nSTATUS=" + status) }
func (n notifier) stopping() {
	n.send(sd.SdNotifyStopping + "\nSTATUS=delivering what is left, then stopping")
}

// reloading must carry the monotonic clock, or Type=notify-reload ignores it.
func (n notifier) reloading() {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		n.log.Warn("reading the monotonic clock", "error", err)
		return
	}
	n.send(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", sd.SdNotifyReloading, ts.Nano()/1000))
}

// watchdog pets the service manager's watchdog while alive returns nil, until ctx ends. The state of far ends plays no
// part in alive: an outage of a SIEM never restarts the relay.
func (n notifier) watchdog(ctx context.Context, alive func() error) error {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return err
	}
	t := time.NewTicker(every / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := alive(); err != nil {
			n.log.Error("no sign of life: the watchdog is not petted", "error", err)
			continue
		}
		n.send(sd.SdNotifyWatchdog)
	}
}
