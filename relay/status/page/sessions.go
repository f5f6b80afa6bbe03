package page

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"sync"
	"time"
)

const (
	maxSessions = 64
	idleTime    = 30 * time.Minute // without a request
	sessionTime = 12 * time.Hour
	tokenBytes  = 32
)

// sessions are who is logged in. Of tokens they know hashes: whoever reads our memory, or times a look-up, learns none.
type sessions struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]session
}

type session struct {
	user        *user
	begun, used time.Time
}

func (s session) over(now time.Time) bool {
	return now.Sub(s.used) >= idleTime || now.Sub(s.begun) >= sessionTime
}

// begin returns the token of a new session. Where there are too many, the one that was idle longest ends.
func (ss *sessions) begin(u *user) (token string) {
	secret := make([]byte, tokenBytes)
	_, _ = rand.Read(secret) // crypto/rand never fails
	token = base64.RawURLEncoding.EncodeToString(secret)
	now := time.Now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	var idlest [sha256.Size]byte
	for id, s := range ss.all {
		if s.over(now) {
			delete(ss.all, id)
		} else if o, ok := ss.all[idlest]; !ok || s.used.Before(o.used) {
			idlest = id
		}
	}
	if len(ss.all) >= maxSessions {
		delete(ss.all, idlest)
	}
	ss.all[sha256.Sum256([]byte(token))] = session{u, now, now}
	return token
}

// user says whose session it is; nil when there is none or it is over. A request that a person made keeps it from being idle.
func (ss *sessions) user(token string, person bool) *user {
	id, now := sha256.Sum256([]byte(token)), time.Now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s, ok := ss.all[id]
	if !ok {
		return nil
	}
	if s.over(now) {
		delete(ss.all, id)
		return nil
	}
	if person {
		s.used = now
		ss.all[id] = s
	}
	return s.user
}

func (ss *sessions) end(token string) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.all, sha256.Sum256([]byte(token)))
}

const (
	freeAttempts  = 5 // to log in, of one address
	attemptPause  = 30 * time.Second
	attemptMemory = 15 * time.Minute
	maxAttempters = 1024
)

// attempts slows down who guesses passwords: after freeAttempts that failed, an address has one in each attemptPause.
type attempts struct {
	mu  sync.Mutex
	all map[netip.Prefix]attempt
}

type attempt struct {
	count int
	last  time.Time
}

func newAttempts() attempts { return attempts{all: map[netip.Prefix]attempt{}} }

// take counts an attempt and reports whether it may be made. One that succeeds is given back with forget.
func (as *attempts) take(from netip.Addr) bool {
	key, now := network(from), time.Now()
	as.mu.Lock()
	defer as.mu.Unlock()
	a, known := as.all[key]
	if now.Sub(a.last) >= attemptMemory {
		a.count = 0
	}
	if a.count >= freeAttempts && now.Sub(a.last) < attemptPause {
		return false
	}
	if !known && len(as.all) >= maxAttempters {
		as.makeRoom(now)
	}
	as.all[key] = attempt{a.count + 1, now}
	return true
}

// makeRoom forgets what is old, or else the oldest.
func (as *attempts) makeRoom(now time.Time) {
	var oldest netip.Prefix
	for key, a := range as.all {
		if now.Sub(a.last) >= attemptMemory {
			delete(as.all, key)
		} else if o, ok := as.all[oldest]; !ok || a.last.Before(o.last) {
			oldest = key
		}
	}
	if len(as.all) >= maxAttempters {
		delete(as.all, oldest)
	}
}

func (as *attempts) forget(from netip.Addr) {
	as.mu.Lock()
	defer as.mu.Unlock()
	delete(as.all, network(from))
}

// network is what one stranger can have many addresses of: of IPv6 a /64.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all of these together
	}
	return p
}
