package acme

import (
	"cmp"
	"os"

	"github.com/caddyserver/certmagic"
	"github.com/libdns/route53"
	"go.uber.org/zap"
)

// route53 answers DNS01 by records in Route 53, with the credentials of the AWS SDK's default chain: environment, shared files, role of the
// container or instance.
func (m *Manager) route53(logger *zap.Logger) *certmagic.DNS01Solver {
	return &certmagic.DNS01Solver{DNSManager: certmagic.DNSManager{
		DNSProvider: &route53.Provider{Region: awsRegion(), HostedZoneID: m.o.HostedZone, WaitForRoute53Sync: true, Logger: m.log}, Logger: logger,
	}}
}

// awsRegion is where requests to Route 53 are signed for: the environment's, else the home of what is global in AWS's main partition.
func awsRegion() string {
	return cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "us-east-1")
}
