package relaytest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
)

// maxDigits bounds the length of a frame as it is written.
const maxDigits = 9

var errFrame = errors.New("no syslog frame")

// serveSyslog reads raw, or what TLS makes of it, until the far end closes.
func (s *SIEM) serveSyslog(raw, c net.Conn, protocol string) {
	defer raw.Close()
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	for {
		f := s.fault()
		if (f.Hang || f.Delay > 0) && !s.stall(f, nil) {
			return
		}
		data, err := readFrame(r)
		if len(data) > 0 {
			s.take(Record{Protocol: protocol, Peer: raw.RemoteAddr().String(), Data: data})
		}
		if err != nil {
			return
		}
		if f = s.fault(); f.Close {
			s.use(f)
			return
		}
	}
}

// readFrame reads one frame: octet-counted (RFC 6587 section 3.4.1) when it starts with a length and a blank, a line otherwise.
func readFrame(r *bufio.Reader) ([]byte, error) {
	for n := 1; ; n++ {
		b, err := r.Peek(n)
		if len(b) < n {
			if len(b) > 0 {
				break // digits, then the end: a line
			}
			return nil, err
		}
		if c := b[n-1]; c >= '0' && c <= '9' && n <= maxDigits {
			continue
		} else if c != ' ' || n == 1 {
			break
		}
		size, _ := strconv.Atoi(string(b[:n-1]))
		if size > maxFrame {
			return nil, errFrame
		}
		if _, err := r.Discard(n); err != nil {
			return nil, err
		}
		data := make([]byte, size)
		_, err = io.ReadFull(r, data)
		if err != nil {
			return nil, err // a frame cut short is no record
		}
		return data, nil
	}
	var line []byte
	for {
		b, err := r.ReadSlice('\n')
		line = append(line, b...)
		if err == bufio.ErrBufferFull && len(line) <= maxFrame {
			continue
		}
		if err != nil {
			return nil, err // so is a line without its end
		}
		return bytes.TrimRight(line, "\r\n\x00"), nil
	}
}

func (s *SIEM) serveUDP(p net.PacketConn) {
	b := make([]byte, 64<<10)
	for {
		n, peer, err := p.ReadFrom(b)
		if err != nil {
			return
		}
		f := s.fault()
		if f.Refuse {
			continue
		}
		if !s.stall(f, nil) {
			return
		}
		s.take(Record{Protocol: "syslog-udp", Peer: peer.String(), Data: bytes.Clone(b[:n])})
	}
}
