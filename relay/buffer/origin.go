package buffer

import (
	"encoding/binary"

	"logrelay/relay"
)

// appendOrigin encodes what an origin says, without the ordinal that a batch adds.
func appendOrigin(dst []byte, o *relay.Origin) []byte {
	for _, s := range [...]string{o.Input, string(o.Kind), o.Tenant, o.Source, o.Peer, o.Identity, o.Columns, o.Delivery} {
		dst = appendString(dst, s)
	}
	dst = append(dst, o.DeliveryID[:]...)
	dst = binary.AppendUvarint(dst, uint64(len(o.Attrs)))
	for _, a := range o.Attrs {
		dst = appendString(dst, a.Key)
		dst = appendString(dst, a.Value)
	}
	return dst
}

// originBound returns the most bytes that a row of the origin table takes for o.
func originBound(o *relay.Origin) int {
	const varint = 5 // lengths are below 1<<32
	n := 8*varint + len(o.DeliveryID) + 2*varint + 2*binary.MaxVarintLen64 +
		len(o.Input) + len(o.Kind) + len(o.Tenant) + len(o.Source) + len(o.Peer) + len(o.Identity) + len(o.Columns) + len(o.Delivery)
	for _, a := range o.Attrs {
		n += 2*varint + len(a.Key) + len(a.Value)
	}
	return n
}

func parseOrigin(b []byte) (*relay.Origin, error) {
	p := parser{b: b}
	o := &relay.Origin{
		Input: p.string(), Kind: relay.Kind(p.string()), Tenant: p.string(), Source: p.string(),
		Peer: p.string(), Identity: p.string(), Columns: p.string(), Delivery: p.string(), DeliveryID: p.id(),
	}
	n := p.uvarint()
	if n > uint64(len(p.b)/2) { // an attribute takes two bytes at least
		return nil, errDamaged
	}
	if n > 0 {
		o.Attrs = make([]relay.Attr, n)
	}
	for i := range o.Attrs {
		o.Attrs[i] = relay.Attr{Key: p.string(), Value: p.string()}
	}
	if p.bad || len(p.b) > 0 {
		return nil, errDamaged
	}
	return o, nil
}

// originCacheBytes bounds the encoded origins that a reader remembers. Past it the reader forgets them all and starts
// again, which costs one decoding each.
const originCacheBytes = 1 << 20

// originCache decodes origins, each content once, so that equal origins of many blocks are one object. For one goroutine.
type originCache struct {
	seen  map[string]*relay.Origin
	bytes int
}

func (c *originCache) get(content []byte) (*relay.Origin, error) {
	if o := c.seen[string(content)]; o != nil {
		return o, nil
	}
	o, err := parseOrigin(content)
	if err != nil {
		return nil, err
	}
	if c.seen == nil || c.bytes > originCacheBytes {
		c.seen, c.bytes = make(map[string]*relay.Origin), 0
	}
	c.seen[string(content)] = o
	c.bytes += len(content) + 256
	return o, nil
}
