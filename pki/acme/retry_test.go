package acme

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/mholt/acmez/v3/acme"
)

func TestRetry(t *testing.T) {
	t.Parallel()
	limited := fmt.Errorf("asking: %w", acme.Problem{Type: acme.ProblemTypeRateLimited, Status: 429})
	refused := acme.Problem{Type: acme.ProblemTypeUnauthorized, Status: 403}
	for name, tt := range map[string]struct {
		err  error
		want []time.Duration
	}{
		"down":    {errors.New("connection refused"), []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute}},
		"broken":  {acme.Problem{Status: 503}, []time.Duration{30 * time.Second, time.Minute}},
		"refused": {refused, []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 6 * time.Hour}},
		"limited": {limited, []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour}},
	} {
		var r retry
		for i, want := range tt.want {
			if got := r.after(tt.err, firstRetry); got != want {
				t.Errorf("%s: pause %d is %s, want %s", name, i, got, want)
			}
		}
		r.reset()
		if got := r.after(tt.err, firstRetry); got != tt.want[0] {
			t.Errorf("%s: %s after a success, want %s", name, got, tt.want[0])
		}
	}
}
