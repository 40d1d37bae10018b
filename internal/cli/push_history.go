package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
)

// history loads what happened before: by a source of its own, which may be as late
// as it is old, so that a case of which half is there doesn't look like one that
// stood still. When all is there the source is let go, and absence is judged.
type history struct {
	place
	History string `help:"Load what happened before, by a source of this name: it is made, and let go when all is there; only then is absence judged. On the machine of the service, with --data." zh:"载入以往的事件：以此名称建立来源，全部载入后停用，此后才判断缺失。须在服务所在机器上与 --data 同用。" placeholder:"NAME"`
}

// begin makes the source, or goes on with one whose loading was broken off, and
// gives its token.
func (h *history) begin(c *call) (token string, err error) {
	if err := app.SourceName(h.History); err != nil {
		return "", err
	}
	token, kept := datadir.NewToken()
	return token, h.with(func(ctx context.Context, s *sqldb.Store) error {
		now := clock.Instant(time.Now().UnixMicro())
		list, err := s.Sources(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(src service.Source) bool { return src.Name == h.History })
		if i >= 0 && !forHistory(&list[i]) {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("the source %q is there, and isn't for history", "来源“%s”已存在，且不是用于载入历史", h.History),
				Next: errs.T("give --history another name", "请为 --history 换一个名称")}
		}
		if err := h.judged(ctx, c, s); err != nil {
			return err
		}
		if i >= 0 {
			return s.SetToken(ctx, h.History, kept)
		}
		_, err = s.AddSource(ctx, service.Source{Name: h.History, Role: service.RoleSource, Token: kept, Lateness: int64(now), Skew: int64(5 * time.Minute / time.Microsecond), Created: now})
		return err
	})
}

// forHistory says whether a source was made to load history: it may be as late as
// time itself.
func forHistory(src *service.Source) bool {
	const long = 30 * 365 * 24 * int64(time.Hour/time.Microsecond)
	return src.Role == service.RoleSource && src.Lateness > long
}

// judged warns where absence has been judged already: what is loaded now and ought
// to have been done before is found undone as it comes.
func (h *history) judged(ctx context.Context, c *call, s *sqldb.Store) error {
	pos, err := s.Position(ctx)
	if err != nil || pos.Segment == 0 || pos.W <= 0 {
		return err
	}
	zone, err := agencyZone(ctx, s)
	if err != nil {
		return err
	}
	c.warn(c.say("other sources have sent already, and absence is judged up to %s: a duty of before then is found undone as soon as it is loaded, and what meets it makes the finding claimed met; load history first where you can",
		"其他来源已报送过事件，缺失已判断至 %s：此前的职责一经载入即判为未履行，随后载入的履行记录只会使其成为“称已履行”；请尽量先载入历史", zone.Format(pos.W)))
	return nil
}

// end lets the source go where everything was taken.
func (h *history) end(c *call) error {
	if c.status != 0 {
		_, err := fmt.Fprintln(c.Out, c.say("Not everything was taken, so absence isn't judged yet: push again what was mended, or end the history with plumbline source disable %s",
			"并非全部接收，因此尚不判断缺失：请改正后重新发送，或用 plumbline source disable %s 结束载入", h.History))
		return err
	}
	if err := h.with(func(ctx context.Context, s *sqldb.Store) error { return s.Disable(ctx, h.History) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.Out, c.say("The history is there; its source is let go, and absence is judged from now on", "历史已全部载入；其来源已停用，自此开始判断缺失"))
	return err
}
