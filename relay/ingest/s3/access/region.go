package access

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// partition is a part of AWS with identities, names and endpoints of its own.
type partition struct {
	name     string
	suffix   string // of host names
	fallback string // the region to begin with
}

// partitions that are known. The isolated ones are not reachable from elsewhere.
var partitions = []partition{
	{"aws", "amazonaws.com", "us-east-1"},
	{"aws-us-gov", "amazonaws.com", "us-gov-west-1"},
	{"aws-cn", "amazonaws.com.cn", "cn-north-1"},
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]{2,20}){1,3}-[0-9]{1,2}$`)
	// customRegion is what a region may look like at a custom endpoint, where it only takes part in the signature.
	customRegion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,62}$`)
	roleARN      = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}$`)
	queueARN     = regexp.MustCompile(`^arn:(aws[a-z-]*):sqs:([a-z0-9-]+):([0-9]{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$`)
	queuePath    = regexp.MustCompile(`^/([0-9]{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$`)
	bucketName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$`) // names older than the rules of today included
)

// queueHosts are the host names of AWS that a queue's URL may have. The first group is the region, which is us-east-1 where there is none;
// the second what follows it.
var queueHosts = []*regexp.Regexp{
	regexp.MustCompile(`^sqs(?:-fips)?\.([a-z0-9-]+)\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn)$`),
	regexp.MustCompile(`^(?:([a-z0-9-]+)\.)?queue\.(amazonaws\.com|amazonaws\.com\.cn)$`),
	regexp.MustCompile(`^[a-z0-9.-]+\.sqs\.([a-z0-9-]+)\.vpce\.(amazonaws\.com|amazonaws\.com\.cn)$`),
}

// privateLink is the one of queueHosts that is an endpoint of its own.
const privateLink = 2

func partitionNamed(name string) (partition, error) {
	for _, p := range partitions {
		if p.name == name {
			return p, nil
		}
	}
	return partition{}, fmt.Errorf("partition %q is not one of aws, aws-us-gov, aws-cn", name)
}

// partitionOf tells the partition of a region by its name.
func partitionOf(region string) (partition, error) {
	switch {
	case !regionName.MatchString(region) || strings.Contains(region, "-iso"):
		return partition{}, fmt.Errorf("%q is no region of AWS, AWS GovCloud or AWS China", clean(region))
	case strings.HasPrefix(region, "us-gov-"):
		return partitionNamed("aws-us-gov")
	case strings.HasPrefix(region, "cn-"):
		return partitionNamed("aws-cn")
	}
	return partitionNamed("aws")
}

func partitionOfRole(arn string) (partition, error) {
	m := roleARN.FindStringSubmatch(arn)
	if m == nil {
		return partition{}, fmt.Errorf("%q is no ARN of a role (arn:aws:iam::111122223333:role/NAME)", arn)
	}
	return partitionNamed(m[1])
}

// queueAddress is what the URL or ARN of a queue says.
type queueAddress struct {
	url      string // "" when it is an ARN
	arn      string // "" when the URL is not one of AWS's
	region   string // "" when the URL is not one of AWS's
	account  string
	name     string
	endpoint string // scheme and host, when it is not AWS's public one
}

// RegionOf returns the region that the URL or ARN of a queue names, "" if none.
func RegionOf(queue string) string {
	a, err := parseQueue(queue)
	if err != nil {
		return ""
	}
	return a.region
}

func parseQueue(s string) (queueAddress, error) {
	if strings.HasPrefix(s, "arn:") {
		m := queueARN.FindStringSubmatch(s)
		if m == nil {
			return queueAddress{}, fmt.Errorf("queue %q is no ARN of a queue (arn:aws:sqs:us-east-1:111122223333:NAME)", clean(s))
		}
		a := queueAddress{arn: s, region: m[2], account: m[3], name: m[4]}
		return a, a.belongs(m[1])
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return queueAddress{}, fmt.Errorf("queue %q is neither the URL (https://sqs.us-east-1.amazonaws.com/111122223333/NAME) nor the ARN of a queue", shownURL(s))
	}
	for i, re := range queueHosts {
		m := re.FindStringSubmatch(u.Host)
		if m == nil {
			continue
		}
		path := queuePath.FindStringSubmatch(u.Path)
		if path == nil || u.Scheme != "https" {
			return queueAddress{}, fmt.Errorf("queue %q should be like https://sqs.us-east-1.amazonaws.com/111122223333/NAME", s)
		}
		a := queueAddress{url: s, region: or(m[1], "us-east-1"), account: path[1], name: path[2]}
		p, err := partitionOf(a.region)
		if err != nil {
			return queueAddress{}, fmt.Errorf("queue %q: %w", s, err)
		}
		if (p.name == "aws-cn") != strings.HasSuffix(m[2], ".cn") {
			return queueAddress{}, fmt.Errorf("queue %q: region %s is not at this host", s, a.region)
		}
		a.arn = fmt.Sprintf("arn:%s:sqs:%s:%s:%s", p.name, a.region, a.account, a.name)
		if i == privateLink {
			a.endpoint = u.Scheme + "://" + u.Host
		}
		return a, nil
	}
	if strings.HasSuffix(u.Hostname(), ".amazonaws.com") || strings.HasSuffix(u.Hostname(), ".amazonaws.com.cn") {
		return queueAddress{}, fmt.Errorf("queue %q: the host is none that SQS has", s)
	}
	return queueAddress{url: s, endpoint: u.Scheme + "://" + u.Host}, nil
}

// belongs checks that the region is one of the partition named in an ARN.
func (a queueAddress) belongs(name string) error {
	p, err := partitionOf(a.region)
	if err == nil && p.name != name {
		err = fmt.Errorf("region %s is in partition %s, not in %s", a.region, p.name, name)
	}
	if err != nil {
		return fmt.Errorf("queue %q: %w", a.arn, err)
	}
	return nil
}

// shownURL is a URL without the password that somebody may have put there.
func shownURL(s string) string {
	if u, err := url.Parse(s); err == nil {
		return clean(u.Redacted())
	}
	return "(not shown)"
}
