package page

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"logrelay/relay/status"
)

//go:embed assets templates
var files embed.FS

// Actions are what the page can show and do beyond the Snapshot. See status.Actions.
type Actions interface {
	DeadLetters(ctx context.Context, q status.LetterQuery, limit int) ([]status.Letter, error)
	RetryDeadLetters(ctx context.Context, q status.LetterQuery) (status.LetterResult, error)
	DropDeadLetters(ctx context.Context, q status.LetterQuery) (status.LetterResult, error)
}

// Options of a Page.
type Options struct {
	Snapshot func() status.Snapshot // required; safe for concurrent use, and cheap
	Actions  Actions                // required
	Config   func() []byte          // required; the configuration in force, without secrets
	Users    []User
	Logger   *slog.Logger
}

// Page serves the status page. It implements status.Page and is safe for concurrent use.
type Page struct {
	o         Options
	log       *slog.Logger
	templates *template.Template
	csrfKey   [32]byte
	users     users
	checking  chan struct{}
	sessions  sessions
	attempts  attempts
	history   history

	mu      sync.Mutex
	streams int
}

// New returns a page. It fails when the hash of a user is none.
func New(o Options) (*Page, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Page{
		o: o, log: o.Logger.With("component", "page"), checking: make(chan struct{}, 1),
		sessions: sessions{all: map[[sha256.Size]byte]session{}}, attempts: newAttempts(),
	}
	_, _ = rand.Read(p.csrfKey[:]) // crypto/rand never fails
	if err := p.users.set(o.Users); err != nil {
		return nil, err
	}
	p.templates = template.Must(template.New("page").Funcs(words).ParseFS(files, "templates/*.html"))
	return p, nil
}

// SetUsers changes who may log in. The sessions of those end who are gone, or have another password. On an error nothing changes.
func (p *Page) SetUsers(list []User) error { return p.users.set(list) }

// Run takes the samples of the charts until ctx ends.
func (p *Page) Run(ctx context.Context) {
	tick := time.NewTicker(fineEvery)
	defer tick.Stop()
	for {
		p.history.add(p.o.Snapshot())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// visitor is who made a request.
type visitor struct {
	door  status.Door
	name  string // "" where nobody is logged in
	token string // of the session
}

func (v visitor) loggedIn() bool { return v.name != "" }

// visitor finds out who made the request. person says that somebody did something, and not the page by itself.
func (p *Page) visitor(r *http.Request, d status.Door, person bool) visitor {
	v := visitor{door: d}
	if d == status.Socket {
		v.name = status.Peer(r.Context())
		return v
	}
	if c, err := r.Cookie(cookieName(r)); err == nil {
		if u := p.sessions.user(c.Value, person); u != nil && p.users.may(u) {
			v.name, v.token = u.name, c.Value
		}
	}
	return v
}

// User names who is logged in; "" is nobody.
func (p *Page) User(r *http.Request) string { return p.visitor(r, status.Remote, false).name }

// csrf is the token that a form of this visitor carries.
func (p *Page) csrf(v visitor) string {
	m := hmac.New(sha256.New, p.csrfKey[:])
	_, _ = m.Write([]byte{byte(v.door)}) // what everyone on the host can get at the address is worth nothing behind the socket
	_, _ = m.Write([]byte(v.token))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

type handler func(w http.ResponseWriter, r *http.Request, v visitor)

// Handler serves the page to who comes through the door.
func (p *Page) Handler(d status.Door) http.Handler {
	mux := http.NewServeMux()
	anyone := func(pattern string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h(w, r, p.visitor(r, d, true)) })
	}
	known := func(pattern string, h handler) {
		anyone(pattern, func(w http.ResponseWriter, r *http.Request, v visitor) {
			if !v.loggedIn() {
				http.Redirect(w, r, "/login?next="+r.URL.Path, http.StatusSeeOther)
				return
			}
			h(w, r, v)
		})
	}
	sums := anyone
	if d == status.Remote {
		sums = known
	}
	sums("GET /{$}", p.status)
	sums("GET /events", p.events)
	known("GET /dead-letters", p.letters)
	known("POST /dead-letters/retry", p.checked(p.retry))
	known("GET /dead-letters/drop", p.askDrop)
	known("POST /dead-letters/drop", p.checked(p.drop))
	known("GET /config", p.config)
	known("GET /tail", p.tail)
	anyone("GET /login", p.loginForm)
	anyone("POST /login", p.checked(p.login))
	anyone("POST /logout", func(w http.ResponseWriter, r *http.Request, v visitor) {
		leave := p.checked(p.logout)
		if !v.loggedIn() { // the session, to which the form's token belongs, was over before
			leave = p.logout
		}
		leave(w, r, v)
	})
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(fmt.Sprintf("BUG: no embedded assets: %v", err))
	}
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	return secured(http.NewCrossOriginProtection().Handler(mux))
}

// checked lets a POST pass that comes from a form of ours.
func (p *Page) checked(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visitor) {
		if !hmac.Equal([]byte(r.PostFormValue("csrf")), []byte(p.csrf(v))) {
			p.fail(w, v, http.StatusForbidden, "This form is out of date: go back, load the page again, and repeat it.")
			return
		}
		h(w, r, v)
	}
}

// contentPolicy lets the browser load what stands in this package and nothing else (CSP Level 3).
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// frame is what every page has.
type frame struct {
	Title    string
	Here     string // path of the page
	User     string
	Session  bool // that can be ended
	CSRF     string
	LoggedIn bool
	Reload   int // seconds after which the page loads itself again where there is no script; 0 for never
}

func (p *Page) frame(v visitor, title, here string) frame {
	return frame{Title: title, Here: here, User: v.name, Session: v.loggedIn() && v.door != status.Socket, CSRF: p.csrf(v), LoggedIn: v.loggedIn()}
}

// show renders a whole page.
func (p *Page) show(w http.ResponseWriter, code int, name string, data any) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("BUG: template %s: %v", name, err))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // the client has gone away: nobody is left to tell
}

func (p *Page) fail(w http.ResponseWriter, v visitor, code int, text string) {
	p.show(w, code, "failure.html", struct {
		frame
		Text string
	}{p.frame(v, http.StatusText(code), ""), text})
}
