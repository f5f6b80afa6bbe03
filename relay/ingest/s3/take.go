package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"logrelay/relay"
	"logrelay/relay/ingest"
	"logrelay/relay/ingest/s3/notice"
	"logrelay/relay/ingest/s3/object"
)

// maxAnew bounds how often an object is begun anew in one go: because it was overwritten meanwhile, or with what the answer said of it.
const maxAnew = 5

// job is one object on its way into custody.
type job struct {
	s      *Source
	r      *run
	object notice.Object
	body   string     // of the message that names the object alone; "" where there is none
	kind   relay.Kind // wins over configuration and layout
	tally  *tally     // of a backfill; nil otherwise
	retry  bool       // of a dead letter: what was given up is tried again, and an error sets nothing aside

	layout object.Layout
	suffix string // of the names of deliveries
	room   int64  // bytes that the reader needs beyond the usual
	read   bool   // S3 gave it
	result string // what became of it
}

var errForeign = errors.New("the bucket is not among those that the input may read")

// take takes the object into custody, or finds that there is nothing to take, and says which. After an error the object has to come again.
func (j *job) take(ctx context.Context) (result string, err error) {
	j.layout = object.Recognize(j.object.Key)
	switch why := j.s.wanted(j); {
	case why == objForeign && j.retry:
		return "", errForeign
	case why == objForeign:
		return why, j.aside(ctx, errForeign.Error())
	case why != "":
		return why, nil
	}
	for range maxAnew {
		if result, err = j.attempt(ctx); !j.again(err) {
			break
		}
	}
	if err != nil && classOf(err) == Missing && !j.retry {
		return objMissing, j.aside(ctx, err.Error())
	}
	return result, err
}

// again reports whether the object is to be begun anew after an error, and how.
func (j *job) again(err error) bool {
	if e, ok := errors.AsType[*splitterError](err); ok { // its records must not get the ids of others
		j.suffix = " after " + e.splitter
		return true
	}
	if err != nil && classOf(err) == Changed { // it was overwritten: what is there now is taken
		j.object.ETag, j.object.Version, j.suffix = "", "", ""
		return true
	}
	return errors.Is(err, errLearned)
}

// delivery is the very content that is taken, and how much of it is in custody.
type delivery struct {
	name  string
	id    relay.ID
	mark  relay.Mark
	leave func() // ends the hold on it
}

// hold waits until no one else has the delivery in hand, and looks up how far it came.
func (j *job) hold(ctx context.Context, d *delivery) error {
	leave, err := j.s.o.Flights.Enter(ctx, d.id)
	if err != nil {
		return err
	}
	return j.resume(d, leave)
}

// resume looks up how far the delivery came that was just entered.
func (j *job) resume(d *delivery, leave func()) error {
	mark, _, err := j.s.o.Ledger.Lookup(d.id)
	if err != nil {
		leave()
		return &putError{fmt.Errorf("looking up %s: %w", d.name, err)}
	}
	if j.retry {
		mark.Done = false
	}
	d.mark, d.leave = mark, leave
	return nil
}

// errLearned: the notification said less of the object than the answer, which job.object holds now. Whoever has borrowed memory must wait for no more of it,
// nor for a delivery in the hands of somebody who may be waiting for memory.
var errLearned = errors.New("the object is not what the notification said")

// attempt takes the object as it is now.
func (j *job) attempt(ctx context.Context) (string, error) {
	o := &j.object
	var d delivery
	defer func() {
		if d.leave != nil {
			d.leave()
		}
	}()
	if d.name, d.id = j.delivery(o.Version, o.ETag); !d.id.IsZero() {
		if err := j.hold(ctx, &d); err != nil {
			return "", err
		} else if d.mark.Done {
			return objRepeated, nil
		}
	}
	cost := memoryFor(o.Size) + j.room
	if err := j.s.o.Budget.Take(ctx, cost); err != nil {
		return "", err
	}
	defer func() { j.s.o.Budget.Give(cost) }()
	req := Request{Bucket: o.Bucket, Key: o.Key, Version: o.Version, Region: o.Region}
	if o.Version == "" {
		req.IfMatch = o.ETag
	}
	b, got, err := openBlob(ctx, j.s.o.Store, req)
	if err != nil {
		return "", err
	}
	defer b.Close()
	b.cache.budget, b.count = j.s.o.Budget, func(n int) { j.s.metrics.fetched.Add(float64(n)) }
	j.read = true
	if name, id := j.delivery(got.Version, got.ETag); id != d.id {
		if d.leave != nil {
			d.leave()
		}
		if d = (delivery{name: name, id: id}); id.IsZero() {
			d.id = hashOf(name, got.Modified.String(), fmt.Sprint(got.Size))
			err = j.hold(ctx, &d)
		} else if leave, ok := j.s.o.Flights.TryEnter(id); ok {
			err = j.resume(&d, leave)
		} else {
			o.ETag, o.Version, err = got.ETag, got.Version, errLearned
		}
		if err != nil {
			return "", err
		} else if d.mark.Done {
			return objRepeated, nil
		}
	}
	if more := memoryFor(got.Size) + j.room - cost; more > 0 {
		if !j.s.o.Budget.TryTake(more) {
			o.Size = got.Size
			return "", errLearned
		}
		cost += more
	}
	return j.copy(ctx, b, &d)
}

