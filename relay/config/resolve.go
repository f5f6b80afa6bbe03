package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// maxSecret bounds a file that holds one secret, in bytes.
const maxSecret = 64 << 10

const credentialScheme = "credential:"

// ServiceCredentials is where systemd keeps the credentials of the packaged unit while that runs (systemd.exec(5), CREDENTIALS): what is run by hand, as
// root, sees there what the service sees.
const ServiceCredentials = "/run/credentials/logrelay.service"

var (
	fileType = reflect.TypeFor[File]()
	pathType = reflect.TypeFor[Path]()
)

// resolve makes every path below v absolute, looks whether files that will be read can be, and reads secrets.
func (l *loader) resolve(v reflect.Value, path string) {
	for _, f := range fieldsOf(v) {
		key := join(path, f.key)
		switch t := f.value.Type(); {
		case t == pathType:
			f.value.SetString(l.absolute(f.value.String()))
		case t == fileType:
			if file := l.usable(f, key, f.value.String()); file != "" {
				f.value.SetString(file)
				if into := f.tag.Get("into"); into != "" {
					secret := v.FieldByName(into).Addr().Interface().(*Secret)
					l.readSecret(secret, key, file)
				}
			}
		case t.Kind() == reflect.Map && t.Elem() == fileType:
			secrets := v.FieldByName(f.tag.Get("into"))
			for _, name := range f.value.MapKeys() {
				key := join(key, name.String())
				if file := l.usable(f, key, f.value.MapIndex(name).String()); file != "" {
					var s Secret
					l.readSecret(&s, key, file)
					f.value.SetMapIndex(name, reflect.ValueOf(File(file)))
					secrets.SetMapIndex(name, reflect.ValueOf(s))
				}
			}
		case isScalar(t):
		case t.Kind() == reflect.Struct:
			l.resolve(f.value, key)
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !isScalar(t.Elem()):
			for i := range f.value.Len() {
				l.resolve(f.value.Index(i), fmt.Sprintf("%s[%d]", key, i))
			}
		case t.Kind() == reflect.Map && !isScalar(t.Elem()):
			for _, name := range f.value.MapKeys() {
				l.resolve(memberOf(f.value, name), join(key, name.String()))
			}
		}
	}
}

// memberOf returns the struct that a member of a map of named things points to.
func memberOf(named, name reflect.Value) reflect.Value {
	member := named.MapIndex(name)
	if member.Kind() == reflect.Interface {
		member = member.Elem()
	}
	return member.Elem()
}

func (l *loader) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.dir, path)
}

// usable returns the absolute path of a file that has to be there, or "" when none is named or it cannot be used, which is reported.
func (l *loader) usable(f field, key, given string) string {
	if given == "" {
		return ""
	}
	path, err := l.locate(given)
	if err == nil {
		err = l.checkFile(path, f.tag.Get("into") != "" || f.tag.Get("private") != "")
	}
	if err != nil {
		p := l.located(key, quote(given), err.Error())
		switch {
		case errors.Is(err, fs.ErrPermission):
			p.Hint = "let the user that runs this program read it, for example: chgrp logrelay " + path + " && chmod 0640 " + path
		case errors.Is(err, errOpen):
			p.Hint = "chmod o-rwx " + path
		}
		l.problems = append(l.problems, p)
		return ""
	}
	return path
}

// locate turns "credential:NAME" into the path that the service manager put the credential at.
func (l *loader) locate(given string) (string, error) {
	name, ok := strings.CutPrefix(given, credentialScheme)
	if !ok {
		return l.absolute(given), nil
	}
	if name == "" || name == "." || name == ".." || strings.ContainsRune(name, '/') {
		return "", errors.New("not a credential; allowed: credential:NAME")
	}
	if dir := l.env["CREDENTIALS_DIRECTORY"]; dir != "" {
		return filepath.Join(dir, name), nil
	}
	if _, err := os.Stat(l.handed); err != nil {
		return "", errors.New("there are no credentials ($CREDENTIALS_DIRECTORY is not set, and " + l.handed + " is not there: the service does not run); allowed: a path, or LoadCredential= in the service's unit")
	}
	return filepath.Join(l.handed, name), nil
}

var errOpen = errors.New("everyone can read this secret")

func (l *loader) checkFile(path string, secret bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return reason(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if secret && info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("%w (mode %04o); allowed: owner and group only", errOpen, info.Mode().Perm())
	}
	f, err := os.Open(path)
	if err != nil {
		return reason(err)
	}
	return f.Close()
}

// readSecret fills s from its file, unless a variable has set it.
func (l *loader) readSecret(s *Secret, key, file string) {
	if !s.IsZero() {
		return
	}
	secret, err := File(file).ReadSecret()
	if err != nil {
		l.problem(key, quote(file), err.Error())
		return
	}
	*s = secret
}

// ReadSecret reads the secret that a file holds, for secrets that are replaced while the program runs. The path has to be absolute, as Load
// leaves it.
func (f File) ReadSecret() (Secret, error) {
	text, err := readFile(string(f), maxSecret)
	secret := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return Secret{}, err
	case secret == "":
		return Secret{}, errors.New("the file is empty; allowed: a secret on one line")
	case strings.ContainsAny(secret, "\r\n\x00"):
		return Secret{}, errors.New("the file has several lines; allowed: a secret on one line")
	}
	return NewSecret(secret), nil
}
