package daemon

import (
	"fmt"
	"reflect"

	"logrelay/relay/config"
	"logrelay/relay/ingest/https"
	"logrelay/relay/ingest/syslog"
)

// sameButAccess reports whether two configurations of an input differ at most in who may send, which a running source can take.
// Whether TLS asks for client certificates is decided when a connection begins, so a change of the CA makes a new source.
func sameButAccess(old, next config.Input) bool {
	switch a := old.(type) {
	case *config.HTTPSInput:
		b, ok := next.(*config.HTTPSInput)
		if !ok {
			return false
		}
		x, y := *a, *b
		x.Networks, x.Tokens, x.Users, x.Auth, x.ClientSubjects = y.Networks, y.Tokens, y.Users, y.Auth, y.ClientSubjects
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
