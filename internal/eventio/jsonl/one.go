package jsonl

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Parser makes events of JSON one at a time, for whoever takes them from
// somewhere else than a file. It is as strict as [Read] and is for one
// goroutine.
type Parser struct{ p parser }

// NewParser makes a Parser that reads times without offset in zone.
func NewParser(zone *clock.Zone) *Parser {
	return &Parser{parser{zone: zone, wants: func(string) bool { return true }}}
}

// Parse reads the JSON of one event, whole or not ([Missing]). The event keeps
// views of text, which must not change any more. The error's place is the line
// and column within text.
func (p *Parser) Parse(text []byte) (event.Event, *errs.Error) {
	p.p.e = event.Event{}
	pr := p.p.parse(text)
	e := p.p.e
	p.p.e = event.Event{}
	if pr != nil {
		return event.Event{}, pr.within(text)
	}
	return e, nil
}

// Missing says what an event lacks that every event must have; nil: nothing.
func Missing(e *event.Event) *errs.Error {
	var pr *problem
	switch {
	case e.Voids != "": // needs nothing but the name of what it voids
	case e.Type == "":
		pr = refused(event.ErrNoType)
	case e.Time.Kind == event.Absent:
		pr = refused(event.ErrNoTime)
	case len(e.Objects) == 0:
		pr = refused(event.ErrNoObject)
	}
	if pr == nil {
		return nil
	}
	return &errs.Error{Code: errs.Input, What: pr.what, Next: pr.next}
}

// within is the problem with its place in a text of its own.
func (pr *problem) within(text []byte) *errs.Error {
	before := text[:min(pr.at, len(text))]
	return &errs.Error{Code: errs.Input, What: pr.what, Next: pr.next, Place: errs.Place{
		Line:   bytes.Count(before, []byte{'\n'}) + 1,
		Column: utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1,
	}}
}

// Append appends an event of a log as one line that [Read] and [Parser.Parse]
// read again as the same event; seq says whether its place is written, too.
// lost counts what JSON can't hold.
func Append(b []byte, e *event.Event, zone *clock.Zone, seq bool) (line []byte, lost eventio.Lost) {
	enc := encoder{b: slices.Grow(b, 256), zone: zone, seq: seq}
	enc.event(e)
	lost = eventio.Lost{}
	lost.Add(errs.T("text that isn't UTF-8, its bad bytes replaced", "含非 UTF-8 字节的文字，已替换"), enc.badText)
	return enc.b, lost
}
