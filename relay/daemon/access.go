package daemon

import (
	"fmt"
	"reflect"
	"slices"

	"logrelay/relay/config"
	"logrelay/relay/ingest/https"
	"logrelay/relay/ingest/syslog"
)

// sameButAccess reports whether two configurations of an input differ at most in who may send, which a running source can take.
// Which client certificates TLS asks for and lets in is decided when a connection begins, so a change of that makes a new source.
func sameButAccess(old, next config.Input) bool {
	switch a := old.(type) {
	case *config.HTTPSInput:
		b, ok := next.(*config.HTTPSInput)
		if !ok {
			return false
		}
		x, y := *a, *b
		x.Networks, x.Tokens, x.Users, x.Auth = y.Networks, y.Tokens, y.Users, y.Auth
		return reflect.DeepEqual(x, y)
	case *config.SyslogInput:
		b, ok := next.(*config.SyslogInput)
		if !ok {
			return false
		}
		x, y := *a, *b
		x.Networks = y.Networks
		return reflect.DeepEqual(x, y)
	}
	return false
}

// checkAccess finds out whether setAccess will be taken.
func (d *Daemon) checkAccess(in *input, next config.Input) error {
	c, ok := next.(*config.HTTPSInput)
	if !ok {
		return nil // networks are valid once they are parsed
	}
	auth, err := d.httpsAuth(in.name, c)
	if err != nil {
		return err
	}
	return auth.Check()
}

// setAccess changes who may send. Connections of those who still may are not touched; those of others are closed.
func (d *Daemon) setAccess(in *input, next config.Input) error {
	switch c := next.(type) {
	case *config.HTTPSInput:
		auth, err := d.httpsAuth(in.name, c)
		if err != nil {
			return err
		}
		return in.source.(*https.Server).SetAuth(auth)
	case *config.SyslogInput:
		return in.source.(*syslog.Source).SetNetworks(config.Prefixes(c.Networks))
	}
	panic(fmt.Sprintf("BUG: an input of type %T", next))
}

// follow makes an input that was replaced, and whose connections live on, obey the access rules that its successor has now: what is
// revoked is revoked for them too. Where it cannot, it ends, as it does without a successor.
func (d *Daemon) follow(old, next *input) {
	if next == nil || old.read != next.read || !sameDoor(old.cfg, next.cfg) || d.setAccess(old, next.cfg) != nil {
		old.stop()
	}
}

// sameDoor reports whether what let the connections of an input in, and setAccess cannot change, is the same with the next configuration.
func sameDoor(old, next config.Input) bool {
	switch a := old.(type) {
	case *config.HTTPSInput:
		b, ok := next.(*config.HTTPSInput)
		return ok && a.ClientCAFile == b.ClientCAFile && a.ClientCert == b.ClientCert
	case *config.SyslogInput:
		b, ok := next.(*config.SyslogInput)
		return ok && a.ClientCAFile == b.ClientCAFile && a.ClientCert == b.ClientCert && slices.Equal(a.ClientSubjects, b.ClientSubjects)
	}
	return false
}
