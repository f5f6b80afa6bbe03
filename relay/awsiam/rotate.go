package awsiam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"logrelay/relay"
)

const (
	userKeys = 2 // that IAM lets a user have
	settled  = 3 // tries of a new key in a row that have to succeed
	// undoTime is for what puts things right after a failure, also when the operator has given up waiting.
	undoTime = 30 * time.Second
)

// Rotation says whose key is rotated and with what. The zero values of Wait and Pause are two minutes and two seconds.
type Rotation struct {
	User  string
	Files Files
	IAM   IAM

	// Operator is the id of the key that IAM is asked with: the relay's own is refused.
	Operator string
	// Try makes real calls with a key. It is asked again until it succeeds, or Wait is over.
	Try func(ctx context.Context, k Key) error
	// Relay tells the running relay, and returns once it pulls with the key of that id. Nil: none is running.
	Relay func(ctx context.Context, id string) error

	Grace  time.Duration // from the time a key was replaced until it may be deleted
	Finish bool          // nothing but deleting
	DryRun bool          // nothing is changed
	Wait   time.Duration // for a new key to be known everywhere
	Pause  time.Duration // between tries
	Say    func(string)  // is told each step; nil means nobody
}

// Outcome is how far a rotation is.
type Outcome struct {
	Old, New string    // ids; New is what the relay has
	Deleted  bool      // the old key is no more; until then it is inactive
	After    time.Time // when the old key may be deleted
}

// run is a rotation under way.
type run struct {
	Rotation
	now, old, fresh Key // in the files, in FILE.old, in FILE.new; zero where there is none
	keys            []Key
}

// Run rotates a key, or goes on with a rotation that was not finished: deletes the old key once the grace time has passed. An error says what
// to do, and leaves the relay with a key that works.
func (o Rotation) Run(ctx context.Context) (Outcome, error) {
	r := &run{Rotation: o}
	if r.Wait == 0 {
		r.Wait = 2 * time.Minute
	}
	if r.Pause == 0 {
		r.Pause = 2 * time.Second
	}
	if err := r.look(ctx); err != nil {
		return Outcome{}, err
	}
	switch other := r.other(); {
	case r.begun():
		return r.resume(ctx)
	case r.old.ID != "" && other.ID == r.old.ID && other.Active:
		return r.retire(ctx)
	case r.old.ID != "" && r.old.ID != r.now.ID && (other.ID == "" || other.ID == r.old.ID): // inactive, or deleted and FILE.old is left
		return r.finish(ctx)
	case r.Finish:
		return Outcome{}, fmt.Errorf("there is nothing to finish: of user %s no key is left that a rotation replaced", r.User)
	case r.fresh.ID != "" && other.ID == r.fresh.ID:
		return r.introduce(ctx)
	case other.ID != "":
		return Outcome{}, r.noRoom(other)
	}
	return r.renew(ctx)
}

func (r *run) say(format string, args ...any) {
	if r.Say != nil {
		r.Say(fmt.Sprintf(format, args...))
	}
}

// look finds out how things stand, and refuses what cannot go well.
func (r *run) look(ctx context.Context) (err error) {
	if r.Files, err = r.Files.resolved(); err != nil {
		return fmt.Errorf("looking for the files of the key: %w", err)
	}
	for files, into := range map[Files]*Key{r.Files: &r.now, r.Files.beside(suffixOld): &r.old, r.Files.beside(suffixNew): &r.fresh} {
		if *into, err = files.read(); err != nil {
			return fmt.Errorf("reading the key: %w", err)
		}
	}
	if r.now.ID == "" {
		return fmt.Errorf("%s and %s do not hold a key", r.Files.ID, r.Files.Secret)
	}
	if err := r.Files.writable(); err != nil {
		return relay.WithHint(fmt.Errorf("the files of the key cannot be replaced: %w", err), "run this as root, or as their owner")
	}
	if r.keys, err = r.IAM.Keys(ctx, r.User); err != nil {
		return fmt.Errorf("listing the keys: %w", err)
	}
	if r.Operator == r.now.ID || r.has(r.Operator) {
		return relay.WithHint(errors.New("you ask with a key of the relay's own user, and that should have no right to IAM"),
			"use credentials of your own, by --profile or the AWS_ variables; nothing of the relay's identity may allow iam:CreateAccessKey")
	}
	if !r.has(r.now.ID) && !r.begun() {
		return relay.WithHint(fmt.Errorf("the key in %s (%s) is not one of user %s", r.Files.ID, end(r.now.ID), r.User),
			"name the user whose key the relay has with --user; or the block of the configuration with --aws")
	}
	return nil
}

