package relaytest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Role is a role that the stand-in for STS lets everyone assume who knows the external id, or has the web identity token.
type Role struct {
	ExternalID, Token string
}

// STS is a stand-in for AWS's Security Token Service: AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity. The keys that it gives
// out are added to AWSOptions.Keys, so that the other stand-ins take them.
type STS struct {
	awsServer
	roles  map[string]Role // by ARN
	issued int
}

// NewSTS starts one.
func NewSTS(o AWSOptions, roles map[string]Role) (*STS, error) {
	s := &STS{roles: roles}
	return s, s.start(o, s.serve)
}

func (s *STS) serve(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	action := r.PostForm.Get("Action")
	f := s.fault(action, "")
	if !s.early(w, r, f) {
		return
	}
	if f.Status != 0 {
		stsError(w, f.Status, f.Code, f.Message)
		return
	}
	arn, _, code := s.signer(r)
	if code != "" && action != "AssumeRoleWithWebIdentity" {
		if code == "InvalidAccessKeyId" {
			code = "InvalidClientTokenId" // as STS calls it
		}
		stsError(w, http.StatusForbidden, code, "The security token included in the request is invalid")
		return
	}
	switch action {
	case "GetCallerIdentity":
		stsAnswer(w, action, fmt.Sprintf("<Arn>%s</Arn><UserId>AIDAEXAMPLE</UserId><Account>%s</Account>", escape(arn), AWSAccount))
	case "AssumeRole", "AssumeRoleWithWebIdentity":
		s.assume(w, r, action, arn)
	default:
		stsError(w, http.StatusBadRequest, "InvalidAction", "Could not find operation "+action)
	}
}

func (s *STS) assume(w http.ResponseWriter, r *http.Request, action, who string) {
	arn, session := r.PostForm.Get("RoleArn"), r.PostForm.Get("RoleSessionName")
	role, ok := s.roles[arn]
	switch {
	case action == "AssumeRoleWithWebIdentity" && (!ok || role.Token == "" || role.Token != r.PostForm.Get("WebIdentityToken")):
		stsError(w, http.StatusBadRequest, "InvalidIdentityToken", "The web identity token provided could not be validated")
		return
	case !ok || action == "AssumeRole" && role.ExternalID != r.PostForm.Get("ExternalId"):
		stsError(w, http.StatusForbidden, "AccessDenied", "User: "+who+" is not authorized to perform: sts:AssumeRole on resource: "+arn)
		return
	}
	s.mu.Lock()
	s.issued++
	id, token := fmt.Sprintf("ASIAEXAMPLE%05d", s.issued), fmt.Sprintf("token-%d", s.issued)
	s.mu.Unlock()
	name := arn[strings.LastIndex(arn, "/")+1:]
	assumed := "arn:aws:sts::" + AWSAccount + ":assumed-role/" + name + "/" + session
	if s.keys != nil {
		s.keys.Add(id, token, assumed)
	}
	stsAnswer(w, action, fmt.Sprintf("<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>%s</SessionToken>"+
		"<Expiration>%s</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:%s</AssumedRoleId><Arn>%s</Arn></AssumedRoleUser>",
		id, token, time.Now().Add(time.Hour).UTC().Format(time.RFC3339), escape(session), escape(assumed)))
}

func stsAnswer(w http.ResponseWriter, action, result string) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult>%[2]s</%[1]sResult>`+
		`<ResponseMetadata><RequestId>EXAMPLE</RequestId></ResponseMetadata></%[1]sResponse>`, action, result)
}

func stsError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>`+
		`<RequestId>EXAMPLE</RequestId></ErrorResponse>`, escape(code), escape(message))
}

// escape makes text fit for XML.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic("BUG: writing into memory failed: " + err.Error())
	}
	return b.String()
}

// IMDS is a stand-in for an instance's metadata service, version 2 alone, with the credentials of a role.
type IMDS struct {
	awsServer
	role string // "" means that the instance has none
}

// The keys that IMDS gives out.
const (
	IMDSKeyID = "ASIAINSTANCE"
	IMDSToken = "instance-token"
	imdsV2    = "metadata-token"
)

// NewIMDS starts one.
func NewIMDS(o AWSOptions, role string) (*IMDS, error) {
	s := &IMDS{role: role}
	if o.Keys != nil {
		o.Keys.Add(IMDSKeyID, IMDSToken, "arn:aws:sts::"+AWSAccount+":assumed-role/"+role+"/i-01234567890123456")
	}
	return s, s.start(o, s.serve)
}

func (s *IMDS) serve(w http.ResponseWriter, r *http.Request) {
	const roles = "/latest/meta-data/iam/security-credentials/"
	f := s.fault(r.URL.Path, "")
	if !s.early(w, r, f) {
		return
	}
	switch {
	case f.Status != 0:
		w.WriteHeader(f.Status)
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
		fmt.Fprint(w, imdsV2)
	case r.Header.Get("X-Aws-Ec2-Metadata-Token") != imdsV2:
		w.WriteHeader(http.StatusUnauthorized)
	case s.role != "" && r.URL.Path == roles:
		fmt.Fprint(w, s.role)
	case s.role != "" && r.URL.Path == roles+s.role:
		fmt.Fprint(w, marshal(object{
			"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": IMDSKeyID, "SecretAccessKey": "secret", "Token": IMDSToken,
			"Expiration": time.Now().Add(6 * time.Hour).UTC().Format(time.RFC3339), "LastUpdated": time.Now().UTC().Format(time.RFC3339),
		}))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
