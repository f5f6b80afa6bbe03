package awsiam

import (
	"context"
	"fmt"
	"os"
	"time"

	"logrelay/relay"
)

// retire deactivates the old key, once the relay pulls with the new one.
func (r *run) retire(ctx context.Context) (Outcome, error) {
	switch {
	case r.Finish:
		return Outcome{}, relay.WithHint(fmt.Errorf("the old key %s is still active", end(r.old.ID)), "run this without --finish: it goes on where it stopped")
	case r.DryRun:
		r.say("would go on with a rotation that was begun: have the relay pull with %s, and deactivate %s", end(r.now.ID), end(r.old.ID))
		return Outcome{Old: r.old.ID, New: r.now.ID}, nil
	}
	const again = "both keys are active and the files hold the new one. Mend that and run this again, it goes on from here; "
	if err := r.proved(ctx); err != nil {
		return Outcome{}, keepHint(err, again+r.goBack())
	}
	if err := r.IAM.SetActive(ctx, r.User, r.old.ID, false); err != nil {
		return Outcome{}, keepHint(fmt.Errorf("deactivating the old key: %w", err), "the relay works with the new key. Run this again, it goes on from here")
	}
	r.say("deactivated key %s", end(r.old.ID))
	if err := r.proved(ctx); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		err = fmt.Errorf("without the old key: %w", err)
		if back := r.IAM.SetActive(ctx, r.User, r.old.ID, true); back != nil {
			return Outcome{}, relay.WithHint(fmt.Errorf("%w; and activating the old key again: %w", err, back),
				"the files hold the new key, which AWS knew a moment ago. Activate the old one by hand: aws iam update-access-key --user-name "+r.User+" --access-key-id "+r.old.ID+" --status Active")
		}
		return Outcome{}, keepHint(err, again+r.goBack())
	}
	return Outcome{Old: r.old.ID, New: r.now.ID, After: r.deletable()}, nil
}

// proved tries the key in the files, and waits until the relay pulls with it.
func (r *run) proved(ctx context.Context) error {
	if err := r.try(ctx, r.now); err != nil {
		return fmt.Errorf("trying the new key: %w", err)
	}
	if r.Relay == nil {
		return nil
	}
	if err := r.Relay(ctx, r.now.ID); err != nil {
		return fmt.Errorf("the relay does not pull with the new key: %w", err)
	}
	r.say("the relay pulls with key %s", end(r.now.ID))
	return nil
}

func (r *run) goBack() string {
	return fmt.Sprintf("to go back: cp -p %s%s %s && cp -p %s%s %s", r.Files.ID, suffixOld, r.Files.ID, r.Files.Secret, suffixOld, r.Files.Secret)
}

// finish deletes the old key, which is inactive.
func (r *run) finish(ctx context.Context) (Outcome, error) {
	done := Outcome{Old: r.old.ID, New: r.now.ID, After: r.deletable()}
	switch {
	case r.has(r.old.ID) && time.Until(done.After) > 0:
		return Outcome{}, relay.WithHint(fmt.Errorf("a key was rotated, and the old one (%s, inactive) stays until %s", end(r.old.ID), done.After.UTC().Format(time.RFC3339)),
			"run this again then, or with --finish --grace 0 to delete it now")
	case r.DryRun:
		r.say("would delete key %s, which is inactive, and the files %s%s and %s%s", end(r.old.ID), r.Files.ID, suffixOld, r.Files.Secret, suffixOld)
		return done, nil
	}
	if err := r.IAM.DeleteKey(ctx, r.User, r.old.ID); err != nil {
		return Outcome{}, keepHint(fmt.Errorf("deleting the old key: %w", err), "it is inactive; run this again")
	}
	r.say("deleted key %s", end(r.old.ID))
	done.Deleted = true
	if err := r.Files.beside(suffixOld).remove(); err != nil {
		return done, fmt.Errorf("the old key is deleted, but: %w", err)
	}
	return done, nil
}

// deletable is when the grace time is over.
func (r *run) deletable() time.Time {
	info, err := os.Stat(r.Files.beside(suffixOld).ID)
	if err != nil {
		return time.Now().Add(r.Grace)
	}
	return info.ModTime().Add(r.Grace)
}
