// Package synthetic writes a made-up enforcement log of any size, for oracles
// and measurements: cases that are registered, investigated, sometimes have
// accounts frozen (with faults: no approval, one's own approval, execution
// before anybody approved), and are closed.
//
// A case has about 5.65 events of 12 types, by 2,000 officers of very unequal
// workload, over two years, a day from one event to the next on average. The
// log is in the order of time, so that the events of a case lie far apart, as
// they do in what an agency exports.
//
// The same arguments give the same bytes for ever: other programs' answers are
// known for such logs (the tests of package app hold the engine to them), and
// a file's hash says that it is the one that was meant. So nothing here may
// draw one random number more, or in another order.
package synthetic

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strconv"
	"time"
)

// Event is one event, as small as it can be: a log of ten million is held
// whole while it is sorted.
type Event struct {
	At       int64 // Unix seconds
	Case     int32 // from 0
	Amount   int32 // below 100,000
	Officer  int16 // below 2,000
	Activity Activity
}

// Activity is a type of event.
type Activity int8

// The activities.
const (
	Register Activity = iota
	Assign
	Interview
	EvidenceIn
	EvidenceOut
	FreezeRequest
	FreezeApprove
	FreezeExecute
	NotifySubject
	Review
	Close
	Archive
)

var names = [...]string{"Register", "Assign", "Interview", "EvidenceIn", "EvidenceOut", "FreezeRequest",
	"FreezeApprove", "FreezeExecute", "NotifySubject", "Review", "Close", "Archive"}

// String is the activity's name in a log.
func (a Activity) String() string { return names[a] }

// Events makes the log of so many cases, ordered by time, then case. No two
// events of a case have one time.
func Events(cases int, seed int64) []Event {
	m := maker{Rand: rand.New(rand.NewSource(seed)), events: make([]Event, 0, cases*6)}
	for c := range cases {
		m.oneCase(int32(c))
	}
	slices.SortFunc(m.events, func(a, b Event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Case, b.Case)) })
	return m.events
}

type maker struct {
	*rand.Rand
	events []Event
	no     int32 // the case
	at     int64 // of its next event
}

var begin = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

const twoYears = 730 * 86400

// officer is skewed: the busiest does a four-hundredth of all work.
func (m *maker) officer() int16 { return int16(m.ExpFloat64()*400) % 2000 }

// add adds an event of the case; the next one follows a day later on average,
// never at once.
func (m *maker) add(a Activity, by int16) {
	m.events = append(m.events, Event{m.at, m.no, int32(m.Intn(100000)), by, a})
	m.at += int64(m.ExpFloat64()*86400) + 1
}

func (m *maker) oneCase(no int32) {
	m.no, m.at = no, begin+m.Int63n(twoYears)
	m.add(Register, m.officer())
	switch x := m.Float64(); {
	case x < 0.35:
		m.freezing()
	case x < 0.7:
		m.add(Assign, m.officer())
		m.add(Interview, m.officer())
		m.add(EvidenceIn, m.officer())
		if m.Float64() < 0.7 {
			m.add(EvidenceOut, m.officer())
		}
		m.add(Close, m.officer())
	case x < 0.9:
		m.add(Assign, m.officer())
		m.add(Review, m.officer())
		m.add(Close, m.officer())
		if m.Float64() < 0.5 {
			m.add(Archive, m.officer())
		}
	default: // frozen with no approval at all
		for _, a := range []Activity{Assign, EvidenceIn, FreezeRequest, FreezeExecute, Review, Close} {
			m.add(a, m.officer())
		}
	}
}

// freezing is a case in which accounts are frozen, with its faults.
func (m *maker) freezing() {
	requester := m.officer()
	m.add(FreezeRequest, requester)
	if m.Float64() < 0.97 {
		approver := m.officer()
		if m.Float64() < 0.01 {
			approver = requester
		}
		m.add(FreezeApprove, approver)
	}
	if m.Float64() < 0.96 {
		m.add(FreezeExecute, m.officer())
	}
	if m.Float64() < 0.95 {
		m.add(NotifySubject, m.officer())
	}
	m.add(Close, m.officer())
}

// Write writes the log of so many cases as CSV, with the columns case_id,
// activity, ts (RFC 3339, UTC), resource and amount. Errors are those of w,
// and that of asking for no case.
func Write(w io.Writer, cases int, seed int64) error {
	if cases < 1 {
		return fmt.Errorf("a log of %d cases can't be made; ask for at least one", cases)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	line := append(make([]byte, 0, 128), "case_id,activity,ts,resource,amount\n"...)
	for _, e := range Events(cases, seed) {
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = e.appendCSV(line[:0])
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	return out.Flush()
}

func (e Event) appendCSV(line []byte) []byte {
	line = strconv.AppendInt(append(line, 'C'), int64(e.Case), 10)
	line = append(append(append(line, ','), e.Activity.String()...), ',')
	line = time.Unix(e.At, 0).UTC().AppendFormat(line, time.RFC3339)
	line = strconv.AppendInt(append(line, ",u"...), int64(e.Officer), 10)
	line = strconv.AppendInt(append(line, ','), int64(e.Amount), 10)
	return append(line, '\n')
}
