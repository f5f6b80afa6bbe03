package relaytest

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Route53 is a stand-in for AWS's name service, with the operations that put records into a zone: ListHostedZonesByName,
// ListResourceRecordSets, ChangeResourceRecordSets, GetChange. Every change is at once with all servers.
type Route53 struct {
	awsServer
	zones map[string]string // ids by name, which ends with a dot
	sets  map[string]recordSet
	past  []string
	by    map[string]bool
}

// recordSet is what the API calls one.
type recordSet struct {
	Name   string
	Type   string
	TTL    int64
	Values []string `xml:"ResourceRecords>ResourceRecord>Value"`
}

const route53Space = "https://route53.amazonaws.com/doc/2013-04-01/"

// NewRoute53 starts one with hosted zones: ids by name.
func NewRoute53(o AWSOptions, zones map[string]string) (*Route53, error) {
	s := &Route53{zones: map[string]string{}, sets: map[string]recordSet{}, by: map[string]bool{}}
	for name, id := range zones {
		s.zones[strings.TrimSuffix(name, ".")+"."] = id
	}
	return s, s.start(o, s.serve)
}

// TXT returns the values of a name's TXT records.
func (s *Route53) TXT(name string) (values []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.sets[strings.TrimSuffix(name, ".")+". TXT"].Values {
		values = append(values, strings.Trim(v, `"`))
	}
	return values
}

// Names returns the names of all records that there are, and of all that there ever were.
func (s *Route53) Names() (now, ever []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range s.sets {
		now = append(now, set.Name)
	}
	return now, slices.Clone(s.past)
}

// Signers returns who has signed requests.
func (s *Route53) Signers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.by))
}

func (s *Route53) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // version, what, id, what of it
	action := map[string]string{"GET hostedzonesbyname": "ListHostedZonesByName", "GET change": "GetChange", "POST hostedzone": "ChangeResourceRecordSets",
		"GET hostedzone": "ListResourceRecordSets"}[r.Method+" "+path[min(1, len(path)-1)]]
	f := s.fault(action, "")
	if !s.early(w, r, f) {
		return
	}
	arn, _, code := s.signer(r)
	if code == "InvalidAccessKeyId" {
		code = "InvalidClientTokenId"
	}
	switch {
	case f.Status != 0:
		route53Error(w, f.Status, f.Code, f.Message)
		return
	case code != "":
		route53Error(w, http.StatusForbidden, code, "The security token included in the request is invalid")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by[arn] = true
	switch action {
	case "ListHostedZonesByName":
		s.list(w, r.URL.Query().Get("dnsname"))
	case "GetChange":
		route53Answer(w, action, change)
	case "ListResourceRecordSets":
		s.records(w, path[2])
	case "ChangeResourceRecordSets":
		s.change(w, r, path[2])
	default:
		route53Error(w, http.StatusNotFound, "UnknownOperation", r.Method+" "+r.URL.Path)
	}
}

// list answers with the zone of a name, and where there is none with another one, as AWS does: what is asked for is where the list begins.
func (s *Route53) list(w http.ResponseWriter, name string) {
	name = strings.TrimSuffix(name, ".") + "."
	if s.zones[name] == "" {
		for name = range s.zones {
			break
		}
	}
	var zone string
	if id := s.zones[name]; id != "" {
		zone = fmt.Sprintf("<HostedZone><Id>/hostedzone/%s</Id><Name>%s</Name><CallerReference>x</CallerReference><Config><PrivateZone>false</PrivateZone></Config></HostedZone>",
			escape(id), escape(name))
	}
	route53Answer(w, "ListHostedZonesByName", "<HostedZones>"+zone+"</HostedZones><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems>")
}

func (s *Route53) zone(id string) (name string) {
	for name, of := range s.zones {
		if of == id {
			return name
		}
	}
	return ""
}

func (s *Route53) records(w http.ResponseWriter, id string) {
	zone := s.zone(id)
	if zone == "" {
		route53Error(w, http.StatusNotFound, "NoSuchHostedZone", "No hosted zone found with ID: "+id)
		return
	}
	b := strings.Builder{}
	fmt.Fprintf(&b, "<ResourceRecordSet><Name>%s</Name><Type>NS</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>ns.example.</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>", zone)
	for _, set := range s.sets {
		if strings.HasSuffix(set.Name, zone) {
			fmt.Fprintf(&b, "<ResourceRecordSet><Name>%s</Name><Type>%s</Type><TTL>%d</TTL><ResourceRecords>", escape(set.Name), escape(set.Type), set.TTL)
			for _, v := range set.Values {
				fmt.Fprintf(&b, "<ResourceRecord><Value>%s</Value></ResourceRecord>", escape(v))
			}
			b.WriteString("</ResourceRecords></ResourceRecordSet>")
		}
	}
	route53Answer(w, "ListResourceRecordSets", "<ResourceRecordSets>"+b.String()+"</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1000</MaxItems>")
}

const change = "<ChangeInfo><Id>/change/C0</Id><Status>INSYNC</Status><SubmittedAt>2020-01-01T00:00:00Z</SubmittedAt></ChangeInfo>"

func (s *Route53) change(w http.ResponseWriter, r *http.Request, id string) {
	var request struct {
		Changes []struct {
			Action            string
			ResourceRecordSet recordSet
		} `xml:"ChangeBatch>Changes>Change"`
	}
	zone := s.zone(id)
	if err := xml.NewDecoder(r.Body).Decode(&request); err != nil || zone == "" || len(request.Changes) == 0 {
		route53Error(w, http.StatusBadRequest, "InvalidInput", "zone "+id)
		return
	}
	for _, c := range request.Changes {
		set := c.ResourceRecordSet
		set.Name = strings.TrimSuffix(set.Name, ".") + "."
		key := set.Name + " " + set.Type
		switch {
		case !strings.HasSuffix("."+set.Name, "."+zone):
			route53Error(w, http.StatusBadRequest, "InvalidChangeBatch", set.Name+" is not in zone "+zone)
			return
		case c.Action == "UPSERT":
			s.sets[key] = set
			s.past = append(s.past, set.Name)
		case c.Action == "DELETE" && slices.Equal(s.sets[key].Values, set.Values):
			delete(s.sets, key)
		default:
			route53Error(w, http.StatusBadRequest, "InvalidChangeBatch", "it was not found")
			return
		}
	}
	route53Answer(w, "ChangeResourceRecordSets", change)
}

func route53Answer(w http.ResponseWriter, action, result string) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<%[1]sResponse xmlns="%[2]s">%[3]s</%[1]sResponse>`, action, route53Space, result)
}

func route53Error(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="%s"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>EXAMPLE</RequestId></ErrorResponse>`,
		route53Space, escape(code), escape(message))
}
