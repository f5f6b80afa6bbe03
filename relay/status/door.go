package status

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"logrelay/relay"
)

// Door is a way in.
type Door int

// The doors.
const (
	Socket   Door = iota // the kernel says who it is; everything
	Loopback             // anyone on the host; health, metrics and sums, and the rest with a login
	Remote               // health, and the rest with a login
)

// doorOf says what an address is. What is no TCP address is taken for a remote one.
func doorOf(a net.Addr) Door {
	if t, ok := a.(*net.TCPAddr); ok && t.IP.IsLoopback() {
		return Loopback
	}
	return Remote
}

// Page is what a browser is shown, and knows who is logged in. Safe for concurrent use.
type Page interface {
	// Handler serves who comes through the door, for every path that the server itself does not have.
	Handler(d Door) http.Handler
	// User names who is logged in; "" is nobody.
	User(r *http.Request) string
}

// user names who is logged in at an address.
func (s *Server) user(r *http.Request) string {
	if s.o.Page == nil {
		return ""
	}
	return s.o.Page.User(r)
}

var errLogin = errors.New("this needs a login, or the socket")

// known refuses who is not logged in.
func (s *Server) known(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.user(r) == "" {
			writeError(w, http.StatusUnauthorized, relay.WithHint(errLogin, "log in at /login, or ask the unix socket"))
			return
		}
		h(w, r)
	}
}

// checkHost refuses requests whose Host is not ours: what a browser sends after DNS rebinding. Rebinding needs a name that a stranger
// controls: on an address of its own the relay answers to that and to its names, on loopback to loopback names alone. Behind the socket, which ssh may forward to a browser, any
// name without a dot will do, since nobody owns one.
func (s *Server) checkHost(d Door, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		ip, err := netip.ParseAddr(host)
		good := host == "localhost" || err == nil && ip.IsLoopback()
		switch {
		case good:
		case d == Remote:
			good = err == nil || s.o.Named != nil && s.o.Named(host)
		case d == Socket:
			good = err != nil && !strings.Contains(host, ".")
		}
		if !good {
			http.Error(w, "this listener answers only to loopback names, or to those of its certificate", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// Change is what somebody changed.
type Change struct{ Action, By string }

// Audit writes who changed what, or tried to.
func Audit(log *slog.Logger, c Change, err error, attrs ...any) {
	attrs = append(attrs, "action", c.Action, "by", c.By)
	if err != nil {
		log.Warn("admin change refused", append(attrs, "error", err)...)
		return
	}
	log.Info("admin change", attrs...)
}
