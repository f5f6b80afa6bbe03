// Package linuxauth reads what sshd, sudo, su, login, systemd-logind and PAM say of logins into the class Authentication. Everything else that they say stays a Message.
//
// What a text says is a table of forms (forms.go); the text itself is always kept as Common.Message.
//
// # Why
//
//   - Only what says that somebody has logged in, failed to, changed to another account or logged out is an Authentication: not that somebody connected, or that a password is being checked.
//   - A connection that ends before the login is done ("[preauth]") is a failed login where the text names an account.
//   - Names are what strangers typed, blanks included: they go up to the last place where the remainder of the form still follows, so that a name cannot forge an address.
//   - sudo and su are changes of account: User is who it is changed to, Actor who did it.
//
// Sources: OpenSSH (auth.c, packet.c, session.c), sudo's sudoers plugin (logging), Linux-PAM (pam_unix), util-linux and shadow (su, login), systemd-logind.
package linuxauth
