package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// DefaultPath is where the configuration stands.
const DefaultPath = "/etc/logrelay/logrelay.yaml"

// maxFile bounds a configuration file, in bytes.
const maxFile = 4 << 20

// Options say where a configuration comes from. The zero value loads DefaultPath as the service does.
type Options struct {
	Path          string    // of the YAML file; "" means DefaultPath
	YAML          []byte    // the file's text; nil means that Path is read
	Environ       []string  // "KEY=value"; nil means the process's environment
	OverrideFiles []string  // nil means DefaultOverrideFiles
	OverrideOwner uint32    // user id that override files have to belong to
	DropIn        [2]string // certificate and key that count when they are there and nothing else names any; with OverrideFiles nil those of /opt/armor
	Credentials   string    // directory of the service manager's where $CREDENTIALS_DIRECTORY names none; "" means ServiceCredentials
	LogLevel      string    // flag; "" means not given
	LogFormat     string    // flag; "" means not given

	// CheckRules says what is wrong with the rules of an output: this package does not know their language. Nil: nothing.
	CheckRules func(*OutputCommon) []RuleProblem

	// CheckHash says what is wrong with the hash of an admin user's password. Nil: nothing.
	CheckHash func(string) error
}

// place is where a value was set.
type place struct {
	file         string
	line, column int
	variable     string
}

// loader gathers one configuration and everything that is wrong with it.
type loader struct {
	file      string
	dir       string            // relative paths start here
	handed    string            // where the credentials of the service manager are when no variable says so
	env       map[string]string // variables that are not empty
	place     map[string]place  // by key path
	variables []string          // of all keys
	taken     map[string]string // variable to the key that it set
	nodes     int
	problems  Problems
	warnings  Problems
	rules     func(*OutputCommon) []RuleProblem
	hash      func(string) error
}

// Load reads the file, then the environment, then the override files, then the flags, and checks the outcome. It opens files that the
// configuration names, but no socket and no connection. The error is of type Problems and holds all that is wrong.
func Load(o Options) (*Config, error) {
	l := newLoader(o)
	c := Default()
	v := reflect.ValueOf(c).Elem()
	text, ok := l.read(o.YAML)
	if !ok {
		return nil, l.problems
	}
	root, ok := l.parse(text)
	if !ok {
		return nil, l.problems
	}
	if root != nil {
		l.decode(root, v, "", "")
	}
	l.applyEnv(v, "")
	l.unknownVariables()
	l.applyOverrides(&c.TLS, o)
	l.applyFlag(&c.Log, "level", o.LogLevel)
	l.applyFlag(&c.Log, "format", o.LogFormat)
	l.fillDefaults(c)
	l.resolve(v, "")
	l.validate(c)
	if len(l.problems) > 0 {
		l.problems.sort()
		return nil, l.problems
	}
	l.warnings.sort()
	c.Warnings = l.warnings
	return c, nil
}

// Salvage reads what it can of a configuration that Load refuses, for what has to work while the file is being repaired: where the relay's log and its
// socket are, and what has to be masked. Nothing is checked, and nothing of it may be run. False: the file itself cannot be read, or is no YAML; then only
// the environment and the defaults speak.
func Salvage(o Options) (c *Config, readable bool) {
	l := newLoader(o)
	c = Default()
	v := reflect.ValueOf(c).Elem()
	text, readable := l.read(o.YAML)
	if readable {
		root, parsed := l.parse(text)
		if readable = parsed; root != nil {
			l.decode(root, v, "", "")
		}
	}
	l.applyEnv(v, "")
	l.fillDefaults(c)
	l.resolve(v, "")
	return c, readable
}

func newLoader(o Options) *loader {
	l := &loader{file: o.Path, handed: cmp.Or(o.Credentials, ServiceCredentials), env: map[string]string{}, place: map[string]place{}, taken: map[string]string{}, rules: o.CheckRules, hash: o.CheckHash}
	if l.file == "" {
		l.file = DefaultPath
	}
	l.dir = filepath.Dir(l.file)
	if abs, err := filepath.Abs(l.dir); err == nil {
		l.dir = abs
	}
	environ := o.Environ
	if environ == nil {
		environ = os.Environ()
	}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && v != "" {
			l.env[k] = v
		}
	}
	return l
}

// read returns the text of the configuration file. False: there is none to be had, which is reported.
func (l *loader) read(given []byte) ([]byte, bool) {
	if given != nil {
		return given, true
	}
	text, err := readFile(l.file, maxFile)
	if err == nil {
		return text, true
	}
	p := Problem{File: l.file, Message: err.Error()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Hint = "name the configuration with --config FILE"
	case errors.Is(err, fs.ErrPermission):
		p.Hint = "let the user that runs this program read it, for example: chgrp logrelay " + l.file + " && chmod 0640 " + l.file
	}
	l.problems = append(l.problems, p)
	return nil, false
}

// readFile reads a regular file of at most limit bytes. Its errors leave the path out.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, reason(err)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("too large; allowed: %s", Bytes(limit))
	}
	return text, nil
}

// reason strips operation and path off a file error.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func (l *loader) applyFlag(log *Log, key, text string) {
	if text == "" {
		return
	}
	for _, f := range fieldsOf(reflect.ValueOf(log).Elem()) {
		if f.key != key {
			continue
		}
		if err := setScalar(f.value, text, f.tag); err != nil {
			l.problems = append(l.problems, Problem{Key: "--log-" + key, Value: quote(text), Message: err.Error()})
		}
	}
}

// fillDefaults sets the defaults that follow from other keys.
func (l *loader) fillDefaults(c *Config) {
	if c.Buffer.Dir == "" {
		c.Buffer.Dir = Path(filepath.Join(string(c.StateDir), "buffer"))
	}
	fillACME(&c.TLS)
	for _, in := range c.Inputs {
		if s, ok := in.(*SyslogInput); ok && s.Listen == "" {
			if s.Listen = ":514"; s.Transport == "tls" {
				s.Listen = ":6514"
			}
		}
	}
	for _, out := range c.Outputs {
		if x, ok := out.(*XSIAMOutput); ok && x.Schema == "" {
			x.Schema = x.Format
		}
	}
}

// problem reports what is wrong with a key, at the place where it or the nearest key above it was set.
func (l *loader) problem(key, value, message string) {
	l.problems = append(l.problems, l.located(key, value, message))
}

// warn is problem for what does not stop the program.
func (l *loader) warn(key, value, message string) {
	l.warnings = append(l.warnings, l.located(key, value, message))
}

func (l *loader) located(key, value, message string) Problem {
	p := Problem{File: l.file, Key: key, Value: value, Message: message}
	for at := key; ; at = at[:strings.LastIndexAny(at, ".[")] {
		if w, ok := l.place[at]; ok {
			p.File, p.Line, p.Column, p.Variable = w.file, w.line, w.column, w.variable
			return p
		}
		if !strings.ContainsAny(at, ".[") {
			return p
		}
	}
}
