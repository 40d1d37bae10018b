package service

import (
	"bytes"
	"slices"
	"strings"

	"plumbline/internal/event"
)

// numbers are those of all cases, one after the other in one text, so that any part
// of one is found by reading that once.
type numbers struct {
	objects int    // of the log that were looked at
	text    []byte // each begins with a line's end, in small letters
	starts  []uint32
	of      []event.ObjectID
}

// follow takes in the objects that the log has more, at most so many of them.
func (n *numbers) follow(s *Service, l *event.Log, most int) {
	if n.objects == l.Objects.Len() {
		return
	}
	types := make([]bool, l.Objects.Types.Len()+1)
	for t := range types {
		types[t] = t > 0 && s.registered(l.Objects.Types.Name(uint32(t)))
	}
	for end := min(l.Objects.Len(), n.objects+most); n.objects < end; {
		n.objects++
		o := event.ObjectID(n.objects)
		if !types[l.Objects.Type(o)] {
			continue
		}
		n.starts, n.of = append(n.starts, uint32(len(n.text))), append(n.of, o)
		n.text = append(n.text, '\n')
		n.text = append(n.text, strings.ToLower(l.Objects.Name(o))...)
	}
}

// searchBlock is how many numbers are searched at once, from the newest on.
const searchBlock = 4096

// mostLater is how many numbers that contain a text are remembered while those that
// begin with it are looked for.
const mostLater = 4096

// search visits the objects whose numbers contain a text, until visit says no: first
// those that begin with it, then the others. Where these are few, the numbers are read
// once.
func (n *numbers) search(part string, visit func(event.ObjectID) bool) {
	if strings.Contains(part, "\n") {
		return
	}
	var later []event.ObjectID
	rest := len(n.starts) // of those before it only beginnings are looked for at first
	for end := len(n.starts); end > 0; end -= searchBlock {
		if rest = end; len(later) >= mostLater {
			break
		}
		for _, m := range n.matches(end, part) {
			if !m.begins {
				later = append(later, m.object)
			} else if !visit(m.object) {
				return
			}
		}
		rest = end - searchBlock
	}
	for end := rest; end > 0; end -= searchBlock {
		for _, m := range n.matches(end, "\n"+part) {
			if !visit(m.object) {
				return
			}
		}
	}
	for _, o := range later {
		if !visit(o) {
			return
		}
	}
	for end := rest; end > 0; end -= searchBlock {
		for _, m := range n.matches(end, part) {
			if !m.begins && !visit(m.object) {
				return
			}
		}
	}
}

// match is a number in which a text was found.
type match struct {
	object event.ObjectID
	begins bool // with the text
}

// matches are those of the block of numbers up to one, the newest first.
func (n *numbers) matches(end int, needle string) (out []match) {
	begin, stop := max(0, end-searchBlock), len(n.text)
	if end < len(n.starts) {
		stop = int(n.starts[end])
	}
	for at := int(n.starts[begin]); at < stop; {
		i := bytes.Index(n.text[at:stop], []byte(needle))
		if i < 0 {
			break
		}
		at += i
		k, exact := slices.BinarySearch(n.starts, uint32(at))
		if !exact {
			k--
		}
		out = append(out, match{n.of[k], exact || at == int(n.starts[k])+1})
		if at = stop; k+1 < end {
			at = int(n.starts[k+1])
		}
	}
	slices.Reverse(out)
	return out
}