func (r *run) has(id string) bool {
	return slices.ContainsFunc(r.keys, func(k Key) bool { return k.ID == id })
}

// begun reports whether a process died while it replaced the files.
func (r *run) begun() bool {
	return r.fresh.ID != "" && (r.now.ID == r.fresh.ID || r.now.Secret == r.fresh.Secret)
}

// other is the user's key that is not in the files; zero if there is none.
func (r *run) other() Key {
	for _, k := range r.keys {
		if k.ID != r.now.ID {
			return k
		}
	}
	return Key{}
}

func (r *run) noRoom(other Key) error {
	state := "inactive"
	if other.Active {
		state = "active"
	}
	return relay.WithHint(fmt.Errorf("user %s has %d keys already, which is all that IAM allows, and the other one is not known here (%s, %s, of %s)", r.User, userKeys, other.ID, state, other.Created.Format(time.DateOnly)),
		fmt.Sprintf("find out who uses it (aws iam get-access-key-last-used --access-key-id %s); when nobody does: aws iam delete-access-key --user-name %s --access-key-id %s", other.ID, r.User, other.ID))
}

// renew makes a key and brings it to the relay.
func (r *run) renew(ctx context.Context) (Outcome, error) {
	if r.DryRun {
		r.say("would create a key of user %s beside %s, try it, write it to %s and %s (the old one kept as %s), have the relay pull with it, and deactivate %s; a run after %s would delete that",
			r.User, end(r.now.ID), r.Files.ID, r.Files.Secret, suffixOld, end(r.now.ID), r.Grace)
		return Outcome{Old: r.now.ID}, nil
	}
	if err := r.Files.beside(suffixNew).remove(); err != nil { // of a key that is no more
		return Outcome{}, fmt.Errorf("removing what an earlier run left: %w", err)
	}
	k, err := r.IAM.CreateKey(ctx, r.User)
	if err != nil {
		return Outcome{}, r.lost(ctx, fmt.Errorf("creating a key: %w", err))
	}
	r.fresh = k
	r.say("created key %s", end(k.ID))
	if err := r.Files.beside(suffixNew).write(k, r.Files); err != nil {
		return Outcome{}, r.discard(ctx, fmt.Errorf("keeping the new key: %w", err))
	}
	return r.introduce(ctx)
}

// lost looks whether a key was made although there was no answer that says so.
func (r *run) lost(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	keys, lerr := r.IAM.Keys(ctx, r.User)
	if lerr != nil {
		return relay.WithHint(err, "the relay goes on with its key. Whether one was made could not be seen: look with aws iam list-access-keys --user-name "+r.User+", and delete what is not "+r.now.ID)
	}
	for _, k := range keys {
		if k.ID != r.now.ID && !r.has(k.ID) {
			r.fresh = k
			return r.discard(ctx, err)
		}
	}
	return keepHint(err, unchanged)
}

// discard deletes the new key, which nobody uses, and returns err with what to do.
func (r *run) discard(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	if derr := r.IAM.DeleteKey(ctx, r.User, r.fresh.ID); derr != nil {
		return relay.WithHint(fmt.Errorf("%w; and the new key %s could not be deleted: %w", err, r.fresh.ID, derr),
			"the relay goes on with its key. Run this again; if it says that the user has two keys: aws iam delete-access-key --user-name "+r.User+" --access-key-id "+r.fresh.ID)
	}
	r.say("deleted the new key %s again", end(r.fresh.ID))
	if rerr := r.Files.beside(suffixNew).remove(); rerr != nil {
		return fmt.Errorf("%w; and %w", err, rerr)
	}
	return keepHint(err, unchanged)
}

