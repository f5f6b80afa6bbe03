package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"logrelay/relay/status"
)

const (
	// relayReads is how long the relay may take to read its key files again (a minute) and to have its queue answer (20 s each, when that is empty).
	relayReads = 3 * time.Minute
	relayLook  = time.Second
	// answersAlone is how many answers of a queue show that none under way was asked for with the key before, where the input was not made anew.
	answersAlone = 4
)

// relayPulls returns what makes the running relay use a key, and waits until all the inputs pull with it. Nil: no relay is running, or none of its inputs is concerned.
func relayPulls(ctx context.Context, door *adminClient, inputs []string, talk io.Writer) (func(context.Context, string) error, error) {
	var s status.Snapshot
	err := door.get(ctx, "/api/v1/status", &s)
	switch {
	case errors.Is(err, errNotRunning):
		say(talk, "note", "no relay is running here that could be watched: the key itself is tried")
		return nil, nil
	case err != nil:
		return nil, err
	case len(inputs) == 0:
		say(talk, "note", "no input pulls with this key: the key itself is tried")
		return nil, nil
	}
	return func(ctx context.Context, id string) error { return watchKey(ctx, door, inputs, id, talk) }, nil
}

// watchKey has the relay read its files, and waits until each input has the key, its queue has answered, and nothing is wrong with it.
func watchKey(ctx context.Context, door *adminClient, inputs []string, id string, talk io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, relayReads)
	defer cancel()
	answers := uint64(1)
	var reloaded struct{}
	if err := door.post(ctx, "/api/v1/reload", struct{}{}, &reloaded); err != nil {
		answers = answersAlone
		say(talk, "warning", "the relay does not reload ("+err.Error()+"); it reads the files of the key again by itself")
	}
	say(talk, "note", "waiting until the relay pulls with key "+status.KeyEnd(id))
	first := map[string]uint64{} // answers of the queue when an input was first seen with the key
	for {
		why := ""
		var s status.Snapshot
		if err := door.get(ctx, "/api/v1/status", &s); err != nil {
			why = err.Error()
		}
		for _, name := range inputs {
			if w := pullsWith(&s, name, id, first, answers); w != "" && why == "" {
				why = w
			}
		}
		if why == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", why, ctx.Err())
		case <-time.After(relayLook):
		}
	}
}

// pullsWith says why it is not yet known that an input pulls with a key, "" when it does.
func pullsWith(s *status.Snapshot, name, id string, first map[string]uint64, answers uint64) string {
	for _, in := range s.Inputs {
		if in.Name != name || in.Pull == nil {
			continue
		}
		p := in.Pull
		if p.AccessKey != status.KeyEnd(id) {
			delete(first, name)
			return fmt.Sprintf("input %s has key %s and not %s", name, dash(p.AccessKey), status.KeyEnd(id))
		}
		if _, ok := first[name]; !ok {
			first[name] = p.Answers
			if answers == 1 { // the input was made anew: what it has was asked for with this key
				first[name] = 0
			}
		}
		switch {
		case p.LastError != "":
			return fmt.Sprintf("input %s: %s: %s", name, p.State, p.LastError)
		case p.Answers < first[name]+answers:
			return fmt.Sprintf("input %s: its queue has not answered yet", name)
		}
		return ""
	}
	return fmt.Sprintf("the running relay has no input %s that pulls", name)
}
