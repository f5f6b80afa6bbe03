package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/pki"
	"logrelay/relay"
	"logrelay/relay/config"
)

// What the host has to offer.
const (
	slowSync    = 20 * time.Millisecond // half of the fsyncs may take this long
	syncTries   = 16
	syncTime    = 5 * time.Second // no new fsync is begun after this
	slowDNS     = time.Second
	spareFiles  = 512 // beside connections: segments, outputs, libraries
	rmemMaxPath = "/proc/sys/net/core/rmem_max"
)

// look is one thing to be looked at.
type look struct {
	what string
	at   func() []CheckResult
}

// Doctor looks at the host that the relay is to run on, and then tries all that Check does. doing is told what is looked at next; nil for nobody.
func Doctor(ctx context.Context, c *config.Config, doing func(what string)) []CheckResult {
	return lookAt(slices.Concat(hostOf(ctx, c), []look{
		{"open files", func() []CheckResult { return []CheckResult{checkFiles(c)} }},
		{"UDP buffers", func() []CheckResult { return checkUDP(c, rmemMaxPath) }},
		{"certificate chain", func() []CheckResult { return checkChain(c) }},
		{"DNS", func() []CheckResult { return checkNames(ctx, c, net.DefaultResolver.LookupHost) }},
		{"ports, queues and far ends", func() []CheckResult { return Check(ctx, c, CheckOptions{}) }},
	}), doing)
}

// DoctorWithout is Doctor for a configuration that cannot be used: wrong says why, and of places only state_dir and buffer count.
func DoctorWithout(ctx context.Context, places *config.Config, wrong config.Problems, doing func(what string)) []CheckResult {
	results := lookAt(append(hostOf(ctx, places), look{"disk", func() []CheckResult { return []CheckResult{checkDisk(places)} }}), doing)
	for _, p := range wrong {
		results = append(results, CheckResult{Name: "configuration", Result: CheckFailed, Detail: p.String(), Hint: p.Hint})
	}
	return results
}

// hostOf is what matters to every relay that keeps its log where c says.
func hostOf(ctx context.Context, c *config.Config) []look {
	dir := existing(string(c.Buffer.Dir))
	return []look{
		{"clock", func() []CheckResult { return []CheckResult{checkClock()} }},
		{"file system", func() []CheckResult { return []CheckResult{checkFileSystem(dir)} }},
		{"fsync", func() []CheckResult { return []CheckResult{checkSync(ctx, dir)} }},
	}
}

func lookAt(all []look, doing func(what string)) (results []CheckResult) {
	for _, l := range all {
		if doing != nil {
			doing(l.what)
		}
		results = append(results, l.at()...)
	}
	return results
}

// existing returns dir, or the nearest folder above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func ok(name, detail string) CheckResult {
	return CheckResult{Name: name, Result: CheckOK, Detail: detail}
}

func warning(name, detail, hint string) CheckResult {
	return CheckResult{Name: name, Result: CheckWarning, Detail: detail, Hint: hint}
}

// checkClock asks the kernel whether something keeps its clock right (adjtimex(2)).
func checkClock() CheckResult {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return judgeClock(state, t.Status, err)
}

func judgeClock(state int, status int32, err error) CheckResult {
	const name = "clock"
	switch {
	case err != nil:
		return CheckResult{Name: name, Result: CheckNotTested, Detail: "the kernel does not tell: " + err.Error()}
	case state == unix.TIME_ERROR || status&unix.STA_UNSYNC != 0:
		return warning(name, "nothing keeps it right: times of records and the validity of certificates will be judged wrongly",
			"timedatectl set-ntp true, or install and start chrony; in a virtual machine the host may do it without the kernel knowing")
	}
	return ok(name, "synchronised")
}

// fileSystems are magic numbers of statfs(2): what they are, and what is wrong with them.
var fileSystems = map[int64][2]string{
	unix.EXT4_SUPER_MAGIC:      {"ext4"},
	unix.XFS_SUPER_MAGIC:       {"xfs"},
	unix.BTRFS_SUPER_MAGIC:     {"btrfs"},
	0x2fc12fc1:                 {"zfs"},
	unix.F2FS_SUPER_MAGIC:      {"f2fs"},
	unix.TMPFS_MAGIC:           {"tmpfs", "it is memory: nothing survives a restart of the host"},
	unix.RAMFS_MAGIC:           {"ramfs", "it is memory: nothing survives a restart of the host"},
	unix.OVERLAYFS_SUPER_MAGIC: {"overlay", "it is a container's own layer: what is in it goes with the container"},
	unix.NFS_SUPER_MAGIC:       {"nfs", "it is a network's: it is slow, and fsync is worth what the server makes of it"},
	unix.SMB2_SUPER_MAGIC:      {"smb", "it is a network's: it is slow, and fsync is worth what the server makes of it"},
	unix.FUSE_SUPER_MAGIC:      {"fuse", "what fsync is worth there is unknown"},
}

