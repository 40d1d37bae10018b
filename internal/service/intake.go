package service

import (
	"context"
	"fmt"
	"slices"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/monitor"
)

// intake decides what becomes of the events of one ask. It gives those to be
// kept, as the engine took them, and the changes that they made.
func (s *Service) intake(ctx context.Context, c *Commit, a *ask, now clock.Instant) ([]event.Event, []monitor.Change, error) {
	st := s.sources[a.source.ID]
	if len(a.in) > 0 && a.item == 0 { // who mends isn't the source
		st.contact(now)
	}
	a.out = make([]Outcome, len(a.in))
	events, at := make([]event.Event, 0, len(a.in)), make([]int, 0, len(a.in))
	var unfit []int
	rows := int64(s.live.Log().Rows()) + s.gone.Events // numbers are given once
	fresh := make(map[string]bool, len(a.in))          // ids that come for the first time
	for i := range a.in {
		in := &a.in[i]
		out := &a.out[i]
		out.ID = in.Event.ID
		if s.unfit(st, in, out, now) {
			unfit = append(unfit, i)
			continue
		}
		events = append(events, in.Event)
		e := &events[len(events)-1] // not one of its own: that would lie on the heap, too
		if e.ID == "" {
			e.Source, e.Received = "", event.Stamp{}
			e.Source = st.source.Name
			e.ID = event.ContentID(e)
			out.ID = e.ID
		}
		e.Source = st.source.Name
		if s.erased(e.Source, e) {
			out.Outcome, out.Code, out.Why, out.WhyZH = "refused", codeErased, erasedWhy.En, erasedWhy.Zh
			unfit, events = append(unfit, i), events[:len(events)-1]
			continue
		}
		e.Received = event.Stamp{At: now, Kind: event.Time}
		if !s.live.Has(e.Source, e.ID) {
			s.stamp(e, &st.source)
			fresh[e.ID] = true
		}
		if !e.HasSeq { // repetitions take no number: what comes later has a greater one
			e.Seq, e.HasSeq = rows+int64(len(fresh)), true
		}
		at = append(at, i)
	}
	if err := s.isolate(ctx, c, a, unfit, now); err != nil {
		return nil, nil, err
	}
	stood := s.standing(events)
	receipts, changes := s.live.Apply(events)
	s.recount(st.source.Name, stood)
	kept := events[:0]
	for k, r := range receipts {
		out := &a.out[at[k]]
		if st.count(out, &events[k], r) {
			kept = append(kept, events[k])
		}
	}
	return kept, changes, nil
}

// unfit says whether something can't be taken, and writes why.
func (s *Service) unfit(st *sourceState, in *Arrival, out *Outcome, now clock.Instant) bool {
	no := func(outcome, code, why, whyZH string) bool {
		out.Outcome, out.Code, out.Why, out.WhyZH = outcome, code, why, whyZH
		return true
	}
	e := &in.Event
	switch {
	case in.Err != nil:
		return no("quarantined", "unreadable", in.Err.Error(), "无法读取："+errs.In(in.Err, errs.Zh))
	case e.Corrects != "" && e.Voids != "":
		return no("quarantined", "unreadable", "it both corrects an event and voids one; expected one of the two", "同时更正和作废事件；只能选其一")
	case e.Voids == "" && e.Type == "":
		return no("quarantined", "type", event.ErrNoType.Error(), "事件没有类型")
	case e.Voids == "" && e.Time.Kind == event.Absent:
		return no("quarantined", "time", event.ErrNoTime.Error(), "事件没有时间")
	case e.Voids == "" && len(e.Objects) == 0:
		return no("quarantined", "object", event.ErrNoObject.Error(), "事件没有对象")
	case e.Time.At > now+clock.Instant(st.source.Skew):
		return no("quarantined", "future",
			fmt.Sprintf("dated %s, ahead of its receipt by more than this source may be; mend its time or the clock of the source", s.opt.Zone.Format(e.Time.At)),
			fmt.Sprintf("事件时间为 %s，超出该来源允许的超前量；请更正时间或校准来源的时钟", s.opt.Zone.Format(e.Time.At)))
	case e.Voids == "" && len(st.source.Types) > 0 && !slices.Contains(st.source.Types, e.Type):
		return no("refused", "not_its_type", fmt.Sprintf("this source may not send %q", e.Type), fmt.Sprintf("该来源无权发送“%s”", e.Type))
	}
	if what, whatZH, refused := s.public(e); refused {
		return no("refused", "public", "it says something of the public that is never held: "+what, "含有系统从不保存的公众信息："+whatZH)
	}
	return false
}

// public says whether an event has a field about members of the public that the
// system refuses.
func (s *Service) public(e *event.Event) (what, whatZH string, refused bool) {
	if s.opt.Refused == nil {
		return "", "", false
	}
	attrs := func(list []event.Attr) bool {
		for _, a := range list {
			if what, whatZH, refused = s.opt.Refused(a.Name); refused {
				what, whatZH = fmt.Sprintf("%s (%s)", what, a.Name), fmt.Sprintf("%s（%s）", whatZH, a.Name)
				return true
			}
		}
		return false
	}
	if attrs(e.Attrs) {
		return
	}
	for i := range e.Objects {
		if attrs(e.Objects[i].Attrs) {
			return
		}
	}
	return "", "", false
}
