package page

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"logrelay/relay/status"
)

// loginPatience is how long a login waits for those before it: one password is checked at a time, since that takes memory.
const loginPatience = 10 * time.Second

// pathsAfterLogin are where a login may lead.
var pathsAfterLogin = []string{"/", "/tail", "/dead-letters", "/config"}

// cookieName has the prefix that makes browsers insist on TLS and on this host (RFC 6265bis section 4.1.3.2), where there is TLS.
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-logrelay"
	}
	return "logrelay"
}

func setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

type loginPage struct {
	frame
	Next    string
	Problem string
	NoUsers bool
}

func next(r *http.Request) string {
	if path := r.FormValue("next"); slices.Contains(pathsAfterLogin, path) {
		return path
	}
	return "/"
}

func (p *Page) loginForm(w http.ResponseWriter, r *http.Request, v visitor) {
	if v.loggedIn() {
		http.Redirect(w, r, next(r), http.StatusSeeOther)
		return
	}
	p.showLogin(w, r, v.door, refusal{code: http.StatusOK})
}

// refusal is why there is a form again; its text is "" where there was none before.
type refusal struct {
	code int
	text string
}

// showLogin forgets the session that is over, if there was one: the form's token belongs to none.
func (p *Page) showLogin(w http.ResponseWriter, r *http.Request, d status.Door, why refusal) {
	if _, err := r.Cookie(cookieName(r)); err == nil {
		setCookie(w, r, "", -1)
	}
	p.show(w, why.code, "login.html", loginPage{p.frame(visitor{door: d}, "Log in", "/login"), next(r), why.text, p.users.none()})
}

// login lets a user in who knows the password.
func (p *Page) login(w http.ResponseWriter, r *http.Request, v visitor) {
	name, password, from := r.PostFormValue("name"), r.PostFormValue("password"), peerAddress(r)
	if !p.attempts.take(from) {
		w.Header().Set("Retry-After", "30")
		p.showLogin(w, r, v.door, refusal{http.StatusTooManyRequests, "Too many attempts failed. Try again in half a minute."})
		return
	}
	u, ok := p.check(r.Context(), name, []byte(password))
	if !ok {
		p.showLogin(w, r, v.door, refusal{http.StatusServiceUnavailable, "Others are logging in. Try again."})
		return
	}
	if u == nil {
		p.log.Warn("login refused", "peer", from.String())
		p.showLogin(w, r, v.door, refusal{http.StatusForbidden, "Name or password is not right."})
		return
	}
	p.attempts.forget(from)
	p.log.Info("login", "user", name, "peer", from.String())
	setCookie(w, r, p.sessions.begin(u), int(sessionTime/time.Second))
	http.Redirect(w, r, next(r), http.StatusSeeOther)
}

// check returns the user, or nil when name and password do not fit. It takes as long for a name that nobody has as for another. ok is false when it could
// not be checked.
func (p *Page) check(ctx context.Context, name string, password []byte) (u *user, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	select {
	case p.checking <- struct{}{}:
		defer func() { <-p.checking }()
	case <-ctx.Done():
		return nil, false
	}
	if len(password) > maxPassword {
		return nil, true
	}
	u = p.users.find(name)
	if !u.hash.fits(password) || u.name == "" {
		return nil, true
	}
	return u, true
}

func (p *Page) logout(w http.ResponseWriter, r *http.Request, v visitor) {
	if v.door != status.Socket && v.loggedIn() {
		p.sessions.end(v.token)
		p.log.Info("logout", "user", v.name)
	}
	setCookie(w, r, "", -1)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func peerAddress(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(host) // the zero address stands for what is none
	return a
}
