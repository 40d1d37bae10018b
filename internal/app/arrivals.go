package app

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/jsonl"
	"plumbline/internal/logmap"
	"plumbline/internal/service"
)

const (
	maxArrival = 16 << 20 // bytes of an event as JSON
	maxUnread  = 100_000  // rows of one file that can't be read, after which it is the wrong file
)

// Arrivals gives the events of a file of any format, as a source would send them,
// each with its row, or its number among the events. Events as JSON are read one by one, corrections and
// what can't be read among them; of other formats what can't be read comes last. An
// event that the file gives neither id nor seq has none: it is known by its content.
func Arrivals(file string, zone *clock.Zone, schema map[string]event.Kind, each func(in service.Arrival, at errs.Place) error) error {
	return arrivalsBy(file, nil, zone, schema, each)
}

// arrivalsBy does so by a mapping, nil for none; events as JSON have their names
// already.
func arrivalsBy(file string, m *logmap.Mapping, zone *clock.Zone, schema map[string]event.Kind, each func(in service.Arrival, at errs.Place) error) error {
	f, err := os.Open(file)
	if err != nil {
		return cantRead(file, err)
	}
	defer f.Close()
	format, gz, err := detect(file, f)
	if err != nil {
		return err
	}
	if format != JSONLines {
		return arrivalsOfLog(Source{Files: []string{file}, Mapping: m, Zone: zone, Schema: schema, SkipBad: maxUnread}, each)
	}
	var in io.Reader = bufio.NewReaderSize(f, 1<<20)
	if gz {
		z, err := gzip.NewReader(in)
		if err != nil {
			return brokenGzip(file, err)
		}
		in = unpacking{z, file}
	}
	return arrivalsOfJSON(file, in, zone, each)
}

func arrivalsOfJSON(file string, in io.Reader, zone *clock.Zone, each func(in service.Arrival, at errs.Place) error) error {
	split, parse := jsonl.NewSplitter(in, maxArrival, true), jsonl.NewParser(zone)
	for n := 1; ; n++ {
		text, fault, err := split.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return placed(file, err)
		}
		text = bytes.Clone(text) // the event's strings are views of it
		a := service.Arrival{Raw: text}
		if fault == nil {
			a.Event, fault = parse.Parse(text)
		}
		if fault != nil {
			a.Err = fault
		}
		if err := each(a, errs.Place{Row: n}); err != nil {
			return err
		}
	}
}

func arrivalsOfLog(s Source, each func(in service.Arrival, at errs.Place) error) error {
	read, err := Open(s)
	if err != nil {
		return err
	}
	l, zone := read.Log, s.Zone
	for row := range uint32(l.Rows()) {
		if l.Dead.Has(row) {
			continue
		}
		e := l.Event(row)
		e.Source = ""
		if l.Seq == nil {
			e.Seq, e.HasSeq = 0, false // its position, which no source gave
		}
		raw, _ := jsonl.Append(nil, &e, zone, e.HasSeq) // for the quarantine; the file itself is kept
		if err := each(service.Arrival{Event: e, Raw: raw}, errs.Place{Row: int(row) + 1}); err != nil {
			return err
		}
	}
	return unreadRows(read.Bad, each)
}

func unreadRows(bad []eventio.BadRow, each func(in service.Arrival, at errs.Place) error) error {
	for _, b := range bad {
		if err := each(service.Arrival{Raw: []byte(b.Raw), Err: b.Err}, b.Err.Place); err != nil {
			return err
		}
	}
	return nil
}
