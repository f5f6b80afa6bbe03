package linuxauth

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// entry is what a text of a program says.
type entry struct {
	activity relay.AuthActivity
	status   relay.Status
	form     field.Form
}

// Outcomes of the tables below.
const (
	done   = relay.StatusSuccess
	failed = relay.StatusFailure
	unsaid = relay.StatusUnset
)

// of makes an entry. Values: user, account (a user that exists), actor, addr (address or name of a host), port, tty, reason, method, key, session; {user_addr} is a name, a blank and an address. Others go to Rest.
func of(activity relay.AuthActivity, status relay.Status, form string) entry {
	return entry{activity, status, field.CompileForm(form)}
}

// sshd, by the first byte of the text: most texts are none of these.
var sshd = map[byte][]entry{
	'A': {
		of(relay.AuthLogon, done, "Accepted {method} for {user} from {addr} port {port} ssh2: {key}"),
		of(relay.AuthLogon, done, "Accepted {method} for {user} from {addr} port {port} ssh2"),
		of(relay.AuthLogon, done, "Accepted {method} for {user} from {addr} port {port}"),
	},
	'F': {
		of(relay.AuthLogon, failed, "Failed {method} for invalid user {user} from {addr} port {port} ssh2: {key}"),
		of(relay.AuthLogon, failed, "Failed {method} for invalid user {user} from {addr} port {port} ssh2"),
		of(relay.AuthLogon, failed, "Failed {method} for {user} from {addr} port {port} ssh2: {key}"),
		of(relay.AuthLogon, failed, "Failed {method} for {user} from {addr} port {port} ssh2"),
		of(relay.AuthLogon, failed, "Failed {method} for {user} from {addr} port {port}"),
	},
	'I': {
		of(relay.AuthLogon, failed, "Invalid user {user} from {addr} port {port}"),
		of(relay.AuthLogon, failed, "Invalid user {user} from {addr}"),
		of(relay.AuthLogon, failed, "Illegal user {user} from {addr}"),
	},
	'U': {of(relay.AuthLogon, failed, "User {user} from {addr} not allowed because {reason}")},
	'R': {of(relay.AuthLogon, failed, "ROOT LOGIN REFUSED FROM {addr} port {port}")},
	'e': {
		of(relay.AuthLogon, failed, "error: maximum authentication attempts exceeded for invalid user {user} from {addr} port {port} ssh2 [preauth]"),
		of(relay.AuthLogon, failed, "error: maximum authentication attempts exceeded for {user} from {addr} port {port} ssh2 [preauth]"),
		of(relay.AuthLogon, failed, "error: PAM: {reason} for illegal user {user} from {addr}"),
		of(relay.AuthLogon, failed, "error: PAM: {reason} for {user} from {addr}"),
	},
	'C': {
		of(relay.AuthLogon, failed, "Connection closed by authenticating user {user_addr} port {port} [preauth]"),
		of(relay.AuthLogon, failed, "Connection closed by invalid user {user_addr} port {port} [preauth]"),
		of(relay.AuthLogon, failed, "Connection reset by authenticating user {user_addr} port {port} [preauth]"),
		of(relay.AuthLogon, failed, "Connection reset by invalid user {user_addr} port {port} [preauth]"),
		of(relay.AuthLogoff, unsaid, "Close session: user {user} from {addr} port {port} id {session}"),
	},
	'D': {
		of(relay.AuthLogon, failed, "Disconnected from authenticating user {user_addr} port {port} [preauth]"),
		of(relay.AuthLogon, failed, "Disconnected from invalid user {user_addr} port {port} [preauth]"),
		of(relay.AuthLogoff, unsaid, "Disconnected from user {user_addr} port {port}"),
	},
}

// pam are the texts of PAM modules behind "pam_unix(SERVICE:TYPE): ".
var pam = []entry{
	of(relay.AuthLogon, done, "session opened for user {account}(uid={uid}) by {actor}(uid={actor_uid})"),
	of(relay.AuthLogon, done, "session opened for user {account} by {actor}(uid={actor_uid})"),
	of(relay.AuthLogoff, unsaid, "session closed for user {user}"),
	of(relay.AuthLogon, failed, "received for user {user}: {reason}"),
	of(relay.AuthLogon, failed, "Consecutive login failures for user {user} account temporarily locked"),
}

// su are the texts of su, in its several kinds.
var su = []entry{
	of(relay.AuthAccountSwitch, done, "(to {user}) {actor} on {tty}"),
	of(relay.AuthAccountSwitch, failed, "FAILED SU (to {user}) {actor} on {tty}"),
	of(relay.AuthAccountSwitch, done, "Successful su for {user} by {actor}"),
	of(relay.AuthAccountSwitch, failed, "FAILED su for {user} by {actor}"),
	of(relay.AuthAccountSwitch, failed, "'su {user}' failed for {actor} on {tty}"),
	of(relay.AuthAccountSwitch, done, "'su {user}' succeeded for {actor} on {tty}"),
	of(relay.AuthAccountSwitch, failed, "BAD SU {actor} to {user} on {tty}"),
	of(relay.AuthAccountSwitch, done, "{actor} to {user} on {tty}"),
}

// login are the texts of login.
var login = []entry{
	of(relay.AuthLogon, failed, "FAILED LOGIN ({count}) on '{tty}' FOR '{user}', {reason}"),
	of(relay.AuthLogon, failed, "FAILED LOGIN {count} FROM {addr} FOR {user}, {reason}"),
	of(relay.AuthLogon, failed, "FAILED LOGIN SESSION FROM {addr} FOR {user}, {reason}"),
	of(relay.AuthLogon, done, "LOGIN ON {tty} BY {user} FROM {addr}"),
	of(relay.AuthLogon, done, "LOGIN ON {tty} BY {user}"),
	of(relay.AuthLogon, done, "ROOT LOGIN  on '{tty}'{*}"),
}

// logind are the texts of systemd-logind.
var logind = []entry{
	of(relay.AuthLogon, done, "New session {session} of user {user}."),
	of(relay.AuthLogon, done, "New session '{session}' of user '{user}' with class {class}"),
}
