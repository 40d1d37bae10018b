package app

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/sim/agency"
)

// AgencyPacks are the packs whose rules a simulated agency keeps and breaks.
var AgencyPacks = []string{"cn-criminal-procedure", "profit-and-power"}

// AgencyFormats are the formats that a simulated agency's log is written in, with
// the ending of the file.
var AgencyFormats = map[string]string{"jsonl": ".jsonl", "csv": ".csv", "parquet": ".parquet", "xes": ".xes", "ocel": ".ocel.json"}

// The files of a simulation, beside the log, events.ENDING.
const (
	agencyLog       = "events"
	agencyTruth     = "truth.jsonl"
	agencyTruthCSV  = "truth.csv"
	agencyUnits     = "organisation.yaml"
	agencyFaults    = "faults.yaml"
	agencyZone      = "Asia/Shanghai"
	agencyTruthHead = "rule,key,case,event,time,unit,verdict,last_in_time,planned"
)

// AgencyTotals are what a simulation wrote.
type AgencyTotals struct {
	Log        string // the file's name
	Entries    int    // lines sent, repetitions and corrections too
	Departures int
	Planned    int // of them drawn on purpose; the others follow from these
	Lost       eventio.Lost
}

// SimulateAgency simulates an agency and writes its log in one of AgencyFormats,
// the departures in it, its organisation, and the rates used. Each file goes
// through write, by name. Options must have been checked.
func SimulateAgency(o agency.Options, format string, write func(name string, make func(io.Writer) error) error) (AgencyTotals, error) {
	s := agency.New(o)
	out := AgencyTotals{Log: agencyLog + AgencyFormats[format]}
	var departures []agency.Departure
	err := write(out.Log, func(w io.Writer) (err error) {
		if format == "jsonl" {
			departures, err = agencyLines(s, w, &out.Entries)
			return err
		}
		departures, err = agencyAs(s, w, &out)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Departures = len(departures)
	for i := range departures {
		if departures[i].Planned {
			out.Planned++
		}
	}
	for _, f := range []struct {
		name string
		make func(io.Writer) error
	}{
		{agencyTruth, func(w io.Writer) error { return truthLines(w, s, departures) }},
		{agencyTruthCSV, func(w io.Writer) error { return truthTable(w, s, departures) }},
		{agencyUnits, func(w io.Writer) error { _, err := w.Write(s.Organisation()); return err }},
		{agencyFaults, func(w io.Writer) error { _, err := w.Write(o.Rates.File()); return err }},
	} {
		if err := write(f.name, f.make); err != nil {
			return out, err
		}
	}
	return out, nil
}

// agencyLines writes the log as it is sent: entry by entry, in order of arrival.
func agencyLines(s *agency.Simulation, w io.Writer, entries *int) ([]agency.Departure, error) {
	out := bufio.NewWriterSize(w, 1<<20)
	line := make([]byte, 0, 4096)
	departures, err := s.Run(func(e *agency.Entry) error {
		*entries++
		line = s.AppendJSON(line[:0], e)
		_, err := out.Write(line)
		return err
	})
	if err != nil {
		return nil, err
	}
	return departures, out.Flush()
}

// agencyAs writes the log in a format that has no corrections: as it stands
// after them.
func agencyAs(s *agency.Simulation, w io.Writer, out *AgencyTotals) ([]agency.Departure, error) {
	zone, err := clock.LoadZone(agencyZone)
	if err != nil {
		return nil, fmt.Errorf("simulating: %w", err)
	}
	b := event.NewBuilder(event.Options{Zone: zone})
	departures, err := s.Run(func(e *agency.Entry) error {
		out.Entries++
		_, err := b.Add(agencyEvent(s, e))
		return err
	})
	if err != nil {
		return nil, err
	}
	log, err := b.Finish()
	if err != nil {
		return nil, err
	}
	out.Lost, err = WriteLog(w, log, out.Log, "")
	return departures, err
}

func agencyEvent(s *agency.Simulation, n *agency.Entry) *event.Event {
	e := n.Event
	if n.Voids() != "" {
		return &event.Event{ID: n.ID(), Voids: n.Voids()}
	}
	out := &event.Event{ID: n.ID(), Corrects: n.Corrects(), Type: e.Type.String(), Time: agencyStamp(e.At), Recorded: agencyStamp(e.Entered),
		Seq: int64(e.Seq), HasSeq: true, Unit: event.Some(s.Unit(e.Unit))}
	if e.Actor != 0 {
		out.Actor = event.Some(s.Officer(e.Actor))
	}
	for _, o := range e.Objects {
		out.Objects = append(out.Objects, event.Object{Type: o.Kind, ID: o.ID})
	}
	for _, a := range e.Attrs {
		v := event.Value{Kind: event.String, Str: a.Text}
		switch a.Kind {
		case agency.Number:
			v = event.Value{Kind: event.Number, Num: float64(a.Num)}
		case agency.Bool:
			v = event.Value{Kind: event.Bool, Num: float64(a.Num)}
		case agency.Time:
			v = event.Value{Kind: event.Time, At: clock.Instant(a.Num * 1e6)}
		}
		out.Attrs = append(out.Attrs, event.Attr{Name: a.Name, Value: v})
	}
	return out
}

func agencyStamp(t int64) event.Stamp {
	return event.Stamp{At: clock.Instant(t * 1e6), Kind: event.Time}
}

// truth is a departure as it stands in the files.
type truth struct {
	Rule    string `json:"rule"`
	Key     string `json:"key"`
	Case    string `json:"case,omitempty"`
	Event   string `json:"event"`
	Time    string `json:"time"`
	Unit    string `json:"unit"`
	Verdict string `json:"verdict"`
	Due     string `json:"last_in_time,omitempty"`
	Planned bool   `json:"planned"`
}

func truthOf(s *agency.Simulation, d *agency.Departure) truth {
	t := truth{Rule: d.Rule, Key: d.Key, Case: d.Case, Event: d.Event, Time: agencyTime(d.At), Unit: s.Unit(d.Unit), Verdict: string(d.Verdict), Planned: d.Planned}
	if d.Due != 0 {
		t.Due = agencyTime(d.Due)
	}
	return t
}

func agencyTime(t int64) string {
	return time.Unix(t, 0).In(time.FixedZone("", 8*3600)).Format(time.RFC3339)
}

func truthLines(w io.Writer, s *agency.Simulation, departures []agency.Departure) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range departures {
		if err := enc.Encode(truthOf(s, &departures[i])); err != nil {
			return err
		}
	}
	return nil
}

func truthTable(w io.Writer, s *agency.Simulation, departures []agency.Departure) error {
	out := csv.NewWriter(w)
	if err := out.Write(strings.Split(agencyTruthHead, ",")); err != nil {
		return err
	}
	for i := range departures {
		t := truthOf(s, &departures[i])
		if err := out.Write([]string{t.Rule, t.Key, t.Case, t.Event, t.Time, t.Unit, t.Verdict, t.Due, fmt.Sprint(t.Planned)}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
