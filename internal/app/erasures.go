package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/approval"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// eraseAsked is what is to be erased: cases in which nothing has happened since a day,
// or one event.
type eraseAsked struct {
	Before string `json:"before,omitempty"`
	Event  string `json:"event,omitempty"`
}

// leastKept is how long every case is kept, whatever is asked.
const leastKept = clock.Instant(365 * 24 * 3600 * 1_000_000)

// readErase refuses what says nothing, or too much.
func readErase(body json.RawMessage, zone *clock.Zone, now clock.Instant) (what service.EraseAsk, err error) {
	var asked eraseAsked
	if err := json.Unmarshal(body, &asked); err != nil {
		return what, err
	}
	if (asked.Before == "") == (asked.Event == "") {
		return what, &errs.Error{Code: errs.Usage, What: errs.T("say either before when cases must have ended, or which event", "请填写案件截止日期或事件编号，且只填一项"),
			Next: errs.T(`as {"before": "2016-01-01"} or {"event": "source/id"}`, `如 {"before": "2016-01-01"} 或 {"event": "来源/编号"}`)}
	}
	if what.Event = asked.Event; asked.Event != "" {
		return what, nil
	}
	if what.Before, _, err = clock.ParseInstant(asked.Before, zone); err != nil {
		return what, err
	}
	if what.Before > now-leastKept {
		return what, &errs.Error{Code: errs.Usage, What: errs.T("every case is kept for a year at least after the last that happened in it", "案件自最后一项事件起至少保存一年"), Next: errs.T("give an earlier day", "请填写更早的日期")}
	}
	return what, nil
}

// eraseKind erases. Where cases go, what the register says of them stays, so nobody's
// verdicts change; where one event goes, it concerns those of whose verdicts some would
// read otherwise without it.
func eraseKind(o *ServeOptions, s *service.Service, zone *clock.Zone) approval.Kind {
	return approval.Kind{Propose: access.ErasurePropose, Approve: access.ErasureApprove,
		Try: func(ctx context.Context, body json.RawMessage) (approval.Tried, error) {
			what, err := readErase(body, zone, o.wall())
			if err != nil {
				return approval.Tried{}, err
			}
			return tryErase(ctx, s, what)
		},
		Do: func(ctx context.Context, a *approval.Approval) error {
			what, err := readErase(a.Body, zone, o.wall())
			if err != nil {
				return err
			}
			_, err = eraseOnce(context.WithoutCancel(ctx), s, what, a) // whoever asked waits no more, and it is done
			return err
		}}
}

func tryErase(ctx context.Context, s *service.Service, what service.EraseAsk) (approval.Tried, error) {
	trial, units, officials, err := s.TryErase(ctx, what)
	if err != nil {
		return approval.Tried{}, err
	}
	if trial.Events == 0 {
		return approval.Tried{}, &errs.Error{Code: errs.Usage, What: errs.T("there is nothing to erase", "没有可销毁的内容"),
			Next: errs.T("a later day takes more; what stays, and why, POST /api/v1/erasures/try tells", "可改用较晚的日期；保留的案件及原因可通过 POST /api/v1/erasures/try 查看")}
	}
	concerned := approval.Concerned{Units: []string{}, Officials: []string{}}
	if what.Event != "" {
		concerned = approval.Concerned{Units: units, Officials: officials}
	}
	text, err := json.Marshal(trial)
	return approval.Tried{Pin: what.Event, Trial: text, Concerned: concerned}, err
}

// eraseOnce does what was approved, if that wasn't done already when the program ended.
func eraseOnce(ctx context.Context, s *service.Service, what service.EraseAsk, a *approval.Approval) (*service.Erasure, error) {
	list, err := s.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Approval == a.ID {
			return &list[i], nil
		}
	}
	return s.Erase(ctx, what, service.Erasure{Reason: a.Reason, Approval: a.ID, By: a.Proposer.Account, Second: a.Settler.Account})
}

// RetentionOptions say what is to be erased from a directory on which no service runs.
type RetentionOptions struct {
	Config datadir.Config
	Before clock.Instant // cases in which nothing has happened since; 0 where one event is meant
	Event  string
	Dry    bool // nothing is erased
	By     string
	Reason string
	Log    *slog.Logger
	Now    time.Time

	ClockIsRight bool // as of ServeOptions
}

