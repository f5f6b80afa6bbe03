package relaytest

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// AWSAccount is the account that the stand-ins for AWS's services use in what they make.
const AWSAccount = "111122223333"

// AWSOptions are for all stand-ins for AWS's services.
type AWSOptions struct {
	Region string   // "" means us-east-1
	Keys   *AWSKeys // who may sign; nil means everyone
}

// AWSFault is how a stand-in misbehaves. Of several the first that fits is taken.
type AWSFault struct {
	Action string // the operation ("GetObject", "DeleteMessageBatch"); "" means all
	Key    string // of the object, when only one is meant
	Times  int    // how often; 0 means until Heal

	Status        int    // answer with an error,
	Code, Message string // of this kind
	Hang          bool   // take the request and say nothing until Heal
	Reset         bool   // reset the connection
	Entry         string // fail the entries of a batch with this code, or those whose receipt handle or id is in Entries
	Entries       []string

	CutAfter   int64         // end the connection after so many bytes of a body
	StallAfter int64         // send so many bytes of a body and then nothing until Heal
	Pause      time.Duration // before each 32 KiB of a body
	ETag       string        // the object has another entity tag
	Region     string        // answer 301: the bucket is in this region
}

// awsServer is what the stand-ins share: a loopback server, faults, and who may sign. Safe for concurrent use.
type awsServer struct {
	// URL is the endpoint, without a slash at the end.
	URL    string
	region string
	keys   *AWSKeys
	server *http.Server
	served sync.WaitGroup
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu     sync.Mutex
	faults []*AWSFault
	healed chan struct{} // closed by Heal
	calls  map[string]int
}

// start listens on a free port of loopback.
func (s *awsServer) start(o AWSOptions, h http.HandlerFunc) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.URL = "http://" + ln.Addr().String()
	s.region, s.keys = o.Region, o.Keys
	if s.region == "" {
		s.region = "us-east-1"
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.healed, s.calls = make(chan struct{}), map[string]int{}
	s.server = &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	s.served.Go(func() { _ = s.server.Serve(ln) })
	return nil
}

// Close ends the server and its connections.
func (s *awsServer) Close() {
	s.cancel()
	_ = s.server.Close()
	s.served.Wait()
}

// Set adds faults.
func (s *awsServer) Set(faults ...AWSFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// Heal ends all faults.
func (s *awsServer) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	close(s.healed)
	s.healed = make(chan struct{})
}

// Calls counts the requests of an operation, those that met a fault included.
func (s *awsServer) Calls(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[action]
}

// fault counts a request and returns what goes wrong with it.
func (s *awsServer) fault(action, key string) AWSFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[action]++
	for i, f := range s.faults {
		if f.Action != "" && f.Action != action || f.Key != "" && f.Key != key {
			continue
		}
		hit := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		return hit
	}
	return AWSFault{}
}

// early carries out what a fault does before there is an answer. It returns false when the request is over.
func (s *awsServer) early(w http.ResponseWriter, r *http.Request, f AWSFault) bool {
	switch {
	case f.Hang:
		s.wait(r)
		drop(w, true)
		return false
	case f.Reset:
		drop(w, true)
		return false
	}
	return true
}

// wait blocks until Heal, Close, or the client goes away.
func (s *awsServer) wait(r *http.Request) {
	s.mu.Lock()
	healed := s.healed
	s.mu.Unlock()
	select {
	case <-healed:
	case <-s.ctx.Done():
	case <-r.Context().Done():
	}
}

// drop ends the connection of a request, in order or with a reset.
func drop(w http.ResponseWriter, reset bool) {
	h, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	c, _, err := h.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// AWSKeys knows who may sign. Safe for concurrent use. The signature itself is not checked, only whose it says it is.
type AWSKeys struct {
	mu sync.Mutex
	of map[string]awsKey // by access key id
}

type awsKey struct {
	arn     string
	token   string // "" for those of a user
	expired bool
}

// Add lets an access key id sign, with its session token if it has one, as the identity arn.
func (k *AWSKeys) Add(id, token, arn string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = map[string]awsKey{}
	}
	k.of[id] = awsKey{arn: arn, token: token}
}

// Expire makes a key answer ExpiredToken.
func (k *AWSKeys) Expire(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := k.of[id]
	key.expired = true
	k.of[id] = key
}

// Remove forgets a key.
func (k *AWSKeys) Remove(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, id)
}

// scope is the credential scope of Signature Version 4: key id, date, region, service.
var scope = regexp.MustCompile(`Credential=([^/ ]+)/[0-9]{8}/([^/]+)/([^/]+)/aws4_request`)

// signer returns who signed a request, for which region, and the code of the error if it may not.
func (s *awsServer) signer(r *http.Request) (arn, region, code string) {
	m := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return "", "", "MissingAuthenticationToken"
	}
	if s.keys == nil {
		return "arn:aws:iam::" + AWSAccount + ":user/test", m[2], ""
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	key, ok := s.keys.of[m[1]]
	switch {
	case !ok:
		return "", m[2], "InvalidAccessKeyId"
	case key.expired:
		return key.arn, m[2], "ExpiredToken"
	case key.token != r.Header.Get("X-Amz-Security-Token"):
		return key.arn, m[2], "InvalidToken"
	}
	return key.arn, m[2], ""
}

// denied is the message of AWS for a refused action.
func denied(arn, action, resource string) string {
	return "User: " + arn + " is not authorized to perform: " + strings.ToLower(action) + " on resource: " + resource +
		" because no identity-based policy allows the " + strings.ToLower(action) + " action"
}
