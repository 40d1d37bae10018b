package web

import (
	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// packRow is a pack that is in force, or could be.
type packRow struct{ Title, Name, Version, Rules, Verified, From, To, Mark, Word string }

// packsView is what the page of packs shows.
type packsView struct {
	InForce []packRow
	Known   []packRow
	Propose bool // who asks may propose
	Try     bool
	Waits   bool // may see what waits for a second person
}

func (p *Pages) adminPacks(v *view) (templ.Component, error) {
	v.title = v.T("packs.title")
	known, err := p.Machine.Known()
	if err != nil {
		return nil, err
	}
	out := packsView{Propose: v.may(access.PackPropose), Try: v.may(access.PackTry), Waits: v.may(access.ApprovalRead)}
	titles := map[string]SetupPack{}
	for _, k := range known {
		titles[k.Name] = k
	}
	running := map[string]string{}
	today := p.Zone.Date(v.now)
	for _, f := range p.Judged.InForce() {
		row := packRow{Title: titles[f.Name].Title.In(v.Lang), Name: f.Name, Version: f.Version, From: v.T("packs.always"), To: "—", Mark: "met", Word: v.T("packs.in_force")}
		if row.Title == "" {
			row.Title = f.Name
		}
		if f.HasFrom {
			row.From = f.From.String()
		}
		if f.HasTo {
			row.To = f.To.String()
		}
		switch {
		case f.HasTo && f.To <= today:
			row.Mark, row.Word = "moot", v.T("packs.finishes")
		case f.HasFrom && f.From > today:
			row.Mark, row.Word = "na", v.T("packs.to_come")
		default:
			running[f.Name] = f.Version
		}
		out.InForce = append(out.InForce, row)
	}
	for _, k := range known {
		row := packRow{Title: k.Title.In(v.Lang), Name: k.Name, Version: k.Version, Rules: v.Int(k.Rules), Verified: v.Int(k.Verified), Mark: "na", Word: v.T("packs.not_used")}
		switch running[k.Name] {
		case "":
		case k.Version:
			row.Mark, row.Word = "met", v.T("packs.in_force")
		default:
			row.Mark, row.Word = "risk", v.T("packs.other_version", running[k.Name])
		}
		out.Known = append(out.Known, row)
	}
	return packsPage(v, out), nil
}

// witnessRow is who is asked to cosign.
type witnessRow struct{ Name, Key, Mark, Word, At, Size, Why string }

// sealAdmin is what the page of the seal shows to administrators.
type sealAdmin struct {
	Origin    string
	Keys      []string
	Place     string
	Facts     [][2]string
	Wrongly   string // what is wrong with the log, and why; "" where nothing is
	Problem   string
	Fresh     bool
	Witnesses []witnessRow
	Rotates   bool // who asks may
	Waits     bool
}

func (p *Pages) adminSeal(v *view) (templ.Component, error) {
	v.title = v.T("sealing.title")
	if p.Seal == nil {
		return nil, errNone
	}
	st, err := p.Seal.Status(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := sealAdmin{Origin: st.Origin, Keys: st.Keys, Fresh: st.Fresh, Place: v.T("sealing.key_" + string(p.Machine.Key())), Rotates: v.may(access.KeyRotate), Waits: v.may(access.ApprovalRead),
		Facts: [][2]string{{v.T("sealing.origin"), st.Origin}, {v.T("sealing.size"), v.Int(int(st.Size))}, {v.T("sealing.signed"), v.Int(int(st.Signed))}, {v.T("sealing.root"), st.Root.String()}}}
	switch {
	case st.Problem != nil:
		out.Wrongly, out.Problem = v.T("sealing.stands_still"), errs.In(st.Problem, v.Lang)
	case st.Denied != nil:
		out.Wrongly, out.Problem = v.T("verify.denied"), errs.In(st.Denied, v.Lang)
	}
	for _, w := range st.Witnesses {
		row := witnessRow{Name: w.Name, Key: w.Key, Size: v.Int(int(w.Size)), At: v.T("sealing.never"), Mark: "breach", Word: v.T("sealing.stale")}
		if !w.At.IsZero() {
			row.At = v.at(clock.InstantOf(w.At))
		}
		switch {
		case w.Denies:
			row.Word = v.T("verify.denies")
		case w.Fresh:
			row.Mark, row.Word = "met", v.T("sealing.fresh")
		}
		if w.Problem != nil {
			row.Why = errs.In(w.Problem, v.Lang)
		}
		out.Witnesses = append(out.Witnesses, row)
	}
	return sealPage(v, out), nil
}

// backupRow is a backup that was made.
type backupRow struct{ At, Age, File, Size, Events, Findings, Mark, Word string }

// backupsView is what the page of backups shows.
type backupsView struct {
	Now  standing
	Rows []backupRow
	Data string
	Own  bool // the database makes its own
}

func (p *Pages) backups(v *view) (templ.Component, error) {
	v.title = v.T("backups.title")
	h, err := p.Machine.Health(v.r.Context())
	if err != nil {
		return nil, err
	}
	list, err := p.Machine.Backups(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := backupsView{Now: v.backupPart(h, list), Data: h.Data, Own: h.Postgres}
	for _, b := range list {
		row := backupRow{At: v.at(b.At), Age: v.span(int64(h.Clock - b.At)), File: b.File, Size: v.Bytes(b.Size), Events: v.Int(int(b.Events)), Findings: v.Int(int(b.Findings)), Mark: "met", Word: v.T("backups.encrypted")}
		if !b.Encrypted {
			row.Mark, row.Word = "risk", v.T("backups.plain")
		}
		out.Rows = append(out.Rows, row)
	}
	return backupsPage(v, out), nil
}