// readerMemory is what a reader holds of a usual object, in bytes.
const readerMemory = 512 << 10

// memoryFor returns what reading an object of so many bytes takes: a batch, a decoder and a window.
func memoryFor(size int64) int64 {
	const most = 2*relay.BatchBytes + readerMemory
	if size < 0 || size > most/16 {
		return most
	}
	return 64<<10 + 16*size
}

// copy moves the records of an opened object into custody, from the first that is not there.
func (j *job) copy(ctx context.Context, b *blob, d *delivery) (string, error) {
	f := j.s.newFeeder(ctx, j, d)
	defer f.close()
	err := j.feed(f, b)
	if fault := b.fault(); fault != nil { // the content is not to blame
		err = fault
	}
	switch {
	case err == nil:
		if err := f.finish(); err != nil {
			return "", err
		}
		j.s.metrics.inCustody(cmp.Or(b.modified, j.object.Time))
		return objTaken, nil
	case f.err != nil: // of the sink
		return "", f.err
	}
	if _, ok := errors.AsType[*splitterError](err); ok {
		return "", err
	}
	if errors.Is(err, object.ErrRoom) { // what was read stays; once more, when there is as much as it can ask for
		j.room = object.MaxRoom
		return "", cmp.Or(f.flush(), errLearned)
	}
	class, final := classOf(err), b.fault() == nil
	lost := !final && (class == Changed || class == Missing) && f.next > 0
	if ctx.Err() != nil || !final && !lost {
		return "", errors.Join(err, f.flush())
	}
	content := &contentError{
		where: fmt.Sprintf("%s at byte %d of %d, after %d records, which are kept", d.name, b.offset(), b.size, f.next),
		err:   err,
	}
	if j.retry {
		return "", errors.Join(content, f.finish())
	}
	if err := j.aside(ctx, content.Error()); err != nil {
		return "", errors.Join(err, f.flush())
	}
	if err := f.finish(); err != nil {
		return "", err
	}
	if class == Changed && !final {
		return "", err
	}
	return objBroken, nil
}

// feed cuts the object into the feeder, from the first record that is not in custody to its end. A panic of what decodes and cuts strangers' bytes counts as the
// object's fault: the message would come again after each restart, and end each of them.
func (j *job) feed(f *feeder, b *blob) (err error) {
	defer func() {
		if v := recover(); v != nil {
			j.s.log.Error("reading an object ended in a panic", "object", f.d.name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = &object.Error{Offset: b.offset(), What: "something that makes the decoder fail"}
		}
	}()
	rd, err := object.NewReader(b, object.Options{
		Kind: f.kind, Format: j.format(f.kind), MaxRecord: j.s.o.MaxRecord, Decoders: j.s.o.Decoders, Splitter: f.splitter, Room: f.room,
	})
	if err != nil {
		if errors.Is(err, object.ErrSplitter) {
			return &splitterError{f.splitter, err}
		}
		return err
	}
	defer rd.Close()
	f.begin(rd.Kind(), rd.Splitter(), rd.Memory)
	if f.next > 0 {
		if err := rd.Skip(f.next); err != nil {
			return err
		}
	}
	var p ingest.Piece
	for {
		if err := rd.Next(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := f.add(&p); err != nil {
			return err
		}
	}
}

// format returns how the layout says that the object is cut; a kind of the configuration that is not the layout's wins.
func (j *job) format(kind relay.Kind) ingest.Format {
	if kind != j.layout.Kind {
		return ingest.FormatAuto
	}
	return j.layout.Format
}

// aside sets a pointer to the object aside.
func (j *job) aside(ctx context.Context, reason string) error {
	p := j.s.pointerTo(&j.object)
	if j.body != "" {
		p.body = j.body
	}
	return j.s.setAside(ctx, p, reason)
}

// kindOf returns what configuration and layout say of the object's kind and columns.
func (j *job) kindOf() (kind relay.Kind, columns string) {
	kind, columns = j.s.o.Kind, j.s.o.Columns
	if r := j.s.rule(j.object.Key); r != nil {
		kind, columns = cmp.Or(r.Kind, kind), cmp.Or(r.Columns, columns)
	}
	return cmp.Or(j.kind, kind, j.layout.Kind), columns
}
