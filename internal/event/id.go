package event

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"plumbline/internal/clock"
)

// ContentID is the id of an event that was given none: SHA-256, in hex, over
// the canonical JSON array [source, objects, type, time, recorded, actor, unit,
// seq, attributes] (spec §1). Absent is null; times are UTC with a fraction
// only where there is one, a date alone is the date in its own right; objects
// are [type, id, qualifier, attributes], sorted, attributes an object with
// sorted names.
func ContentID(e *Event) string {
	h := sha256.Sum256(canonical(e, true))
	return hex.EncodeToString(h[:])
}

// Same says whether two events with one id say the same. The place that a file
// gave them by position is not content.
func Same(a, b *Event) bool {
	return string(canonical(a, false)) == string(canonical(b, false))
}

func canonical(e *Event, withSeq bool) []byte {
	objects := canonicalObjects(e.Objects)
	var seq any
	if withSeq && e.HasSeq {
		seq = e.Seq
	}
	parts := []any{e.Source, objects, e.Type, canonicalStamp(e.Time), canonicalStamp(e.Recorded),
		canonicalOpt(e.Actor), canonicalOpt(e.Unit), seq, canonicalAttrs(e.Attrs)}
	if e.Corrects != "" || e.Voids != "" {
		parts = append(parts, e.Corrects, e.Voids)
	}
	return CanonicalJSON(parts)
}

// CanonicalJSON is v as any other program can write it again to work an id out:
// no spaces, names sorted bytewise, and only those characters escaped that must
// be (RFC 8785). encoding/json escapes <, >, & and the line separators, too, for
// web pages.
func CanonicalJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("event: canonical form: " + err.Error()) // only strings, numbers, lists and maps of them go in
	}
	return []byte(separators.Replace(strings.TrimSuffix(b.String(), "\n")))
}

// AppendCanonical appends the canonical form of a string.
func AppendCanonical(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(b, CanonicalJSON(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// separators takes an escaped backslash first, so that what follows it stays.
var separators = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")

// canonicalObjects lists each tie once, sorted, with all that the event says of
// the object wherever it names it.
func canonicalObjects(list []Object) [][]any {
	type object struct{ typ, id string }
	said := map[object][]Attr{}
	ties := make([]Object, len(list))
	for i, o := range list {
		said[object{o.Type, o.ID}] = append(said[object{o.Type, o.ID}], o.Attrs...)
		ties[i] = Object{Type: o.Type, ID: o.ID, Qualifier: o.Qualifier}
	}
	compare := func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Qualifier, b.Qualifier))
	}
	slices.SortFunc(ties, compare)
	ties = slices.CompactFunc(ties, func(a, b Object) bool { return compare(a, b) == 0 })
	out := make([][]any, len(ties))
	for i, o := range ties {
		out[i] = []any{o.Type, o.ID, o.Qualifier, canonicalAttrs(said[object{o.Type, o.ID}])}
	}
	return out
}

func canonicalOpt(o Opt) any {
	if !o.OK {
		return nil
	}
	return o.Value
}

func canonicalStamp(s Stamp) any {
	switch s.Kind {
	case Time:
		return utc(s.At)
	case Day:
		return "day " + utc(s.At)
	}
	return nil
}

func utc(t clock.Instant) string { return time.UnixMicro(int64(t)).UTC().Format(time.RFC3339Nano) }

func canonicalAttrs(attrs []Attr) map[string]any {
	m := make(map[string]any, len(attrs))
	for _, a := range attrs {
		switch v := a.Value; v.Kind {
		case Number:
			m[a.Name] = json.Number(FormatNumber(v.Num))
		case String:
			m[a.Name] = v.Str
		case Bool:
			m[a.Name] = v.Num != 0
		case Time:
			m[a.Name] = utc(v.At)
		case Day:
			m[a.Name] = "day " + utc(v.At)
		case Strings:
			m[a.Name] = v.List
		}
	}
	return m
}
