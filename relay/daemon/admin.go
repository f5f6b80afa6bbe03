package daemon

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"

	"logrelay/pki"
	"logrelay/relay/config"
	"logrelay/relay/status"
	"logrelay/relay/status/page"
)

// CheckHash says what is wrong with the hash of an admin user's password; it is for config.Options.
func CheckHash(text string) error { return page.CheckHash(text) }

// openAdmin opens the admin doors and what is behind them.
func (d *Daemon) openAdmin(ctx context.Context) (err error) {
	if d.page, err = page.New(page.Options{Snapshot: d.Snapshot, Actions: actions{d}, Config: d.masked, Users: pageUsers(d.cfg), Logger: d.o.Logger}); err != nil {
		return err
	}
	d.admin = status.New(status.Options{
		Snapshot: d.Snapshot, Alive: d.alive, Ready: d.ready, Actions: actions{d}, Page: d.page, Named: d.named, Gatherer: d.registry, Logger: d.o.Logger,
	})
	if a := d.cfg.Admin.Listen; a != "" {
		if d.address, err = net.Listen("tcp", a); err != nil {
			return listenError("admin", a, err)
		}
		d.log.Info("status page", "address", d.address.Addr().String(), "tls", d.cfg.Admin.TLS, "users", len(d.cfg.Admin.Users))
		if d.cfg.Admin.TLS {
			served := pki.ServerConfig(pki.ServerOptions{GetCertificate: d.pair.GetCertificate, NextProtos: []string{"http/1.1"}, Modern: d.cfg.TLS.Policy == "modern"})
			if d.acme != nil {
				served = d.acme.ServerConfig(served)
			}
			d.address = tls.NewListener(d.address, served)
		}
	}
	if p := string(d.cfg.Admin.Socket); p != "" {
		if d.socket, err = listenUnix(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func pageUsers(cfg *config.Config) []page.User {
	users := make([]page.User, 0, len(cfg.Admin.Users))
	for _, u := range cfg.Admin.Users {
		users = append(users, page.User{Name: u.Name, Hash: u.PasswordHash.Reveal()})
	}
	return users
}

// masked is the configuration in force, without secrets.
func (d *Daemon) masked() []byte { return d.config().Masked() }

// config is the configuration in force.
func (d *Daemon) config() *config.Config {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cfg
}

// named reports whether a host name is one of the relay's certificates.
func (d *Daemon) named(host string) bool {
	same := func(name string) bool { return strings.EqualFold(name, host) }
	return slices.ContainsFunc(d.pair.Info().Names, same) || slices.ContainsFunc(d.config().TLS.ACME.Names, same)
}
