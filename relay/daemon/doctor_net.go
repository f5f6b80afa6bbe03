package daemon

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/ingest/syslog"
)

// checkUDP compares what the kernel lets a socket hold with what the relay asks for.
func checkUDP(c *config.Config, path string) []CheckResult {
	udp := false
	for _, in := range c.Inputs {
		udp = udp || networkOf(in) == "udp"
	}
	if !udp {
		return nil
	}
	const name = "UDP buffers"
	b, err := os.ReadFile(path)
	limit, parseErr := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	switch {
	case err != nil || parseErr != nil:
		return []CheckResult{{Name: name, Result: CheckNotTested, Detail: "the kernel does not tell its limit (" + path + ")"}}
	case limit < syslog.ReceiveBuffer:
		return []CheckResult{warning(name, fmt.Sprintf("the kernel holds at most %d bytes for a socket, and the relay asks for %d: bursts of datagrams may be lost", limit, syslog.ReceiveBuffer),
			fmt.Sprintf("echo net.core.rmem_max=%d > /etc/sysctl.d/90-logrelay.conf && sysctl --system, then restart the relay", syslog.ReceiveBuffer))}
	}
	return []CheckResult{ok(name, fmt.Sprintf("the kernel allows %d bytes for a socket", limit))}
}

// checkNames resolves the names of far ends.
func checkNames(ctx context.Context, c *config.Config, lookup func(context.Context, string) ([]string, error)) (results []CheckResult) {
	for _, output := range slices.Sorted(maps.Keys(c.Outputs)) {
		for _, host := range hostsOf(c.Outputs[output]) {
			results = append(results, checkName(ctx, "DNS "+output, host, lookup))
		}
	}
	return results
}

func checkName(ctx context.Context, name, host string, lookup func(context.Context, string) ([]string, error)) CheckResult {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	began := time.Now()
	found, err := lookup(ctx, host)
	took := time.Since(began)
	switch {
	case err != nil:
		return failed(name, relay.WithHint(err, "correct the name, or /etc/resolv.conf; \"resolvectl query "+host+"\" shows who answers what"))
	case took > slowDNS:
		return warning(name, fmt.Sprintf("%s: %s, after %s", host, strings.Join(found, ", "), took.Round(time.Millisecond)),
			"the first name server in /etc/resolv.conf may be away: each new connection waits for it")
	}
	return ok(name, host+": "+strings.Join(found, ", "))
}

// hostsOf returns the names that an output connects to; no addresses.
func hostsOf(cfg config.Output) (hosts []string) {
	var addresses []string
	if s, ok := cfg.(*config.SyslogOutput); ok {
		addresses = s.Address
	} else if h := httpCommon(cfg); h != nil {
		for _, text := range h.URL {
			if u, err := url.Parse(text); err == nil {
				addresses = append(addresses, net.JoinHostPort(u.Hostname(), "0"))
			}
		}
	}
	for _, a := range addresses {
		host, _, err := net.SplitHostPort(a)
		if err == nil && net.ParseIP(host) == nil && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
