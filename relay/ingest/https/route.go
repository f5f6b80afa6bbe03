package https

import (
	"net/http"
	"slices"
	"strings"

	"logrelay/relay"
)

// route is what a path leads to.
type route struct {
	protocol Protocol
	methods  []string
	open     bool // for everybody: health
	serve    func(*request) error
}

var (
	post    = []string{http.MethodPost}
	postPut = []string{http.MethodPost, http.MethodPut} // PUT: Fluent Bit can be told to
	get     = []string{http.MethodGet, http.MethodHead}

	genericRoute  = &route{protocol: Generic, methods: postPut, serve: (*request).serveGeneric}
	firehoseRoute = &route{protocol: Firehose, methods: post, serve: (*request).serveFirehose}
	hecEvent      = &route{protocol: HEC, methods: post, serve: (*request).serveHECEvent}
	hecRaw        = &route{protocol: HEC, methods: post, serve: (*request).serveHECRaw}
	hecHealth     = &route{protocol: HEC, methods: get, open: true, serve: (*request).serveHECHealth}
	hecAck        = &route{protocol: HEC, methods: append(post, get...), serve: func(*request) error { return errAck }}
	healthRoute   = &route{protocol: Generic, methods: get, open: true, serve: (*request).serveHealth}

	routes = map[string]*route{
		"/":                              genericRoute,
		"/ingest":                        genericRoute,
		"/firehose":                      firehoseRoute,
		"/services/collector":            hecEvent,
		"/services/collector/1.0":        hecEvent,
		"/services/collector/event":      hecEvent,
		"/services/collector/event/1.0":  hecEvent,
		"/services/collector/raw":        hecRaw,
		"/services/collector/raw/1.0":    hecRaw,
		"/services/collector/health":     hecHealth,
		"/services/collector/health/1.0": hecHealth,
		"/services/collector/ack":        hecAck,
		"/services/collector/ack/1.0":    hecAck,
		"/healthz":                       healthRoute,
	}
)

// kindPath is what stands before a kind: /ingest/vpcflow.
const kindPath = "/ingest/"

// findRoute sets the route of the request, or nil, and the kind that the path names. The configuration's kind wins.
func (rq *request) findRoute() {
	path := rq.r.URL.Path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/") // no other path here
	}
	rq.route = routes[path]
	if name, ok := strings.CutPrefix(path, kindPath); ok && slices.Contains(rq.s.opt.Kinds, relay.Kind(name)) {
		rq.route, rq.kind = genericRoute, orKind(rq.kind, relay.Kind(name))
	}
	if rq.route == genericRoute && rq.r.Header.Get("X-Amz-Firehose-Request-Id") != "" {
		rq.route = firehoseRoute
	}
}

func (rq *request) checkRoute() error {
	switch {
	case rq.route == nil:
		return errNotFound
	case !slices.Contains(rq.route.methods, rq.r.Method):
		return &refusal{status: http.StatusMethodNotAllowed, reason: "method", text: "this method is not taken here", allow: strings.Join(rq.route.methods, ", ")}
	}
	return nil
}
