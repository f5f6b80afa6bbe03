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

// CheckReadable reports what keeps a user from reading a file, as an error with a method Hint. It goes by owners and modes, so that root can
// ask for somebody else; access lists that give more than the mode shows it does not know.
func CheckReadable(path string, u User) error {
	whole, err := filepath.Abs(path)
	if err != nil {
		return openError(path, err)
	}
	if whole, err = filepath.EvalSymlinks(whole); err != nil {
		return openError(path, err)
	}
	for dir := filepath.Dir(whole); ; dir = filepath.Dir(dir) {
		if err := u.may(dir, 0o1); err != nil {
			return unreadable(path, "enter "+dir, u, err)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if err := u.may(whole, 0o4); err != nil {
		return unreadable(path, "read it", u, err)
	}
	return nil
}

func unreadable(path, what string, u User, why error) error {
	return &fileError{path, fmt.Errorf("the user %s cannot %s: %w", u.Name, what, why),
		"copy the pair to where the relay reads it, as root: logrelay cert import --cert CERT --key KEY"}
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
	owner, group := strconv.Itoa(uid), strconv.Itoa(gid)
	if u, err := user.LookupId(owner); err == nil {
		owner = u.Username
	}
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	return owner + ":" + group
}
