package daemon

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"logrelay/relay/config"
)

// TestManyOriginsInOneRequest: each envelope of CloudWatch Logs says where its messages are from, in many words if need be. The buffer takes no batch
// whose origins alone are larger than a block.
func TestManyOriginsInOneRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		in := config.NewInput("https").(*config.HTTPSInput)
		in.Listen, in.Auth = "127.0.0.1:0", config.AuthNone
		s.cfg.Inputs["in"] = in
	})
	var body strings.Builder
	const envelopes = 4000
	name := strings.Repeat("n", 2000)
	for i := range envelopes {
		fmt.Fprintf(&body, `{"messageType":"DATA_MESSAGE","owner":"%s","logGroup":"%s","logStream":"%s","logEvents":[{"id":"%d","timestamp":1,"message":"x"}]}`, name, name, name, i)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	resp, err := client.Post("https://"+s.address(t, "in")+"/ingest", "application/json", strings.NewReader(body.String()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || string(answer) != fmt.Sprintf(`{"records":%d}`, envelopes) {
		t.Fatalf("%d %s", resp.StatusCode, answer)
	}
	s.accepted(t, "siem", envelopes)
}
