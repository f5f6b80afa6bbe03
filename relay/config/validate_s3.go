package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	gopath "path"
	"regexp"
	"slices"
	"strings"
)

var (
	regionForm    = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	accountForm   = regexp.MustCompile(`^[0-9]{12}$`)
	bucketForm    = regexp.MustCompile(`^[a-z0-9*?][a-z0-9.*?-]{0,61}[a-z0-9*?]$|^\*$`) // a name, or a glob of names
	queueNameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
	roleForm      = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}$`)
	sessionForm   = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	keyIDForm     = regexp.MustCompile(`^\w{3,128}$`)
)

var errQueue = errors.New(`not a queue; allowed: its URL, such as "https://sqs.eu-central-1.amazonaws.com/123456789012/name", or its ARN, such as "arn:aws:sqs:eu-central-1:123456789012:name"`)

// validateAWS checks a block of credentials.
func (l *loader) validateAWS(a *AWSCredentials, path string) {
	if a.Region != "" && !regionForm.MatchString(a.Region) {
		l.problem(path+".region", quote(a.Region), regionAllowed)
	}
	id, secret := !a.AccessKeyID.IsZero(), !a.SecretAccessKey.IsZero()
	switch {
	case l.reported(path + ".access_key_id"), l.reported(path + ".access_key_id_file"), l.reported(path + ".secret_access_key"), l.reported(path + ".secret_access_key_file"):
	case id && !keyIDForm.MatchString(a.AccessKeyID.Reveal()):
		l.problem(path+".access_key_id", masked, "not the id of an access key; allowed: letters and digits")
	case id != secret:
		l.problem(path, "", "half an access key; allowed: access_key_id or access_key_id_file, and secret_access_key_file (or the variable "+variable(path+".secret_access_key")+"), or none of them")
	case !a.SessionToken.IsZero() && !secret:
		l.problem(path+".session_token_file", "", "belongs to an access key, and there is none; allowed: with an id and a secret")
	}
	if l.place[path+".access_key_id"].file != "" && a.AccessKeyIDFile != "" {
		l.problem(path+".access_key_id", masked, "stands in access_key_id_file too; allowed: one of them")
	}
	var ways []string
	for _, way := range []struct {
		key string
		has bool
	}{{"access_key_id", id || secret}, {"profile", a.Profile != ""}, {"web_identity_token_file", a.WebIdentityTokenFile != ""}} {
		if way.has {
			ways = append(ways, way.key)
		}
	}
	if len(ways) > 1 {
		l.problem(path, "", "several ways to log in: "+strings.Join(ways, ", ")+"; allowed: one of them")
	}
	l.validateRole(a, path)
}

func (l *loader) validateRole(a *AWSCredentials, path string) {
	switch {
	case a.RoleARN != "" && !roleForm.MatchString(a.RoleARN):
		l.problem(path+".role_arn", quote(a.RoleARN), `not a role; allowed: an ARN such as "arn:aws:iam::123456789012:role/name"`)
	case a.RoleARN == "" && a.ExternalID != "":
		l.problem(path+".external_id", masked, "goes with a role, and there is none; allowed: with role_arn")
	case a.ExternalID != "" && a.WebIdentityTokenFile != "":
		l.problem(path+".external_id", masked, "AWS knows none with a web identity; allowed: one or the other")
	case a.RoleARN == "" && a.WebIdentityTokenFile != "":
		l.problem(path+".web_identity_token_file", "", "stands for a role, and there is none; allowed: with role_arn")
	}
	if !sessionForm.MatchString(a.SessionName) {
		l.problem(path+".session_name", quote(a.SessionName), "not a session name; allowed: 2 to 64 letters, digits and + = , . @ _ -")
	}
}

const regionAllowed = `not a region; allowed: a region of AWS, such as "eu-central-1"`

// validateS3 checks an S3 input, finds its region, and gives it its credentials.
func (l *loader) validateS3(c *Config, in *S3Input, path string) {
	in.Access = l.credentials(c, path+".credentials", in.Credentials)
	custom := false
	for _, e := range []struct{ key, url string }{
		{".s3_endpoint", in.S3Endpoint}, {".sqs_endpoint", in.SQSEndpoint}, {".sts_endpoint", in.STSEndpoint},
	} {
		if e.url == "" {
			continue
		}
		custom = true
		if u, err := url.Parse(e.url); err == nil && strings.Trim(u.Path, "/") != "" {
			l.problem(path+e.key, quote(redact(e.url)), "a path in an endpoint; allowed: https://host:port")
		}
		l.endpoint(path+e.key, e.url, in.Insecure)
	}
	if custom && (in.FIPS || in.DualStack) {
		l.problem(path, "", "fips and dual_stack choose endpoints of AWS; allowed: one or the other, these or endpoints of your own")
	}
	l.validateQueue(in, path, custom)
	l.validateObjects(in, path)
}

// credentials returns the block of aws that the key names, or that of the default chain.
func (l *loader) credentials(c *Config, key, name string) AWSCredentials {
	if a := c.AWS[name]; a != nil {
		return *a
	}
	if name != "" && !l.reported("aws."+name) {
		l.problem(key, quote(name), notOneOf("block of aws", name, slices.Sorted(maps.Keys(c.AWS))).Error())
	}
	return *NewAWSCredentials()
}

// validateQueue checks the queue, and settles the region: that of the input, else of the queue, else of the credentials, else of AWS's variables.
func (l *loader) validateQueue(in *S3Input, path string, custom bool) {
	region, err := queueRegion(in.Queue)
	if err != nil {
		l.problem(path+".queue", quote(redact(in.Queue)), err.Error())
		return
	}
	if strings.Contains(in.Queue, "://") {
		l.endpoint(path+".queue", in.Queue, in.Insecure)
	}
	if in.Region != "" && region != "" && in.Region != region {
		l.problem(path+".region", quote(in.Region), "the queue is in "+region+"; allowed: that, or nothing. Buckets may be in any region")
		return
	}
	for _, r := range []string{region, in.Access.Region, l.env["AWS_REGION"], l.env["AWS_DEFAULT_REGION"]} {
		if in.Region == "" {
			in.Region = r
		}
	}
	switch {
	case in.Region == "" && in.Access.Profile == "":
		l.problem(path+".region", "", "not stated anywhere; allowed: here, in the queue's URL or ARN, in the credentials, or in AWS_REGION")
	case in.Region != "" && !custom && region == "" && !regionForm.MatchString(in.Region):
		l.problem(path+".region", quote(in.Region), regionAllowed)
	}
}

// queueRegion returns the region that the URL or ARN of a queue states, "" where a URL states none.
func queueRegion(queue string) (string, error) {
	if arn, ok := strings.CutPrefix(queue, "arn:"); ok {
		parts := strings.Split(arn, ":") // partition, service, region, account, name
		if len(parts) != 5 || !strings.HasPrefix(parts[0], "aws") || parts[1] != "sqs" || !regionForm.MatchString(parts[2]) ||
			!accountForm.MatchString(parts[3]) || !queueNameForm.MatchString(parts[4]) {
			return "", errQueue
		}
		return parts[2], nil
	}
	u, err := url.Parse(queue)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errQueue
	}
	folders := strings.Split(strings.TrimPrefix(u.Path, "/"), "/")
	if !queueNameForm.MatchString(folders[len(folders)-1]) {
		return "", errQueue
	}
	host := strings.ToLower(u.Hostname())
	if !isAWS(host) {
		return regionOf(host), nil
	}
	region := regionOf(host)
	if host == "queue.amazonaws.com" {
		region = "us-east-1"
	}
	if region == "" || len(folders) != 2 || !accountForm.MatchString(folders[0]) {
		return "", errQueue
	}
	return region, nil
}

// isAWS reports whether a host is one of AWS's own.
func isAWS(host string) bool {
	for _, suffix := range []string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// regionOf returns the part of a host that is a region, or "".
func regionOf(host string) string {
	labels := strings.Split(host, ".")
	for _, label := range slices.Backward(labels) {
		if regionForm.MatchString(label) {
			return label
		}
	}
	return ""
}

// endpoint checks a URL that requests are sent to.
func (l *loader) endpoint(key, text string, insecure bool) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "":
		l.problem(key, quote(redact(text)), "not an endpoint; allowed: https://host:port")
	case u.User != nil:
		l.problem(key, quote(redact(text)), "a user in the URL; allowed: credentials, which name a block of aws")
	case u.Scheme == "http" && !isLoopback(u.Hostname()) && !insecure:
		l.problem(key, quote(text), "logs and session tokens would travel in the clear; allowed: https://, http:// on loopback, or insecure: true")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		l.warn(key, quote(text), "not encrypted: others can read along")
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// validateObjects checks what may be fetched and what it is taken for.
func (l *loader) validateObjects(in *S3Input, path string) {
	for i, bucket := range in.Buckets {
		if !bucketForm.MatchString(bucket) || strings.Contains(bucket, "..") {
			l.problem(fmt.Sprintf("%s.buckets[%d]", path, i), quote(bucket), `not a bucket; allowed: its name, 3 to 63 lower-case letters, digits, "." and "-", with "*" and "?" as wildcards`)
		}
	}
	if in.ExpectedBucketOwner != "" && !accountForm.MatchString(in.ExpectedBucketOwner) {
		l.problem(path+".expected_bucket_owner", quote(in.ExpectedBucketOwner), "not an account; allowed: 12 digits")
	}
	for i, r := range in.Rules {
		key := fmt.Sprintf("%s.rules[%d]", path, i)
		switch {
		case r.Prefix == "":
			l.problem(key+".prefix", "", "empty; allowed: what the keys begin with. For all keys there are kind and columns of the input")
		case shadow(in.Rules[:i], r.Prefix) >= 0:
			l.problem(key+".prefix", quote(r.Prefix), fmt.Sprintf("never counts, since %s.rules[%d] comes before it and fits too; allowed: the longer prefix first", path, shadow(in.Rules[:i], r.Prefix)))
		case r.Kind == "" && r.Columns == "" && !l.reported(key):
			l.problem(key, "", "says nothing of the objects; allowed: kind, columns")
		}
	}
	l.patterns(path+".include", in.Include)
	l.patterns(path+".exclude", in.Exclude)
}

// isGlob reports whether every element of a pattern is one that path.Match knows.
func isGlob(pattern string) bool {
	const longest = 1024 // of a key (Amazon S3 user guide, "Naming objects")
	for element := range strings.SplitSeq(pattern, "/") {
		if _, err := gopath.Match(element, ""); err != nil {
			return false
		}
	}
	return pattern != "" && len(pattern) <= longest
}

// shadow returns the first of the rules that fits every key with a prefix, or -1.
func shadow(rules []S3Rule, prefix string) int {
	return slices.IndexFunc(rules, func(r S3Rule) bool { return r.Prefix != "" && strings.HasPrefix(prefix, r.Prefix) })
}

func (l *loader) patterns(key string, patterns []string) {
	for i, p := range patterns {
		if !isGlob(p) {
			l.problem(fmt.Sprintf("%s[%d]", key, i), quote(p), `not a pattern of keys; allowed: "*" for anything but "/", "?" for one character, "**" for any folders, such as "AWSLogs/**/*.gz"`)
		}
	}
}
