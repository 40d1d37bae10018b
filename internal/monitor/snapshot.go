package monitor

import (
	"bufio"
	"encoding/gob"
	"fmt"
	"io"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

// snapshotVersion changes whenever the format does; another one is refused.
const snapshotVersion = 3

type snapshotHead struct {
	Version  int
	Now, W   clock.Instant
	Started  bool
	Lateness clock.Instant
	Events   int
}

// Snapshot writes all that [RestoreLive] needs to go on: T and the events as
// they came. Verdicts are not written, because they follow.
func (v *Live) Snapshot(w io.Writer) error {
	buf := bufio.NewWriter(w)
	enc := gob.NewEncoder(buf)
	head := snapshotHead{snapshotVersion, v.now, v.w, v.started, v.lateness, v.l.Rows()}
	if err := enc.Encode(head); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	for row := range uint32(v.l.Rows()) {
		e := v.arrival(row)
		if err := enc.Encode(&e); err != nil {
			return fmt.Errorf("snapshot, event %d: %w", row+1, err)
		}
	}
	return buf.Flush()
}

// arrival is an event as it came, a correction under its own id and seq.
func (v *Live) arrival(row uint32) event.Event {
	e := v.l.Event(row)
	if n, ok := v.names[row]; ok {
		e.ID, e.Seq, e.HasSeq = n.ownID, n.seq, true
		if n.voids {
			e.Voids = n.id
		} else {
			e.Corrects = n.id
		}
	}
	return e
}

// RestoreLive goes on from a snapshot, with the same rules or others: the
// changes that led there are not reported again.
func RestoreLive(r io.Reader, rules []*rule.Rule, opt LiveOptions) (*Live, error) {
	dec := gob.NewDecoder(bufio.NewReader(r))
	var head snapshotHead
	if err := dec.Decode(&head); err != nil {
		return nil, notASnapshot(err)
	}
	if head.Version != snapshotVersion {
		return nil, &errs.Error{Code: errs.Input,
			What: errs.Tf("a snapshot of version %d; expected %d", "快照版本为 %d，应为 %d", head.Version, snapshotVersion),
			Next: errs.T("take a new one with this program", "请用本程序重新生成快照")}
	}
	opt.Lateness = int64(head.Lateness)
	v := NewLive(rules, opt)
	v.quiet = true
	one := make([]event.Event, 1)
	for i := range head.Events {
		one[0] = event.Event{}
		if err := dec.Decode(&one[0]); err != nil {
			return nil, notASnapshot(err)
		}
		if receipts, _ := v.Apply(one); receipts[0].Outcome == Refused {
			return nil, fmt.Errorf("snapshot, event %d: %w", i+1, receipts[0].Err)
		}
	}
	if head.Started {
		v.Resume(head.Now, head.W)
	}
	v.quiet = false
	return v, nil
}

// Resume sets T and W to where they stood, for a Live that was given all events
// of before anew, from a snapshot or a store.
func (v *Live) Resume(now, w clock.Instant) []Change {
	lateness := v.lateness
	v.lateness = now - w
	defer func() { v.lateness = lateness }()
	return v.Tick(now)
}

func notASnapshot(err error) error {
	return &errs.Error{Code: errs.Input, Err: err,
		What: errs.Tf("not a whole snapshot: %v", "快照不完整：%v", err),
		Next: errs.T("use an older one, or judge the events anew", "请使用较早的快照，或重新评判全部事件")}
}
