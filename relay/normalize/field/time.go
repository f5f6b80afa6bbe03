package field

import (
	"time"

	"logrelay/relay"
)

// months in the order of the calendar, three letters each.
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// Date reads yyyy-mm-dd or yyyy/mm/dd, a blank or T, and hh:mm:ss with or without a fraction, as nanoseconds since 1970 UTC. False: there is no
// such time, or the year is outside of 1678 to 2261.
func Date(date, clock string, loc *time.Location) (int64, bool) {
	if len(date) != 10 || date[4] != date[7] || date[4] != '-' && date[4] != '/' {
		return 0, false
	}
	y, m, d := digits(date[:4]), digits(date[5:7]), digits(date[8:])
	return At(y, m, d, clock, loc)
}

// DateTime reads what Date reads from one text: the two parts with a blank or a T between them.
func DateTime(s string, loc *time.Location) (int64, bool) {
	if len(s) < 19 || s[10] != ' ' && s[10] != 'T' {
		return 0, false
	}
	return Date(s[:10], s[11:], loc)
}

// Apache reads dd/Mmm/yyyy:hh:mm:ss +hhmm.
func Apache(s string) (int64, bool) {
	if len(s) != 26 || s[2] != '/' || s[6] != '/' || s[11] != ':' || s[20] != ' ' {
		return 0, false
	}
	m := Month(s[3:6])
	ns, ok := At(digits(s[7:11]), m, digits(s[:2]), s[12:20], time.UTC)
	offset, zoned := Offset(s[21:])
	return ns - offset, ok && zoned
}

// Month returns the number of a month by the first three letters of its name; -1 when it is none.
func Month(s string) int {
	for i := 0; len(s) == 3 && i < len(months); i += 3 {
		if months[i:i+3] == s {
			return i/3 + 1
		}
	}
	return -1
}

// Offset reads +hhmm, -hh:mm or Z: nanoseconds east of UTC.
func Offset(s string) (int64, bool) {
	switch {
	case s == "Z":
		return 0, true
	case len(s) == 6 && s[3] == ':':
	case len(s) == 5:
	default:
		return 0, false
	}
	h, m := digits(s[1:3]), digits(s[len(s)-2:])
	if s[0] != '+' && s[0] != '-' || h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false
	}
	ns := (int64(h)*60 + int64(m)) * int64(time.Minute)
	if s[0] == '-' {
		ns = -ns
	}
	return ns, true
}

// At puts a date and hh:mm:ss[.fraction] together, as nanoseconds since 1970 UTC. False: there is no such time, or the year is outside of 1678 to 2261.
func At(y, month, day int, clock string, loc *time.Location) (int64, bool) {
	if len(clock) < 8 || clock[2] != ':' || clock[5] != ':' {
		return 0, false
	}
	h, m, s := digits(clock[:2]), digits(clock[3:5]), digits(clock[6:8])
	if y < 1678 || y > 2261 || month < 1 || month > 12 || day < 1 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60 {
		return 0, false
	}
	nano, unit := 0, 100_000_000
	if len(clock) > 8 {
		if clock[8] != '.' || len(clock) == 9 {
			return 0, false
		}
		for i := 9; i < len(clock); i++ {
			c := clock[i] - '0'
			if c > 9 {
				return 0, false
			}
			nano += int(c) * unit
			unit /= 10
		}
	}
	t := time.Date(y, time.Month(month), day, h, m, s, nano, loc)
	if _, got, _ := t.Date(); got != time.Month(month) && s != 60 {
		return 0, false // 31 February
	}
	return t.UnixNano(), true
}

// digits reads a number of digits alone; -1 when it is none.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

// Epoch reads seconds since 1970, or thousandths, millionths or billionths of them: whichever puts the time between 1973 and 2262.
func Epoch(s string) (int64, bool) {
	n, ok := Number(s, Max)
	if !ok {
		return 0, false
	}
	for _, unit := range [...]int64{1e9, 1e6, 1e3, 1} {
		if n.Value >= 1e17/unit && n.Value < Max/unit {
			return n.Value * unit, true
		}
	}
	return 0, false
}

// Zones remembers the zones of times that state none: relay.AttrZone of the record, else UTC. The zero Zones is ready. It is for one goroutine at a time.
type Zones struct {
	name string // last used
	loc  *time.Location
	all  map[string]*time.Location
}

// maxZones bounds the zones that are remembered.
const maxZones = 64

// Of returns the zone for r. The configuration has checked the name; one that the system does not know is UTC.
func (z *Zones) Of(r *relay.Record) *time.Location {
	if len(r.Origin.Attrs) == 0 && len(r.Meta) == 0 {
		return time.UTC
	}
	name := r.Attr(relay.AttrZone)
	if name == "" {
		return time.UTC
	}
	if name == z.name {
		return z.loc
	}
	loc, ok := z.all[name]
	if !ok {
		name = string([]byte(name)) // it may point into the record
		var err error
		if loc, err = time.LoadLocation(name); err != nil {
			loc = time.UTC
		}
		if z.all == nil || len(z.all) >= maxZones {
			z.all = make(map[string]*time.Location)
		}
		z.all[name] = loc
	}
	z.name, z.loc = string([]byte(name)), loc
	return loc
}