const unchanged = "the relay goes on with its key, and nothing was changed; run this again"

// keepHint adds a hint to an error that has none.
func keepHint(err error, hint string) error {
	if h := relay.HintOf(err); h != "" {
		hint = h + "; " + hint
	}
	return relay.WithHint(err, hint)
}

// introduce tries the new key and puts it into the files.
func (r *run) introduce(ctx context.Context) (Outcome, error) {
	if r.DryRun {
		r.say("would go on with key %s, which an earlier run made: try it, write it to %s and %s, have the relay pull with it, and deactivate %s", end(r.fresh.ID), r.Files.ID, r.Files.Secret, end(r.now.ID))
		return Outcome{Old: r.now.ID, New: r.fresh.ID}, nil
	}
	if err := r.try(ctx, r.fresh); err != nil {
		return Outcome{}, r.discard(ctx, fmt.Errorf("trying the new key: %w", err))
	}
	r.say("AWS knows key %s", end(r.fresh.ID))
	if err := r.Files.beside(suffixOld).write(r.now, r.Files); err != nil {
		return Outcome{}, r.discard(ctx, fmt.Errorf("keeping the old key: %w", err))
	}
	if err := r.Files.write(r.fresh, r.Files); err != nil {
		err = fmt.Errorf("writing the new key: %w", err)
		if back := r.Files.write(r.now, r.Files); back != nil {
			return Outcome{}, relay.WithHint(fmt.Errorf("%w; and putting the old one back: %w", err, back), "both keys are active. Run this again, which completes the files; "+r.goBack())
		}
		return Outcome{}, r.discard(ctx, err)
	}
	r.old, r.now = r.now, r.fresh
	return r.switched(ctx)
}

// resume completes the files that a process was replacing when it died.
func (r *run) resume(ctx context.Context) (Outcome, error) {
	if r.DryRun {
		r.say("would complete %s and %s with key %s, which an earlier run began to write, and go on from there", r.Files.ID, r.Files.Secret, end(r.fresh.ID))
		return Outcome{Old: r.old.ID, New: r.fresh.ID}, nil
	}
	if !r.has(r.fresh.ID) {
		r.fresh = r.old // somebody deleted the new one meanwhile
	}
	if err := r.Files.write(r.fresh, r.Files); err != nil {
		return Outcome{}, relay.WithHint(fmt.Errorf("completing the files of the new key: %w", err), r.goBack())
	}
	r.now = r.fresh
	return r.switched(ctx)
}

// switched goes on where the files hold the new key.
func (r *run) switched(ctx context.Context) (Outcome, error) {
	if err := r.Files.beside(suffixNew).remove(); err != nil {
		return Outcome{}, relay.WithHint(fmt.Errorf("the new key is in use, but: %w", err), "both keys are active; run this again, it goes on from here")
	}
	r.say("key %s is in %s and %s", end(r.now.ID), r.Files.ID, r.Files.Secret)
	if !r.has(r.old.ID) || r.old.ID == r.now.ID {
		return Outcome{Old: r.old.ID, New: r.now.ID, Deleted: true}, nil
	}
	return r.retire(ctx)
}

// try waits until AWS knows a key.
func (r *run) try(ctx context.Context, k Key) error {
	deadline := time.Now().Add(r.Wait)
	for good := 0; ; {
		err := r.Try(ctx, k)
		if good++; err != nil {
			good = 0
		}
		switch {
		case good == settled:
			return nil
		case err != nil && time.Now().After(deadline):
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.Pause):
		}
	}
}

// end is enough of an id to tell two keys apart.
func end(id string) string { return "…" + id[max(0, len(id)-4):] }
