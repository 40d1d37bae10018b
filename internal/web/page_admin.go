package web

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/vault"
)

// standing is how one part of the system stands.
type standing struct{ Mark, Word, Name, Says, Link, Leads string }

// stepToDo is something that a new system lacks.
type stepToDo struct {
	Done             bool
	Name, Says, Link string
}

// adminView is what the front page of administration shows.
type adminView struct {
	Parts []standing
	Steps []stepToDo // nil once all are done
	Facts [][2]string
}

// How old a backup, and how full a disk may be.
const (
	backupAged = clock.Instant(2 * 24 * time.Hour / time.Microsecond)
	backupOld  = clock.Instant(7 * 24 * time.Hour / time.Microsecond)
	diskLow    = 5 // a fifth is free
	diskFull   = 20
	queueLong  = 100_000
	leapt      = clock.Instant(2 * time.Minute / time.Microsecond)
)

// part is a line of the page: a part of the system with its state in one word, what is
// to be said of it, and where to look.
func (v *view) part(mark, name, says, link string) standing {
	s := standing{Mark: mark, Word: v.T("admins.is_" + mark), Name: v.T("admins.part_" + name), Says: says, Link: link}
	if link != "" {
		s.Leads = v.T("admins.look")
	}
	return s
}

func (p *Pages) admin(v *view) (templ.Component, error) {
	v.title = v.T("admin.title")
	ctx := v.r.Context()
	h, err := p.Machine.Health(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := p.Service.Sources(ctx)
	if err != nil {
		return nil, err
	}
	backups, err := p.Machine.Backups(ctx)
	if err != nil {
		return nil, err
	}
	sealPart, vouched, err := p.sealPart(v)
	if err != nil {
		return nil, err
	}
	out := adminView{Parts: []standing{v.servicePart(h), v.diskPart(h), v.sourcesPart(sources), v.backupPart(h, backups), sealPart, v.vaultPart(h), v.clockPart(h)}}
	image := v.T("admins.none")
	if h.Image != 0 {
		image = v.T("admins.image_is", v.Bytes(h.ImageBytes), v.at(h.Image))
	}
	engine := "SQLite"
	if h.Postgres {
		engine = "PostgreSQL"
	}
	out.Facts = [][2]string{{v.T("admin.version"), h.Version}, {v.T("admins.began"), v.at(h.Began)}, {v.T("admins.listens"), h.Listens}, {v.T("admins.data"), h.Data},
		{v.T("admins.record"), v.T("admins.record_is", engine, v.Bytes(h.Record), h.Form)}, {v.T("admins.segments"), v.Int(int(h.Segments))}, {v.T("admins.image"), image},
		{v.T("admin.zone"), p.Zone.Name()}, {v.T("admin.rules"), v.Int(len(p.Service.Rules()))}, {v.T("admin.sources"), v.Int(len(sources))}}
	out.Steps, err = p.steps(v, len(sources) > 0, len(backups) > 0 || h.Postgres, vouched)
	return admin(v, out), err
}

func (v *view) servicePart(h Health) standing {
	if h.Trouble != nil {
		says := v.T("admins.not_ready")
		if t := service.TroubleOf(h.Trouble); t != nil {
			says = (&errs.Error{What: t.What, Next: t.Next}).In(v.Lang)
		}
		return v.part("breach", "service", says, "")
	}
	says := v.T("admins.takes", v.Int(h.Queue))
	if h.Queue > queueLong {
		return v.part("risk", "service", says, "")
	}
	return v.part("met", "service", says, "")
}

func (v *view) diskPart(h Health) standing {
	switch says := v.T("admins.free", v.Bytes(h.Free), v.Bytes(h.Disk)); {
	case h.Disk == 0:
		return v.part("na", "disk", v.T("admins.disk_unknown"), "")
	case h.Free < h.Disk/diskFull:
		return v.part("breach", "disk", says+" "+v.T("admins.disk_full"), "")
	case h.Free < h.Disk/diskLow:
		return v.part("risk", "disk", says, "")
	default:
		return v.part("met", "disk", says, "")
	}
}

func (v *view) sourcesPart(list []service.SourceInfo) standing {
	sends, silent, waiting, lag := 0, 0, int64(0), int64(0)
	var holds *service.SourceInfo
	for i := range list {
		s := &list[i]
		if s.Source.Disabled || s.Source.Role != service.RoleSource && s.Source.Role != "" {
			continue
		}
		sends++
		waiting += s.Waiting
		lag = max(lag, s.Lag)
		if s.State.Silent {
			silent++
		}
		if holdsBack(s) {
			holds = s
		}
	}
	says := v.T("admins.sources_are", v.Int(sends), v.span(lag), v.Int(silent), v.Int(int(waiting)))
	switch {
	case sends == 0:
		return v.part("na", "sources", v.T("admins.sources_none"), "/admin/tokens")
	case holds != nil:
		return v.part("breach", "sources", v.T("today.holds", holds.Source.Name)+v.T("list.semicolon")+v.T("today.holds_says", v.span(holds.Source.Lateness)), "/sources")
	case silent > 0:
		return v.part("breach", "sources", says, "/sources")
	case waiting > 0:
		return v.part("risk", "sources", says, "/sources")
	}
	return v.part("met", "sources", says, "/sources")
}

func (v *view) backupPart(h Health, list []Backup) standing {
	if h.Postgres {
		return v.part("na", "backup", v.T("admins.backup_postgres"), "/admin/backups")
	}
	if len(list) == 0 {
		return v.part("breach", "backup", v.T("admins.backup_never"), "/admin/backups")
	}
	age := h.Clock - list[0].At
	says := v.T("admins.backup_last", v.span(int64(age)), v.Bytes(list[0].Size))
	switch {
	case age > backupOld:
		return v.part("breach", "backup", says, "/admin/backups")
	case age > backupAged:
		return v.part("risk", "backup", says, "/admin/backups")
	}
	return v.part("met", "backup", says, "/admin/backups")
}

// vaultPart says whether identities can be sealed, and by how many they can be opened.
func (v *view) vaultPart(h Health) standing {
	switch n := v.Int(h.Custodians); {
	case h.Custodians == 0:
		return v.part("na", "vault", v.T("admins.vault_none"), "")
	case h.Custodians < vault.MinCustodians:
		return v.part("breach", "vault", v.T("admins.vault_few", n), "")
	case h.Custodians < vault.EnoughCustodians:
		return v.part("risk", "vault", v.T("admins.vault_two", n), "")
	default:
		return v.part("met", "vault", v.T("admins.vault_are", n), "")
	}
}

func (p *Pages) sealPart(v *view) (s standing, vouched bool, err error) {
	if p.Seal == nil {
		return v.part("na", "seal", v.T("admins.none"), ""), true, nil
	}
	st, err := p.Seal.Status(v.r.Context())
	if err != nil {
		return s, false, err
	}
	says := v.T("admins.seal_is", v.Int(int(st.Size)), v.Int(int(st.Size-st.Signed)))
	switch {
	case st.Problem != nil:
		return v.part("breach", "seal", errs.In(st.Problem, v.Lang), "/admin/seal"), st.Fresh, nil
	case st.Denied != nil:
		return v.part("breach", "seal", errs.In(st.Denied, v.Lang), "/admin/seal"), false, nil
	case len(st.Witnesses) == 0:
		return v.part("risk", "seal", says+" "+v.T("admins.no_witness"), "/admin/seal"), false, nil
	case !st.Fresh:
		return v.part("risk", "seal", says+" "+v.T("admins.not_fresh"), "/admin/seal"), false, nil
	}
	return v.part("met", "seal", says+" "+v.T("admins.fresh"), "/admin/seal"), true, nil
}

// clockPart holds the time by which is judged against the machine's clock: it never
// goes back, and lags where the clock leapt.
func (v *view) clockPart(h Health) standing {
	apart := h.Clock - v.now
	says := v.T("admins.clock_is", v.at(v.now), v.at(h.Clock))
	if v.p.Demo == nil && (apart > leapt || apart < -leapt) {
		return v.part("risk", "clock", says+" "+v.T("admins.clock_leapt"), "")
	}
	return v.part("met", "clock", says, "")
}

// steps are what a new system still lacks; none once it lacks nothing.
func (p *Pages) steps(v *view, hasSource, hasBackup, vouched bool) ([]stepToDo, error) {
	ctx := v.r.Context()
	o, _, err := p.Organisation.As(ctx, 0)
	if err != nil {
		return nil, err
	}
	accounts, err := p.Identity.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	has := func(r access.Role) bool {
		for i := range accounts {
			if !accounts[i].Disabled && slices.Contains(accounts[i].Roles, r) {
				return true
			}
		}
		return false
	}
	var out []stepToDo
	lacks := false
	add := func(done bool, key, link string) {
		out = append(out, stepToDo{done, v.T("begin." + key), v.T("begin." + key + "_says"), link})
		lacks = lacks || !done
	}
	add(o != nil, "organisation", "/organisation/import")
	add(has(access.Supervisor) && has(access.Verifier), "accounts", "/admin/accounts#add")
	add(hasSource, "source", "/admin/tokens#add")
	add(len(p.Service.Rules()) > 0, "packs", "/admin/packs")
	add(hasBackup, "backup", "/admin/backups")
	add(vouched, "witness", "/admin/seal#witnesses")
	if !lacks {
		return nil, nil
	}
	return out, nil
}
