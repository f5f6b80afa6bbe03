package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"

	"logrelay/relay"
)

// listeners owns every TCP listener of the daemon, so that a source can be replaced while its port stays open: sources get
// handles, and the socket lives until the last handle that names it is closed. Sockets that the service manager
// passed are found by the input's name. Those for datagrams stay open: a second one could not have their port. Safe for concurrent use.
type listeners struct {
	mu        sync.Mutex
	inherited map[string][]*os.File
	datagrams map[string][]*os.File // of inherited, those that an input has taken
	open      map[string]*socket
}

type socket struct {
	net.Listener
	key     string
	handles int
}

func newListeners() *listeners {
	ls := &listeners{inherited: map[string][]*os.File{}, datagrams: map[string][]*os.File{}, open: map[string]*socket{}}
	for _, f := range activation.Files(true) {
		ls.inherited[f.Name()] = append(ls.inherited[f.Name()], f)
	}
	return ls
}

// listen returns a handle on the input's socket: the one already open on that address, one inherited under the input's name, or a new one.
func (ls *listeners) listen(input, address string) (net.Listener, error) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	key := address
	if strings.HasSuffix(address, ":0") {
		key = input + " " + address // any free port: another one for each input
	}
	s := ls.open[key]
	if s == nil {
		l, err := ls.bind(input, address)
		if err != nil {
			return nil, err
		}
		s = &socket{Listener: l, key: key}
		ls.open[key] = s
	}
	s.handles++
	return &handle{owner: ls, s: s}, nil
}

func (ls *listeners) bind(input, address string) (net.Listener, error) {
	if files := ls.inherited[input]; len(files) > 0 {
		l, err := net.FileListener(files[0])
		if err != nil {
			return nil, fmt.Errorf("using the socket that the service manager passed for input %s: %w", input, err)
		}
		files[0].Close()
		ls.inherited[input] = files[1:]
		return l, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, listenError(input, address, err)
	}
	return l, nil
}

// packet returns the datagram sockets inherited under the input's name, each time anew.
func (ls *listeners) packet(input string) ([]net.PacketConn, error) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if files := ls.inherited[input]; len(files) > 0 {
		ls.datagrams[input] = files
		delete(ls.inherited, input)
	}
	var conns []net.PacketConn
	for _, f := range ls.datagrams[input] {
		c, err := net.FilePacketConn(f)
		if err != nil {
			for _, c := range conns {
				c.Close()
			}
			return nil, fmt.Errorf("using the socket that the service manager passed for input %s: %w", input, err)
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// close gives back the sockets that no handle owns.
func (ls *listeners) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, held := range []map[string][]*os.File{ls.inherited, ls.datagrams} {
		for _, files := range held {
			for _, f := range files {
				f.Close()
			}
		}
		clear(held)
	}
}

// leftOver names the inherited sockets that no input took.
func (ls *listeners) leftOver() error {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	var names []string
	for name, files := range ls.inherited {
		if len(files) > 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil
	}
	return relay.WithHint(fmt.Errorf("the service manager passed sockets that no input is named after: %s", strings.Join(names, ", ")),
		"set FileDescriptorName= in the .socket unit to the name of an input, or remove the socket")
}

// listenError says what to do when a port cannot be had.
func listenError(what, address string, err error) error {
	err = fmt.Errorf("listening for %s on %s: %w", what, address, err)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return relay.WithHint(err, "another program has this port: find it with `ss -ltnup`, stop it, or choose another address")
	case errors.Is(err, fs.ErrPermission):
		return relay.WithHint(err, "ports below 1024 need CAP_NET_BIND_SERVICE: use the packaged unit or a port above 1023")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return relay.WithHint(err, "this address is not on this host: see `ip address`, or listen on all addresses with \":PORT\"")
	}
	return err
}

// handle is one source's view of a socket. Closing it ends the source's Accept and leaves the socket to the other handles.
type handle struct {
	owner *listeners
	s     *socket

	mu        sync.Mutex
	closed    bool
	accepting sync.WaitGroup
}

func (h *handle) Addr() net.Addr { return h.s.Addr() }

func (h *handle) Accept() (net.Conn, error) {
	for {
		h.mu.Lock()
		if h.closed {
			h.mu.Unlock()
			return nil, net.ErrClosed
		}
		h.accepting.Add(1)
		h.mu.Unlock()
		c, err := h.s.Accept()
		h.accepting.Done()
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return c, err
		}
		// Some handle of this socket is being closed and woke all of them: this one, or another.
	}
}

func (h *handle) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()

	h.owner.mu.Lock()
	defer h.owner.mu.Unlock()
	if h.s.handles--; h.s.handles == 0 {
		delete(h.owner.open, h.s.key)
		err := h.s.Listener.Close()
		h.accepting.Wait()
		return err
	}
	d, ok := h.s.Listener.(interface{ SetDeadline(time.Time) error })
	if !ok {
		return fmt.Errorf("BUG: a listener without deadlines: %T", h.s.Listener)
	}
	if err := d.SetDeadline(time.Unix(1, 0)); err != nil {
		return fmt.Errorf("taking the listener %s back: %w", h.Addr(), err)
	}
	h.accepting.Wait()
	return d.SetDeadline(time.Time{})
}

// listenUnix opens the admin socket with mode 0660. A socket file that nobody answers on is replaced.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path); err == nil {
		c.Close()
		return nil, relay.WithHint(fmt.Errorf("the admin socket %s is in use by another logrelay", path),
			"stop it first, or give this one another admin.socket and state_dir")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("removing the stale admin socket: %w", err)
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755) // the socket's own mode says who gets in
	var l net.Listener
	if err == nil {
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, relay.WithHint(fmt.Errorf("opening the admin socket %s: %w", path, err),
			"its directory must be writable by the service user (RuntimeDirectory=logrelay in the unit), or set admin.socket")
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, fmt.Errorf("setting the mode of the admin socket: %w", err)
	}
	return l, nil
}
