package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
)

// Probe asks every URL who it is, whether we may write there, and whether the index is there. It writes nothing. The answers of what knows
// no privileges (OpenSearch, VictoriaLogs, a server without security) leave that not tested.
func (d *Destination) Probe(ctx context.Context) error {
	untested := ""
	err := d.client.Probe(func(u *url.URL) error {
		if err := d.greet(ctx, u); err != nil {
			return err
		}
		known, err := d.mayWrite(ctx, u)
		if err != nil {
			return err
		}
		if !known {
			untested = "whether we may write to " + d.o.Index
		}
		there, err := d.exists(ctx, u)
		if err == nil && !there {
			untested = "whether " + d.o.Index + ", which is not there yet, will be made"
		}
		return err
	})
	if err == nil && untested != "" {
		return fmt.Errorf("%s: %w", untested, forward.ErrNotTested)
	}
	return err
}

// greet asks for GET /. A key that may do nothing but write is not told: 403.
func (d *Destination) greet(ctx context.Context, u *url.URL) error {
	root := route(u, "/")
	a, err := d.client.Do(ctx, web.Request{Method: http.MethodGet, URL: root})
	if err != nil {
		return err
	}
	var who struct {
		Version struct{ Number string }
	}
	if a.Status == http.StatusForbidden && !saysLicense(a) {
		return nil
	}
	err = judge(a, web.Name(root))
	_, rejected := errors.AsType[*relay.RejectError](err)
	if !rejected && err != nil {
		return err
	}
	if rejected || json.Unmarshal(a.Body, &who) != nil || who.Version.Number == "" {
		return &relay.HoldError{Hint: strangerHint, Err: fmt.Errorf("%s answers %s", web.Name(root), a.Words())}
	}
	return nil
}

// mayWrite asks Elasticsearch for our own privileges, which everyone may. False: the far end does not know the question.
func (d *Destination) mayWrite(ctx context.Context, u *url.URL) (known bool, err error) {
	target := route(u, "/_security/user/_has_privileges")
	text := fmt.Appendf(nil, `{"index":[{"names":[%q],"privileges":["create_doc"]}]}`, d.target.pattern())
	a, err := d.client.Post(ctx, web.Request{URL: target, ContentType: "application/json"}, text)
	if err != nil {
		return false, err
	}
	if a.Status == http.StatusUnauthorized || saysLicense(a) {
		return false, judge(a, web.Name(target))
	}
	if a.Status != http.StatusOK {
		return false, nil // also a proxy's 403, which lets nothing pass but _bulk
	}
	var r struct {
		All *bool `json:"has_all_requested"`
	}
	if json.Unmarshal(a.Body, &r) != nil || r.All == nil {
		return false, nil
	}
	if !*r.All {
		f := failure{status: http.StatusForbidden}
		return true, &relay.HoldError{Hint: f.hint(d.o.Index), Err: fmt.Errorf("%s: the privilege create_doc on %s is missing", web.Name(u), d.target.pattern())}
	}
	return true, nil
}

// exists asks for the index. What may not be asked counts as there.
func (d *Destination) exists(ctx context.Context, u *url.URL) (bool, error) {
	if !d.target.fixed() {
		return true, nil
	}
	a, err := d.client.Do(ctx, web.Request{Method: http.MethodHead, URL: route(u, "/"+d.o.Index)})
	return err != nil || a.Status != http.StatusNotFound, err
}
