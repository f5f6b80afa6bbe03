package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/forward"
	"logrelay/relay/status"
)

// When a problem is one.
const (
	amberFill     = 80              // percent of the quota
	amberDays     = 30              // of a certificate's life left
	amberRetrying = 2 * time.Minute // without a success
)

// Snapshot is the state of the relay now. It reads counters, and of the log one block header for each output; it waits for no peer
// and no commit.
func (d *Daemon) Snapshot() status.Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := status.Snapshot{Version: d.o.Version, Now: time.Now().UTC(), Started: d.started.UTC(), Health: status.Green, Problems: []status.Problem{}}
	letters := map[string]buffer.DeadLetterStats{}
	counts, _ := d.letters.Stats()
	for _, c := range counts {
		letters[c.Output] = c
		s.Buffer.DeadLetters += c.Open
	}
	for _, name := range slices.Sorted(maps.Keys(d.inputs)) {
		in := d.inputs[name].status(letters[letterPrefix+name])
		s.Inputs = append(s.Inputs, in)
		addInputProblems(&s, in)
		if text := d.inputs[name].elsewhere(); text != "" {
			s.Add(status.Problem{Health: status.Amber, Where: "input " + name, What: text, Hint: hintElsewhere})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.outputs)) {
		out := d.outputs[name]
		o := out.status(letters[name])
		s.Outputs = append(s.Outputs, o)
		addOutputProblems(&s, o)
		out.addCertificate(&s)
	}
	d.addBuffer(&s)
	d.addPair(&s)
	d.addACME(&s)
	for _, w := range d.cfg.Warnings {
		s.Add(status.Problem{Health: status.Amber, Where: "configuration", What: w.String(), Hint: w.Hint})
	}
	if d.refused != nil {
		s.Add(status.Problem{Health: status.Amber, Where: "configuration", What: "the last reload was refused: " + d.refused.Error(),
			Hint: cmp.Or(relay.HintOf(d.refused), "mend the file and reload again: the next start would fail")})
	}
	s.Ready = !d.stopping && !s.Buffer.Full
	s.Tails = d.tap.watched()
	d.rates.fill(&s)
	return s
}

func addOutputProblems(s *status.Snapshot, o status.Output) {
	where := "output " + o.Name
	switch o.State {
	case forward.StateHolding:
		s.Add(status.Problem{Health: status.Red, Where: where, What: "needs you: " + o.LastError, Hint: o.Hint})
	case forward.StateRetrying:
		if o.Since != nil && s.Now.Sub(*o.Since) > amberRetrying {
			s.Add(status.Problem{Health: status.Amber, Where: where, What: fmt.Sprintf("retrying since %s: %s", o.Since.Format(time.RFC3339), o.LastError), Hint: o.Hint})
		}
	}
	if !o.Strict {
		s.Add(status.Problem{Health: status.Red, Where: where, What: "strict TLS is off: anyone on the way can read and change what is delivered",
			Hint: "name the far end's CA in tls.ca_file and remove tls.strict: false"})
	}
	if n := o.Sum.DeadLettered; n > 0 {
		s.Add(status.Problem{Health: status.Amber, Where: where, What: recordsWere(n) + " refused for good",
			Hint: "logrelay buffer dead-letters ls --output " + o.Name})
	}
	if !o.Sum.AddsUp {
		s.Add(status.Problem{Health: status.Red, Where: where, What: "the sums do not add up", Hint: "this is a fault of logrelay: please report it with `logrelay status --json`"})
	}
}

func recordsWere(n uint64) string {
	if n == 1 {
		return "1 record was"
	}
	return fmt.Sprintf("%d records were", n)
}

func (d *Daemon) addBuffer(s *status.Snapshot) {
	b := d.buffer.Stats()
	s.Buffer = status.Buffer{
		DeadLetters: s.Buffer.DeadLetters, Dir: d.bufferDir(), Bytes: uint64(b.Bytes), Quota: uint64(b.Quota), Free: uint64(max(b.Free, 0)), Reserve: uint64(b.Reserve),
		Segments: b.Segments, Records: b.Records, Full: b.Full != nil, Damaged: b.Damaged, FillPercent: 100 * float64(b.Bytes) / float64(max(b.Quota, 1)),
	}
	switch {
	case b.Full != nil:
		s.Buffer.LastError = b.Full.Error()
		s.Add(status.Problem{Health: status.Red, Where: "buffer", What: b.Full.Error(),
			Hint: "mend the output that lags (below), raise buffer.quota, or give the file system more room"})
	case s.Buffer.FillPercent > amberFill:
		s.Add(status.Problem{Health: status.Amber, Where: "buffer", What: fmt.Sprintf("%.0f %% full", s.Buffer.FillPercent),
			Hint: "mend the output that lags, or raise buffer.quota"})
	}
	for _, c := range b.Cursors {
		if d.outputs[c.Name] == nil && c.Waiting > 0 {
			s.Add(status.Problem{Health: status.Amber, Where: "output " + c.Name,
				What: fmt.Sprintf("is not configured any more, and %d records wait for it: they keep %s of the buffer", c.Waiting, mib(config.Bytes(c.WaitingBytes))),
				Hint: "logrelay buffer forget " + c.Name + ", or configure it again: it goes on where it was"})
		}
	}
	if b.Damaged > 0 {
		s.Add(status.Problem{Health: status.Amber, Where: "buffer", What: recordsWere(b.Damaged) + " damaged on disk",
			Hint: "logrelay buffer verify; what was damaged is kept in the folder `damaged` of the buffer; check the disk"})
	}
}

func (d *Daemon) addPair(s *status.Snapshot) {
	i := d.pair.Info()
	s.TLS = &status.TLS{
		Subject: i.Subject, Names: i.Names, Issuer: i.Issuer, NotAfter: i.NotAfter, DaysLeft: i.DaysLeft, SelfSigned: i.SelfSigned,
		Path: i.CertFile, Problem: i.Problem,
	}
	if i.Problem != "" {
		s.Add(status.Problem{Health: status.Red, Where: "certificate", What: i.Problem, Hint: i.Hint})
	} else if i.DaysLeft < amberDays {
		s.Add(status.Problem{
			Health: status.Amber, Where: "certificate", What: fmt.Sprintf("expires in %d days", i.DaysLeft),
			Hint: "renew it; a replaced file is picked up by itself",
		})
	}
}