func checkFileSystem(dir string) CheckResult {
	const name = "file system"
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return failed(name, fmt.Errorf("asking for the file system of %s: %w", dir, err))
	}
	if st.Files > 0 && st.Ffree == 0 {
		return failed(name, relay.WithHint(fmt.Errorf("%s has no inodes left: no file can be made there", dir), "remove files, or use another file system"))
	}
	return judgeFileSystem(dir, st.Type)
}

func judgeFileSystem(dir string, kind int64) CheckResult {
	const name = "file system"
	known, found := fileSystems[kind]
	switch {
	case !found:
		return ok(name, fmt.Sprintf("%s: type %#x", dir, kind))
	case known[1] != "":
		return warning(name, fmt.Sprintf("%s: %s: %s", dir, known[0], known[1]), "put buffer.dir on a disk of this host with ext4 or xfs, in a container on a volume")
	}
	return ok(name, dir+": "+known[0])
}

// checkSync measures what each acceptance waits for.
func checkSync(ctx context.Context, dir string) CheckResult {
	const name = "fsync"
	took, err := measureSync(ctx, dir)
	if err != nil {
		return failed(name, relay.WithHint(fmt.Errorf("measuring in %s: %w", dir, err), "run this as root or as the user of the relay"))
	}
	return judgeSync(dir, took)
}

func measureSync(ctx context.Context, dir string) (took []time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".logrelay-doctor-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4096)
	for began := time.Now(); len(took) < syncTries && time.Since(began) < syncTime && ctx.Err() == nil; {
		at := time.Now()
		if _, err := f.Write(block); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(at))
	}
	return took, ctx.Err()
}

func judgeSync(dir string, took []time.Duration) CheckResult {
	const name = "fsync"
	slices.Sort(took)
	half, worst := took[len(took)/2], took[len(took)-1]
	detail := fmt.Sprintf("%s: half of %d took at most %s, the slowest %s", dir, len(took), half.Round(time.Microsecond), worst.Round(time.Microsecond))
	if half > slowSync {
		return warning(name, detail, "every sender waits this long: use a disk of its own, an SSD, or a controller with a protected write cache")
	}
	return ok(name, detail)
}

// checkFiles compares the limit of open files with what connections may need: of the relay that runs, else of this process.
func checkFiles(c *config.Config) CheckResult {
	limit, whose := uint64(0), "this shell's limit"
	if pid := relayPID(string(c.Admin.Socket)); pid > 0 {
		if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid)); err == nil {
			limit, whose = openFiles(string(b)), fmt.Sprintf("the limit of the running relay (process %d)", pid)
		}
	}
	if limit == 0 {
		var l unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
			return CheckResult{Name: "open files", Result: CheckNotTested, Detail: err.Error()}
		}
		limit = l.Max
	}
	needed := uint64(spareFiles)
	for _, in := range c.Inputs {
		if l, ok := in.(config.ListeningInput); ok {
			needed += uint64(l.Listening().MaxConnections)
		}
	}
	return judgeFiles(limit, needed, whose)
}

func judgeFiles(limit, needed uint64, whose string) CheckResult {
	const name = "open files"
	detail := fmt.Sprintf("%s is %d, and the connections that the inputs allow may need %d", whose, limit, needed)
	if limit < needed {
		return warning(name, detail, "LimitNOFILE= in the unit (systemctl edit logrelay), or lower max_connections of the inputs")
	}
	return ok(name, detail)
}

// openFiles reads the hard limit out of /proc/PID/limits; 0 where it does not stand there.
func openFiles(limits string) uint64 {
	for line := range strings.Lines(limits) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			if f := strings.Fields(rest); len(f) >= 2 {
				n, err := strconv.ParseUint(f[1], 10, 64)
				if err == nil {
					return n
				}
			}
		}
	}
	return 0
}

// relayPID returns who listens at the admin socket; 0 for nobody.
func relayPID(socket string) int32 {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return 0
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }) != nil || err != nil {
		return 0
	}
	return cred.Pid
}

// checkChain says all that is wrong with the relay's certificate, where Check stops at what keeps it from being served.
func checkChain(c *config.Config) (results []CheckResult) {
	const name = "certificate chain"
	o := PairOptions(c, nil)
	if o.CertFile == "" && !o.HasImported() {
		return nil
	}
	i := pki.Inspect(o.Files())
	for _, fault := range i.Faults {
		results = append(results, CheckResult{Name: name, Result: CheckWarning, Detail: fault.Error(), Hint: relay.HintOf(fault)})
	}
	if len(results) > 0 {
		return results
	}
	days := int(time.Until(i.Chain[0].NotAfter).Hours() / 24)
	detail := fmt.Sprintf("%d certificates, %d days left", len(i.Chain), days)
	if days < amberDays {
		return []CheckResult{warning(name, detail, "renew it: logrelay csr, then logrelay cert import; a replaced file is picked up by itself")}
	}
	return []CheckResult{ok(name, detail)}
}
