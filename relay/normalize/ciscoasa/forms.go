package ciscoasa

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// sort is what a message tells of.
type sort uint8

const (
	sortOpen   sort = iota // a connection or a translation was made
	sortClose              // it ended
	sortDeny               // traffic was refused
	sortFlow               // traffic, with a verdict in its {action} if it has one
	sortAllow              // traffic to the device itself was let in
	sortLogon              // a login, with its outcome in {outcome} if it has one
	sortReject             // a login that failed
	sortLogoff             // the end of a session
)

// message is what a message id stands for: the first of its forms that fits says where the values are.
//
//	{a} {b}      a side: INTERFACE:ADDRESS/PORT, with (ADDRESS/PORT) after translation and (USER) behind it; everything but the address may be missing
//	{*}          the remainder
//	others       one value; those that set has no place for go to Rest under their name
type message struct {
	sort  sort
	forms []string
}

// messages by id.
var messages = map[string]*message{
	"302013": {sortOpen, []string{"Built {direction} {proto} connection {conn} for {a} to {b}"}},
	"302015": {sortOpen, []string{"Built {direction} {proto} connection {conn} for {a} to {b}"}},
	"302017": {sortOpen, []string{"Built {direction} {proto} connection {conn} from {a} to {b}"}},
	"302303": {sortOpen, []string{"Built {direction} {proto} connection {conn} for {a} to {b}", "Built {proto} state-bypass connection {conn} from {a} to {b}"}},
	"302014": {sortClose, []string{"Teardown {proto} connection {conn} for {a} to {b} duration {duration} bytes {bytes} {reason}", "Teardown {proto} connection {conn} for {a} to {b} duration {duration} bytes {bytes}"}},
	"302016": {sortClose, []string{"Teardown {proto} connection {conn} for {a} to {b} duration {duration} bytes {bytes} {reason}", "Teardown {proto} connection {conn} for {a} to {b} duration {duration} bytes {bytes}"}},
	"302018": {sortClose, []string{"Teardown {proto} connection {conn} from {a} to {b} duration {duration} bytes {bytes} {reason}", "Teardown {proto} connection {conn} from {a} to {b} duration {duration} bytes {bytes}"}},
	"302304": {sortClose, []string{"Teardown {proto} connection {conn} for {a} to {b} duration {duration} bytes {bytes} {reason}", "Teardown {proto} connection {conn} for {a} to {b} duration {duration} bytes {bytes}",
		"Teardown {proto} state-bypass connection {conn} from {a} to {b} duration {duration} bytes {bytes} {reason}"}},
	"302020": {sortOpen, []string{"Built {direction} {proto} connection for faddr {a} gaddr {nat} laddr {b} type {type} code {code}", "Built {direction} {proto} connection for faddr {a} gaddr {nat} laddr {b}"}},
	"302021": {sortClose, []string{"Teardown {proto} connection for faddr {a} gaddr {nat} laddr {b} type {type} code {code}", "Teardown {proto} connection for faddr {a} gaddr {nat} laddr {b}"}},
	"305011": {sortOpen, []string{"Built {kind} {proto} translation from {a} to {b}"}},
	"305012": {sortClose, []string{"Teardown {kind} {proto} translation from {a} to {b} duration {duration}"}},
	"305013": {sortDeny, []string{
		"Asymmetric NAT rules matched for forward and reverse flows; Connection for {proto} src {a} dst {b} (type {type}, code {code}) {verb} due to {reason}",
		"Asymmetric NAT rules matched for forward and reverse flows; Connection for {proto} src {a} dst {b} {verb} due to {reason}",
		"Asymmetric NAT rules matched for forward and reverse flows; Connection {proto} src {a} dst {b} {verb} due to {reason}"}},
	"106001": {sortDeny, []string{"{direction} {proto} connection {verb} from {a} to {b} flags {flags} on interface {interface}", "{direction} {proto} connection {verb} from {a} to {b} flags {flags}"}},
	"106002": {sortDeny, []string{"{proto} Connection {verb} by outbound list {rule} src {a} dest {b}"}},
	"106006": {sortDeny, []string{"{verb} {direction} {proto} from {a} to {b} on interface {interface}"}},
	"106007": {sortDeny, []string{"{verb} {direction} {proto} from {a} to {b} due to {reason}"}},
	"106010": {sortDeny, []string{"{verb} {direction} protocol {proto} src {a} dst {b}", "{verb} {direction} {proto} src {a} dst {b}"}},
	"106012": {sortDeny, []string{`{verb} IP from {a} to {b}, IP options: "{options}"`, "{verb} IP from {a} to {b}, IP options {options}"}},
	"106014": {sortDeny, []string{"{verb} {direction} {proto} src {a} dst {b} (type {type}, code {code})", "{verb} {direction} {proto} src {a} dst {b}(type {type}, code {code})"}},
	"106015": {sortDeny, []string{"{verb} {proto} ({reason}) from {a} to {b} flags {flags} on interface {interface}", "{verb} {proto} ({reason}) from {a} to {b} flags {flags}"}},
	"106016": {sortDeny, []string{"{verb} IP spoof from ({a}) to {b} on interface {interface}"}},
	"106017": {sortDeny, []string{"{verb} IP due to {reason} from {a} to {b}"}},
	"106020": {sortDeny, []string{"{verb} IP teardrop fragment (size = {size}, offset = {offset}) from {a} to {b}"}},
	"106021": {sortDeny, []string{"{verb} {proto} reverse path check from {a} to {b} on interface {interface}"}},
	"106022": {sortDeny, []string{"{verb} {proto} connection spoof from {a} to {b} on interface {interface}"}},
	"106023": {sortDeny, []string{`{verb} protocol {proto} src {a} dst {b} by access-group "{rule}"{*}`, `{verb} {proto} src {a} dst {b} (type {type}, code {code}) by access-group "{rule}"{*}`,
		`{verb} {proto} src {a} dst {b} type {type}, code {code}, by access-group "{rule}"{*}`,
		`{verb} {proto} src {a} dst {b} by access-group "{rule}"{*}`}},
	"106027": {sortDeny, []string{`{verb} {proto} src {a} dst {b} by access-group "{rule}"{*}`}},
	"106100": {sortFlow, []string{"access-list {rule} {action} {proto} {a} -> {b} hit-cnt {hits}"}},
	"106102": {sortFlow, []string{"access-list {rule} {action} {proto} for user '{who}' {a} -> {b} hit-cnt {hits}", "access-list {rule} {action} {proto} for user {who} {a} -> {b} hit-cnt {hits}"}},
	"106103": {sortFlow, []string{"access-list {rule} {action} {proto} for user '{who}' {a} -> {b} hit-cnt {hits}", "access-list {rule} {action} {proto} for user {who} {a} -> {b} hit-cnt {hits}"}},
	"313001": {sortDeny, []string{"{verb} {proto} type={type}, code={code} from {a} on interface {interface}"}},
	"313004": {sortDeny, []string{"{verb} {proto} type={type}, from laddr {a} on interface {interface} to {b}: {reason}", "{verb} {proto} type={type}, from {a} on interface {interface} to {b}:{reason}"}},
	"313005": {sortDeny, []string{"No matching connection for ICMP error message: {proto} src {a} dst {b} (type {type}, code {code}) on {interface} interface.  Original IP payload: {payload}",
		"No matching connection for ICMP error message: {proto} src {a} dst {b} (type {type}, code {code}) on {interface} interface. Original IP payload: {payload}"}},
	"313008": {sortDeny, []string{"{verb} {proto} type={type}, code={code} from {a} on interface {interface}"}},
	"313009": {sortDeny, []string{"{verb} invalid {proto} code {code}, for {a} to {b}, ICMP id {id}, ICMP type {type}"}},
	"419002": {sortFlow, []string{"Received duplicate {proto} SYN from {a} to {b} with different initial sequence number", "Duplicate {proto} SYN from {a} to {b} with different initial sequence number"}},
	"434002": {sortDeny, []string{"SFR requested to {verb} {proto} packet from {a} to {b}"}},
	"507003": {sortClose, []string{"{proto} flow from {a} to {b} terminated by inspection engine, reason - {reason}"}},
	"710002": {sortAllow, []string{"{proto} access {verb} from {a} to {b}"}},
	"710003": {sortDeny, []string{"{proto} access {verb} by ACL from {a} to {b}"}},
	"710005": {sortDeny, []string{"{proto} request {verb} from {a} to {b}"}},

	"605004": {sortReject, []string{`Login denied from {a} to {b} for user "{user}"`, `Login denied from {a} to {b} for user '{user}'`}},
	"605005": {sortLogon, []string{`Login permitted from {a} to {b} for user "{user}"`, `Login permitted from {a} to {b} for user '{user}'`}},
	"611101": {sortLogon, []string{"User authentication succeeded: IP address: {a}, Uname: {user}", "User authentication succeeded: Uname: {user}"}},
	"611102": {sortReject, []string{"User authentication failed: IP address: {a}, Uname: {user}", "User authentication failed: Uname: {user}"}},
	"611103": {sortLogoff, []string{"User logged out: Uname: {user}"}},
	"113004": {sortLogon, []string{"AAA user authentication Successful : server = {server} : user = {user}", "AAA user authentication Successful: server = {server} , User = {user}",
		"AAA user authentication Successful: server = {server}, User = {user}"}},
	"113005": {sortReject, []string{"AAA user authentication Rejected : reason = {reason} : server = {server} : user = {user} : user IP = {a}",
		"AAA user authentication Rejected : reason = {reason} : server = {server} : user = : user IP = {a}",
		"AAA user authentication Rejected : reason = {reason} : server = {server} : user = {user}", "AAA user authentication Rejected: reason = {reason}: server = {server} : user = {user}: user IP = {a}"}},
	"113006": {sortReject, []string{"User {user} locked out on {reason}"}},
	"113012": {sortLogon, []string{"AAA user authentication Successful : local database : user = {user}", "AAA user authentication Successful: local database: user = {user}"}},
	"113015": {sortReject, []string{"AAA user authentication Rejected : reason = {reason} : local database : user = {user} : user IP = {a}",
		"AAA user authentication Rejected : reason = {reason} : local database : user = {user}: user IP = {a}", "AAA user authentication Rejected : reason = {reason} : local database : user = {user}"}},
	"113019": {sortLogoff, []string{"Group = {group}, Username = {user}, IP = {a}, Session disconnected. Session Type: {session_type}, Duration: {duration}, Bytes xmt: {bytes_xmt}, Bytes rcv: {bytes_rcv}, Reason: {reason}"}},
	"113039": {sortLogon, []string{"Group <{group}> User <{user}> IP <{a}> AnyConnect parent session started{*}"}},
	"716001": {sortLogon, []string{"Group <{group}> User <{user}> IP <{a}> WebVPN session started{*}"}},
	"716002": {sortLogoff, []string{"Group <{group}> User <{user}> IP <{a}> WebVPN session terminated: {reason}", "Group {group} User {user} IP {a} WebVPN session terminated: {reason}"}},
	"716038": {sortLogon, []string{"Group <{group}> User <{user}> IP <{a}> Authentication: successful, Session Type: {session_type}"}},
	"716039": {sortReject, []string{"Group <{group}> User <{user}> IP <{a}> Authentication: rejected, Session Type: {session_type}"}},
	"722051": {sortLogon, []string{"Group <{group}> User <{user}> IP <{a}> IPv4 Address <{assigned}> IPv6 address <{assigned_ipv6}> assigned to session",
		"Group <{group}> User <{user}> IP <{a}> Address <{assigned}> assigned to session"}},
}

// forms are the compiled forms by message id.
var forms = func() map[string][]field.Form {
	all := make(map[string][]field.Form, len(messages))
	for id, m := range messages {
		for _, text := range m.forms {
			all[id] = append(all[id], field.CompileForm(text))
		}
	}
	return all
}()

// severities by the level of a message, which is that of syslog.
var severities = [8]relay.Severity{
	relay.SeverityFatal, relay.SeverityCritical, relay.SeverityCritical, relay.SeverityHigh,
	relay.SeverityMedium, relay.SeverityLow, relay.SeverityInformational, relay.SeverityInformational,
}
