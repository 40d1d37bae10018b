package org

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"plumbline/internal/clock"
)

// Revision is a change of the organisation as it was entered: by whom, when, from
// which day on it counts. Its lines can be read again by its number.
type Revision struct {
	Number  int64 // from 1
	At      clock.Instant
	Account string // "": the service, from the file beside the record
	Reason  string
	From    clock.Day // the first day that is otherwise
	HasFrom bool      // false: names alone
	Past    bool      // it counts for days before it was entered
	Touched int64     // how many findings of people and units are on days that are otherwise
	Units   int64     // that changed
	People  int64
	Digest  string // of the lines that ended and were added: [Digest]
}

// Digest is SHA-256, in hexadecimal, of the lines that a revision ended and added.
func Digest(ended, added []Line) string {
	h := sha256.New()
	for _, part := range []struct {
		sign  string
		lines []Line
	}{{"-", ended}, {"+", added}} {
		lines := slices.SortedFunc(slices.Values(part.lines), compareLines)
		for _, l := range lines {
			for _, text := range []string{part.sign, l.Kind, "\x00", l.ID, "\x00", l.Body, "\n"} {
				h.Write([]byte(text))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Touch is a finding of a person or unit on a day that a change makes otherwise.
type Touch struct {
	Finding string
	Number  int64
	Subject PersonID
	Owner   PersonID // of its item
	Unit    UnitID
	Time    clock.Instant // of the event that it rests on
}

// Join makes one draft of several: units from one file, officers from another.
func Join(parts ...*Draft) *Draft {
	all := &Draft{d: &draft{}, kinds: map[string]bool{}}
	for i, p := range parts {
		if i == 0 {
			all.file = p.file
		}
		all.d.units = append(all.d.units, p.d.units...)
		all.d.posts = append(all.d.posts, p.d.posts...)
		all.d.holdings = append(all.d.holdings, p.d.holdings...)
		all.d.conflicts = append(all.d.conflicts, p.d.conflicts...)
		for kind, has := range p.kinds {
			all.kinds[kind] = all.kinds[kind] || has
		}
	}
	return all
}
