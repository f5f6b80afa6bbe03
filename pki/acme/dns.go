package acme

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/libdns/libdns"
	"github.com/libdns/route53"
	"github.com/mholt/acmez/v3/acme"
)

// AWSKeys sign requests to Route 53.
type AWSKeys struct {
	AccessKeyID, SecretAccessKey string
	SessionToken                 string // "" for those of a user
	Region                       string // names the partition: Route 53 is one service for each
}

const (
	// syncTime bounds how long a change takes until all servers of Route 53 have it; usually that is within 60 seconds.
	syncTime = 4 * time.Minute
	// cleanTime bounds taking a record away, which Run waits for.
	cleanTime = 10 * time.Second
)

// zones answers DNS01 with TXT records in Route 53. Which zone a name belongs to Route 53 is asked too, and when all of its servers have a record: the
// relay needs no DNS for that, which often shows it another world than the CA's.
type zones struct {
	keys func(context.Context) (AWSKeys, error)
	id   string // of the hosted zone; "" means that it is looked for
	log  *slog.Logger

	mu   sync.Mutex
	used map[string]string // the zone of each name that has a record of ours
}

// Present implements acmez.Solver. It returns when the CA can see the record.
func (z *zones) Present(ctx context.Context, c acme.Challenge) error {
	r53, err := z.connect(ctx)
	if err != nil {
		return err
	}
	name := c.DNS01TXTRecordName()
	for zone := name + "."; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		_, err = r53.AppendRecords(ctx, zone, []libdns.Record{record(c, zone)})
		if isNoZone(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("putting a record of %s into Route 53: %w", name, err)
		}
		z.mu.Lock()
		z.used[name] = zone
		z.mu.Unlock()
		return nil
	}
	return fmt.Errorf("no zone in Route 53 for %s: %w", name, err)
}

// CleanUp implements acmez.Solver, also when ctx has ended.
func (z *zones) CleanUp(ctx context.Context, c acme.Challenge) error {
	name := c.DNS01TXTRecordName()
	z.mu.Lock()
	zone, ok := z.used[name]
	delete(z.used, name)
	z.mu.Unlock()
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	r53, err := z.connect(ctx)
	if err != nil {
		return err
	}
	if _, err := r53.DeleteRecords(ctx, zone, []libdns.Record{record(c, zone)}); err != nil {
		return fmt.Errorf("taking the record of %s out of Route 53: %w", name, err)
	}
	return nil
}

// connect makes a client with the keys of now: those of a role last an hour, files are rotated.
func (z *zones) connect(ctx context.Context) (*route53.Provider, error) {
	k, err := z.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("credentials for Route 53: %w", err)
	}
	if k.AccessKeyID == "" || k.SecretAccessKey == "" || k.Region == "" {
		return nil, errors.New("BUG: credentials for Route 53 without an id, a secret or a region") // the library would look elsewhere
	}
	return &route53.Provider{
		AccessKeyId: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken, Region: k.Region,
		HostedZoneID: z.id, WaitForRoute53Sync: true, SkipRoute53SyncOnDelete: true, Route53MaxWait: syncTime, Logger: z.log,
	}, nil
}

func record(c acme.Challenge, zone string) libdns.Record {
	return libdns.TXT{Name: libdns.RelativeName(c.DNS01TXTRecordName()+".", zone), Text: c.DNS01KeyAuthorization()}
}

// isNoZone reports whether an account has no zone of a name. The library has no other sign of it.
func isNoZone(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "HostedZoneNotFound")
}
