package rules

import "logrelay/relay"

// The words of enumerations in expressions.
var (
	statuses = [...]string{relay.StatusUnset: "", relay.StatusSuccess: "success", relay.StatusFailure: "failure"}
	scopes   = [...]string{relay.ScopeUnset: "", relay.ScopeInternal: "internal", relay.ScopeExternal: "external"}
)

func head(e *relay.Event) *relay.Common {
	if e.Class == nil {
		return &relay.Common{} // a raw event
	}
	return e.Class.Head()
}

func status(e *relay.Event) string { return statuses[head(e).Status] }

func class(e *relay.Event) string {
	switch e.Class.(type) {
	case *relay.NetworkFlow:
		return "network_flow"
	case *relay.APICall:
		return "api_call"
	case *relay.DNSQuery:
		return "dns_query"
	case *relay.HTTPRequest:
		return "http_request"
	case *relay.Authentication:
		return "authentication"
	case *relay.Finding:
		return "finding"
	case *relay.Message:
		return "message"
	}
	return "other"
}

func message(e *relay.Event) *string {
	switch c := e.Class.(type) {
	case nil:
		return nil
	case *relay.Message:
		return &c.Text
	case *relay.Other:
		if c.JSON == "" {
			return &c.Text
		}
	}
	return &e.Class.Head().Message
}

func src(e *relay.Event) *relay.Endpoint {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return &c.Src
	case *relay.APICall:
		return &c.Src
	case *relay.DNSQuery:
		return &c.Src
	case *relay.HTTPRequest:
		return &c.Src
	case *relay.Authentication:
		return &c.Src
	case *relay.Finding:
		return &c.Src
	}
	return nil
}

func dst(e *relay.Event) *relay.Endpoint {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return &c.Dst
	case *relay.APICall:
		return &c.Dst
	case *relay.DNSQuery:
		return &c.Dst
	case *relay.HTTPRequest:
		return &c.Dst
	case *relay.Authentication:
		return &c.Dst
	case *relay.Finding:
		return &c.Dst
	}
	return nil
}

// user returns whom the event is about.
func user(e *relay.Event) *relay.User {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return &c.User
	case *relay.HTTPRequest:
		return &c.User
	case *relay.Authentication:
		return &c.User
	case *relay.APICall:
		if c.Change.Activity != 0 {
			return &c.Change.User
		}
	}
	return actor(e)
}

// actor returns who did it.
func actor(e *relay.Event) *relay.User {
	switch c := e.Class.(type) {
	case *relay.APICall:
		return &c.Actor.User
	case *relay.Authentication:
		return &c.Actor.User
	case *relay.Finding:
		return &c.Actor.User
	}
	return nil
}

func api(e *relay.Event) *relay.API {
	switch c := e.Class.(type) {
	case *relay.APICall:
		return &c.API
	case *relay.Authentication:
		return &c.API
	case *relay.Finding:
		return &c.API
	}
	return nil
}

func request(e *relay.Event) *relay.HTTP {
	switch c := e.Class.(type) {
	case *relay.HTTPRequest:
		return &c.HTTP
	case *relay.APICall:
		return &c.HTTP
	case *relay.Authentication:
		return &c.HTTP
	case *relay.Finding:
		return &c.HTTP
	}
	return nil
}

func verdict(e *relay.Event) *relay.Verdict {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return &c.Verdict
	case *relay.APICall:
		return &c.Verdict
	case *relay.DNSQuery:
		return &c.Verdict
	case *relay.HTTPRequest:
		return &c.Verdict
	case *relay.Finding:
		return &c.Verdict
	}
	return nil
}

func action(e *relay.Event) string {
	v := verdict(e)
	if v == nil || !v.Present {
		return ""
	}
	switch v.Action {
	case relay.ActionAllowed:
		return "allowed"
	case relay.ActionDenied:
		return "denied"
	case relay.ActionObserved:
		return "observed"
	case relay.ActionModified:
		return "modified"
	case relay.ActionOther:
		return "other"
	}
	return ""
}

func connection(e *relay.Event, of func(*relay.Connection) int) int {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return of(&c.Connection)
	case *relay.DNSQuery:
		return of(&c.Connection)
	case *relay.HTTPRequest:
		return of(&c.Connection)
	case *relay.Finding:
		return of(&c.Connection)
	}
	return 0
}

func traffic(e *relay.Event, of func(*relay.Traffic) int) int {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return of(&c.Traffic)
	case *relay.HTTPRequest:
		return of(&c.Traffic)
	}
	return 0
}
