package page

import (
	"crypto/rand"
	"fmt"
	"sync"
)

// User may log in.
type User struct {
	Name string
	Hash string // argon2id, in the PHC string format
}

// user is one who may log in now, or might when the login began. Of who is the same after a change there is the same one.
type user struct {
	name string // "" is nobody
	hash hash
}

// users are who may log in. Safe for concurrent use.
type users struct {
	mu     sync.Mutex
	all    map[string]*user
	nobody *user // what the password of an unknown name is compared with, so that it takes as long
}

// set changes who may log in. On an error nothing changes.
func (us *users) set(list []User) error {
	next := map[string]*user{}
	nobody := &user{hash: hash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}}
	_, _ = rand.Read(nobody.hash.key) // crypto/rand never fails
	us.mu.Lock()
	defer us.mu.Unlock()
	for _, u := range list {
		h, err := parseHash(u.Hash)
		if err != nil {
			return fmt.Errorf("the password hash of user %s: %w", u.Name, err)
		}
		next[u.Name] = &user{u.Name, h}
		if old := us.all[u.Name]; old != nil && old.hash.String() == h.String() {
			next[u.Name] = old
		}
		nobody.hash.memory, nobody.hash.passes, nobody.hash.lanes = h.memory, h.passes, h.lanes
	}
	us.all, us.nobody = next, nobody
	return nil
}

// find returns who has the name, or nobody.
func (us *users) find(name string) *user {
	us.mu.Lock()
	defer us.mu.Unlock()
	if u := us.all[name]; u != nil {
		return u
	}
	return us.nobody
}

// may reports whether somebody who has logged in still might.
func (us *users) may(u *user) bool { return us.find(u.name) == u }

func (us *users) none() bool {
	us.mu.Lock()
	defer us.mu.Unlock()
	return len(us.all) == 0
}
