package pki

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// User is whom the relay runs as.
type User struct {
	Name string
	UID  int
	GIDs []int
}

// ServiceUser returns whom the relay runs as, seen by root: the owner of its state directory, else the user logrelay. False: it is not known, or
// who asks is not root, who alone can look through the eyes of others.
func ServiceUser(stateDir string) (User, bool) {
	if os.Geteuid() != 0 {
		return User{}, false
	}
	found, err := user.Lookup("logrelay")
	if uid, _, serr := ownerOf(stateDir); serr == nil {
		if uid == 0 {
			return User{}, false
		}
		found, err = user.LookupId(strconv.Itoa(uid))
	}
	if err != nil {
		return User{}, false
	}
	u := User{Name: found.Username}
	groups, err := found.GroupIds()
	if err != nil {
		groups = []string{found.Gid}
	}
	for _, g := range groups {
		if gid, err := strconv.Atoi(g); err == nil {
			u.GIDs = append(u.GIDs, gid)
		}
	}
	u.UID, err = strconv.Atoi(found.Uid)
	return u, err == nil
}

// Unreadable says what keeps a user from reading a pair, as errors with a method Hint. It goes by owners and modes, so that root can
// ask for somebody else; access lists that give more than the mode shows it does not know. Files that are not there are passed over.
func Unreadable(certFile, keyFile string, u User) (faults []error) {
	for _, path := range []string{certFile, keyFile} {
		what, at, err := u.check(path)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		group := ""
		if len(u.GIDs) > 0 {
			group = groupName(u.GIDs[0])
		}
		faults = append(faults, &fileError{path, fmt.Errorf("the user %s cannot %s: %w", u.Name, what, err), readHint(certFile, keyFile, at, group)})
	}
	return faults
}

// check reports what a user cannot do to read a file, and with which file or directory.
func (u User) check(path string) (what, at string, err error) {
	whole, err := filepath.Abs(path)
	if err == nil {
		whole, err = filepath.EvalSymlinks(whole)
	}
	if err != nil {
		return "find it", path, err
	}
	for dir := filepath.Dir(whole); ; dir = filepath.Dir(dir) {
		if err := u.may(dir, 0o1); err != nil {
			return "enter " + dir, dir, err
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return "read it", whole, u.may(whole, 0o4)
}

// readHint says how a group gets to read a pair that something keeps it from. A file of root's is the administrator's to share; what belongs to
// somebody else, who will want to keep it so, is copied.
func readHint(certFile, keyFile, at, group string) string {
	info, err := os.Stat(at)
	if uid, _, oerr := ownerOf(at); err == nil && oerr == nil && uid == 0 && info.Mode().IsRegular() && group != "" {
		return "let the group of the relay read it, as root: chgrp " + group + " " + at + " && chmod 0640 " + at
	}
	return "copy the pair to where the relay reads it, as root: logrelay cert import --cert " + certFile + " --key " + keyFile
}

// may checks one bit of a mode as the kernel does: the owner's part is final for the owner, the group's for its members.
func (u User) may(path string, bit fs.FileMode) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner is not known")
	}
	switch {
	case u.UID == 0:
		return nil
	case int(st.Uid) == u.UID:
		bit <<= 6
	case slices.Contains(u.GIDs, int(st.Gid)):
		bit <<= 3
	}
	if info.Mode().Perm()&bit == 0 {
		return fmt.Errorf("it belongs to %s, mode %04o", ownerName(int(st.Uid), int(st.Gid)), info.Mode().Perm())
	}
	return nil
}

// ownerName writes user:group, by number where there is no name.
func ownerName(uid, gid int) string {
	owner := strconv.Itoa(uid)
	if u, err := user.LookupId(owner); err == nil {
		owner = u.Username
	}
	return owner + ":" + groupName(gid)
}

func groupName(gid int) string {
	group := strconv.Itoa(gid)
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	return group
}