// Retention tells what would be erased, and erases it unless that is all that is asked.
// It needs the directory for itself; where a service runs, two persons do it there.
func Retention(ctx context.Context, o RetentionOptions) (trial *service.EraseTrial, done *service.Erasure, err error) {
	d, err := datadir.Serve(ctx, o.Config)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if !o.Dry {
		if err := standing(ctx, d.Store, o.By); err != nil {
			return nil, nil, err
		}
		if o.Reason = errs.Said(o.Reason); o.Reason == "" {
			return nil, nil, &errs.Error{Code: errs.Usage, What: errs.T("--reason is empty", "--reason 为空"), Next: errs.T("say on what rule or order it rests", "请写明依据的规定或命令")}
		}
	}
	serve := ServeOptions{Store: d.Store, Config: o.Config, Log: o.Log, Now: func() (clock.Instant, int64) { return clock.InstantOf(o.Now), 0 }, doubtClock: !o.ClockIsRight}
	s, zone, _, err := startService(ctx, &serve)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	asked := eraseAsked{Event: o.Event}
	if o.Before != 0 {
		asked.Before = zone.Format(o.Before)
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, nil, err
	}
	what, err := readErase(body, zone, clock.InstantOf(o.Now))
	if err != nil {
		return nil, nil, err
	}
	if !o.Dry {
		if err := finishErasing(ctx, d.Store, s, clock.InstantOf(o.Now)); err != nil {
			return nil, nil, err
		}
	}
	tried, _, _, err := s.TryErase(ctx, what)
	if err != nil || o.Dry || tried.Events == 0 {
		return &tried, nil, err
	}
	if done, err = eraseAlone(ctx, d.Store, s, what, body, &tried, &o); err != nil && done != nil {
		err = unfinished(done, err)
	}
	return &tried, done, err
}

// unfinished is that something was erased and not all is done that follows: who reads
// that the disk is full mustn't take the rest of that for the whole.
func unfinished(done *service.Erasure, err error) error {
	return &errs.Error{Code: errs.Internal, Err: err, What: errs.Tf("it is erased (act %d), and the file of the record isn't written anew yet: %v", "已销毁（第 %d 次），但记录文件尚未重写：%v", done.Number, err),
		Next: errs.T("see to that, and give the same command once more: it finishes", "排除故障后再次执行同一命令即可完成")}
}

// finishErasing does what follows an erasure at the console where the program ended, or
// the disk was full, before that was done: its proposal is still being done.
func finishErasing(ctx context.Context, store *sqldb.Store, s *service.Service, now clock.Instant) error {
	list, err := s.Erasures(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	last := &list[len(list)-1]
	a, err := store.Approval(ctx, last.Approval)
	if err != nil || a == nil || a.State != approval.Doing || last.Second != "" {
		return err
	}
	if err := eraseDone(ctx, store, a.ID, now); err != nil {
		return unfinished(last, err)
	}
	return nil
}

// eraseDone writes the file anew, and then that all is done.
func eraseDone(ctx context.Context, store *sqldb.Store, id string, now clock.Instant) error {
	if err := store.Vacuum(ctx); err != nil { // also what a program of before left between the rows
		return err
	}
	_, err := store.ChangeApproval(ctx, id, now, func(a *approval.Approval) error {
		a.State, a.Settled, a.Words = approval.Done, now, atTheConsole
		return nil
	})
	return err
}

// eraseAlone does it at the console: who did it and why stands with the proposals,
// sealed, as done without a second person.
func eraseAlone(ctx context.Context, store *sqldb.Store, s *service.Service, what service.EraseAsk, body json.RawMessage, tried *service.EraseTrial, o *RetentionOptions) (*service.Erasure, error) {
	trial, err := json.Marshal(tried)
	if err != nil {
		return nil, err
	}
	now := clock.InstantOf(o.Now)
	var id [8]byte
	rand.Read(id[:]) // never fails: the program would end
	a := approval.Approval{ID: hex.EncodeToString(id[:]), Kind: approval.Erase, Body: body, Trial: trial, Concerned: approval.Concerned{Units: []string{}, Officials: []string{}},
		Reason: o.Reason, State: approval.Doing, Proposed: now, Proposer: approval.Person{Account: o.By}}
	if err := store.AddApproval(ctx, a); err != nil {
		return nil, err
	}
	done, failed := eraseOnce(ctx, s, what, &a)
	if failed == nil {
		return done, eraseDone(context.WithoutCancel(ctx), store, a.ID, now)
	}
	_, err = store.ChangeApproval(context.WithoutCancel(ctx), a.ID, now, func(a *approval.Approval) error {
		a.State, a.Settled, a.Words = approval.Failed, now, failed.Error()
		return nil
	})
	return nil, errors.Join(failed, err)
}
