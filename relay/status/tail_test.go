package status

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
)

func (f *fakeActions) Tail(ctx context.Context, q TailQuery, line func(*TailLine) error) error {
	if q.Name == "nosuch" {
		return relay.WithHint(errors.New("no such input"), "there are: web")
	}
	if q.Name == "often" {
		for {
			if err := line(&TailLine{Input: "web"}); err != nil {
				return err
			}
		}
	}
	if q.Name == "forever" {
		if err := line(nil); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
	for _, l := range []*TailLine{nil, {Input: string(q.Side), Raw: q.Text}, {Missed: 7}} {
		if err := line(l); err != nil {
			return err
		}
	}
	return nil
}

// A tail comes as JSON lines or, for a browser, as events; a question that makes no sense is refused in words; the loopback listener has none.
func TestTail(t *testing.T) {
	t.Parallel()
	loopback, socket, _ := testServer(t, io.Discard)
	for _, tt := range []struct {
		name, query, accept string
		status              int
		want                string
	}{
		{"lines", "text=a%20b", "", 200, "\n{\"input\":\"input\",\"raw\":\"a b\"}\n{\"missed\":7}\n"},
		{"events", "side=output&text=x", "text/event-stream", 200, ":\n\ndata: {\"input\":\"output\",\"raw\":\"x\"}\n\ndata: {\"missed\":7}\n\n"},
		{"no such input", "name=nosuch", "", 422, "there are: web"},
		{"no such side", "side=middle", "", 400, "side is input or output"},
		{"no boolean", "normalized=perhaps", "", 400, "normalized is 1 or 0"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://relay/api/v1/tail?"+tt.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", tt.accept)
		res, err := socket.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		if res.Body.Close(); res.StatusCode != tt.status || tt.status == 200 && string(b) != tt.want || !strings.Contains(string(b), tt.want) {
			t.Errorf("%s: %d %q, want %d %q", tt.name, res.StatusCode, b, tt.status, tt.want)
		}
	}
	if code, _ := get(t, http.DefaultClient, loopback+"/api/v1/tail"); code != 404 {
		t.Errorf("on the loopback listener: %d, want 404", code)
	}
}

// Who watches does not hold up the end of the relay: the server's own patience is not needed.
func TestTailEndsWithTheServer(t *testing.T) {
	t.Parallel()
	began := make(chan time.Time, 1)
	t.Run("server", func(t *testing.T) {
		var res *http.Response
		t.Cleanup(func() { res.Body.Close() }) // after the server has ended
		_, socket, _ := testServer(t, io.Discard)
		var err error
		if res, err = socket.Get("http://relay/api/v1/tail?name=forever"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { began <- time.Now() })
	})
	if took := time.Since(<-began); took >= shutdownTimeout {
		t.Errorf("the server took %s to end", took)
	}
}
