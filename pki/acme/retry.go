package acme

import (
	"errors"
	"time"

	"github.com/mholt/acmez/v3/acme"
)

const (
	// lookEvery is how often certificates are looked at.
	lookEvery = 10 * time.Minute
	// firstRetry follows a CA that cannot be reached: the network of a host that has just been started comes up late.
	firstRetry = 30 * time.Second
	// refusedRetry follows an answer that is an error. Let's Encrypt takes 5 failed validations of a name in an hour
	// (letsencrypt.org/docs/rate-limits, "Authorization Failures per Hostname per Account").
	refusedRetry = 15 * time.Minute
	// limitedRetry follows an answer that says "too often".
	limitedRetry = time.Hour
	// lastRetry is the longest pause. A certificate of 90 days has 30 left when its renewal begins, one of 6 days has 2.
	lastRetry = 6 * time.Hour
	// attemptTime bounds one attempt, however slowly the CA, the DNS or the one who looks at the challenge answers.
	attemptTime = 10 * time.Minute
)

// retry says how long to wait after failures, each time twice as long.
type retry struct{ pause time.Duration }

// after returns the pause after an error. first is that of the shortest one.
func (r *retry) after(err error, first time.Duration) time.Duration {
	r.pause = min(max(2*r.pause, first, least(err)), lastRetry)
	return r.pause
}

func (r *retry) reset() { r.pause = 0 }

// least returns how long the CA has to be left alone after an error.
func least(err error) time.Duration {
	problem, ok := errors.AsType[acme.Problem](err)
	switch {
	case !ok || problem.Status >= 500:
		return 0
	case problem.Type == acme.ProblemTypeRateLimited:
		return limitedRetry
	}
	return refusedRetry
}
