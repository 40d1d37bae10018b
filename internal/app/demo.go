package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/service"
	"plumbline/internal/sim/agency"
	"plumbline/internal/sqldb"
)

// DemoOptions say what the service of a demo shows.
type DemoOptions struct {
	Data    string // the data directory
	Listen  string
	Speed   float64  // seconds of the agency in one second
	Plan    DemoPlan // of a demo that begins; one that goes on must have the same
	Lang    errs.Lang
	Version string
	Log     *slog.Logger
	// Progress tells how many events of the past were taken; Ready that they all
	// are; Found what was found since then.
	Progress func(events int)
	Ready    func(DemoReady)
	Found    func(DemoFinding)
	Over     func() // the simulated time is over; the service goes on
}

// DemoPlan is what a demo is made of. Another plan is another demo.
type DemoPlan struct {
	Cases int    `json:"cases"` // a year
	Seed  uint64 `json:"seed"`
	Log   string `json:"log,omitempty"` // a real log of fines that is taken in, too
}

// DemoReady is what a demo tells once its history is there.
type DemoReady struct {
	Addr     net.Addr
	Now      clock.Instant // by its clock
	Zone     *clock.Zone
	Again    bool // it goes on where one before it stopped
	Events   int64
	Findings int64
	Tokens   DemoTokens
	Case     string // one with a grave finding; "" for none
}

// DemoTokens open the demo's service; they are kept, as nobody would do with
// those of a real one.
type DemoTokens struct {
	Reader string `json:"reader"`
	Admin  string `json:"admin"`
}

// DemoFinding is a finding with its rule's title.
type DemoFinding struct {
	service.Finding
	Title errs.Text
}

// DemoPassword is that of all the demo's accounts.
const DemoPassword = "plumbline-demo"

var demoAgencyName = errs.T("Simulated city bureau", "模拟市公安局")

// demoAdministrator is the account that setting up makes.
const demoAdministrator = "admin"

// demoOfficerUnit is where the account of an officer stands.
const demoOfficerUnit = "county-1-station-1"

// demoAccounts are one for each other role, called by it; those of a person are of
// the first who holds the post.
var demoAccounts = []struct {
	role       access.Role
	unit, post string
}{
	{access.Supervisor, "oversight", ""}, {access.Head, "county-1", "county_head"}, {access.Officer, demoOfficerUnit, "investigator"},
	{access.Verifier, "oversight", ""}, {access.Auditor, "oversight", ""}, {access.Lay, "oversight", ""}, {access.Custodian, "oversight", ""},
}

// DemoAccounts are the names to sign in with.
func DemoAccounts() []string {
	var names []string
	for _, a := range demoAccounts {
		names = append(names, string(a.role))
	}
	return append(names, demoAdministrator)
}

// The demo's sources: what happened before it began, and what happens. Of the
// latter events may be dated ahead of their entry, since that is one of the faults.
const (
	demoPast     = "history"
	demoLive     = "case-system"
	demoLog      = "log"
	demoReader   = "reader"
	demoAdmin    = "desk"
	demoFile     = "demo.json"
	demoHistory  = (735*24 + 8) * time.Hour // from 2024-01-01 to a Monday morning, 2026-01-05, when people work
	demoLateness = 24 * 3600 * 1_000_000
	demoSkew     = 3 * 24 * 3600 * 1_000_000
)

// demoState is what the data directory says of the demo in it.
type demoState struct {
	Plan   DemoPlan   `json:"plan"`
	Tokens DemoTokens `json:"tokens"`
}

// ServeDemo runs a service on which a simulated agency has two years behind it and
// goes on living, until ctx ends. It has one clock, the agency's, which runs through
// the history as it is taken in and from its end on goes Speed times as fast as the
// wall's; while the demo isn't run it stands still.
func ServeDemo(ctx context.Context, o DemoOptions) error {
	state, err := openDemo(o)
	if err != nil {
		return err
	}
	config := datadir.Config{Data: o.Data, Listen: o.Listen, LogFormat: "text"}
	d, err := datadir.Serve(ctx, config)
	if err != nil {
		return err
	}
	run := &demoRun{DemoOptions: o, state: state, store: d.Store}
	if run.zone, err = clock.LoadZone(agencyZone); err != nil {
		return errors.Join(err, d.Close())
	}
	err = run.serve(ctx, config)
	return errors.Join(err, d.Close())
}

// simulated is the agency of a plan: two years, and as much of the third as the
// calendar knows.
func (p DemoPlan) simulated() agency.Options {
	return agency.Options{Units: 3, Cases: p.Cases * agency.MaxDays / 365, Days: agency.MaxDays, Seed: p.Seed, Rates: agency.UsualRates()}
}

// begins is when the demo's clock begins: where its history ends.
func (p DemoPlan) begins() clock.Instant {
	return clock.InstantOf(p.simulated().Begin().Add(demoHistory))
}

// openDemo sets a demo up, or looks whether the one that is there is the one that
// is wanted.
func openDemo(o DemoOptions) (*demoState, error) {
	if err := o.Plan.simulated().Check(); err != nil {
		return nil, err
	}
	file := filepath.Join(o.Data, demoFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return newDemo(o)
	}
	if err != nil {
		return nil, cantRead(file, err)
	}
	state := &demoState{}
	if err := json.Unmarshal(text, state); err != nil {
		return nil, &errs.Error{Code: errs.Input, Place: errs.Place{File: file}, Err: err, What: errs.T("this isn't what a demo writes", "这不是演示所写的文件"), Next: demoAnew}
	}
	if state.Plan != o.Plan {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.Data},
			What: errs.Tf("here is a demo with other options: --agency %d --seed %d --log %q", "此处是用其他参数开始的演示：--agency %d --seed %d --log %q", state.Plan.Cases, state.Plan.Seed, state.Plan.Log),
			Next: demoAnew}
	}
	return state, nil
}

var demoAnew = errs.T("use them again to go on with it, begin anew with --new, or name another folder with --dir", "请用相同参数继续，或用 --new 重新开始，或用 --dir 换一个文件夹")

// demoReconciled are the demo's comparisons: what was reported against what was
// registered, in the days before it began and since.
const demoReconciled = `reconcile:
- name: reports-registered
  title: {en: Reports and registered reports, zh: 接报与登记}
  says: {en: Every report that an officer receives is registered in the case system., zh: 民警接到的每一起报案均须在办案系统登记。}
  severity: major
  left: {source: case-system, types: [Report received]}
  right: {source: case-system, types: [Report registered]}
  by: [day, unit]
  tolerance: {absolute: 6, percent: 50}
  wait: 72h
  from: %[1]s
- name: reports-registered-before
  title: {en: Reports and registered reports before the change of system, zh: 接报与登记（系统切换前）}
  says: {en: The same in what the old system exported., zh: 旧系统导出数据中的同一比对。}
  severity: major
  left: {source: history, types: [Report received]}
  right: {source: history, types: [Report registered]}
  by: [day, unit]
  tolerance: {absolute: 6, percent: 50}
  wait: 72h
  from: %[1]s
`

// newDemo sets a data directory up as an administrator would, beside its place, so
// that half of one is never taken for a demo.
func newDemo(o DemoOptions) (*demoState, error) {
	part := o.Data + ".part"
	if err := os.RemoveAll(part); err != nil {
		return nil, unwrittenDemo(part, err)
	}
	state := &demoState{Plan: o.Plan}
	if err := state.setUp(part, o.Lang); err != nil {
		return nil, err
	}
	if err := os.Rename(part, o.Data); err != nil {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: o.Data}, Err: err, What: errs.T("there is something else in this folder", "此文件夹中有其他内容"),
			Next: errs.T("remove it, or name another one with --dir", "请将其删除，或用 --dir 换一个文件夹")}
	}
	return state, nil
}

func (d *demoState) setUp(dir string, lang errs.Lang) error {
	begins := clock.InstantOf(d.Plan.simulated().Begin())
	config := datadir.Config{Data: dir}
	set := service.Settings{Agency: demoAgencyName.In(lang), Zone: agencyZone, Lang: string(lang), Packs: AgencyPacks}
	if d.Plan.Log != "" {
		set.Packs = append([]string{SimulatedPack}, set.Packs...)
	}
	ctx := context.Background()
	if err := datadir.Setup(ctx, datadir.SetupOptions{Config: config, Admin: demoAdministrator, Password: DemoPassword, Now: begins, Settings: set}); err != nil {
		return err
	}
	organisation := agency.New(d.Plan.simulated()).Organisation()
	store, err := datadir.Open(ctx, config)
	if err != nil {
		return err
	}
	err = d.addSources(ctx, store, begins)
	if err == nil {
		err = addDemoAccounts(ctx, store, string(organisation), begins)
	}
	if err := errors.Join(err, store.Close()); err != nil {
		return err
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{organisationFile: organisation, reconcileFile: []byte(fmt.Sprintf(demoReconciled, d.Plan.begins().Time().AddDate(0, 0, -20).Format(time.DateOnly))), demoFile: append(text, '\n')} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return unwrittenDemo(dir, err)
		}
	}
	return nil
}

// addDemoAccounts adds an account for each role, with a password that needs no
// changing.
func addDemoAccounts(ctx context.Context, store *sqldb.Store, organisation string, begins clock.Instant) error {
	hash, err := identity.NewHash(DemoPassword, "", "")
	if err != nil {
		return err
	}
	for _, a := range demoAccounts {
		account := identity.Account{Name: string(a.role), Roles: []access.Role{a.role}, Hash: hash, Handle: rand.Text(), Unit: a.unit, Created: begins}
		if a.post != "" {
			holder := regexp.MustCompile(`id: (\S+), unit: ` + a.unit + `, post: ` + a.post).FindStringSubmatch(organisation)
			if holder == nil {
				return fmt.Errorf("the simulated agency has no %s in %s", a.post, a.unit)
			}
			account.Person, account.Unit = holder[1], ""
		}
		if err := store.AddAccount(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

// addSources adds who sends and who reads. A real log may be as late as it is old:
// only once all of it is there and its source disabled is absence judged.
func (d *demoState) addSources(ctx context.Context, store *sqldb.Store, begins clock.Instant) error {
	sources := []service.Source{{Name: demoPast, Lateness: demoLateness, Skew: demoSkew}, {Name: demoLive, Lateness: demoLateness, Skew: demoSkew}, {Name: demoReader, Role: service.RoleReader}, {Name: demoAdmin, Role: service.RoleAdmin}}
	if d.Plan.Log != "" {
		sources = append(sources, service.Source{Name: demoLog, Lateness: int64(d.Plan.begins()), Skew: demoSkew})
	}
	for _, src := range sources {
		token, kept := datadir.NewToken()
		src.Token, src.Created = kept, begins
		switch src.Name {
		case demoReader:
			d.Tokens.Reader = token
		case demoAdmin:
			d.Tokens.Admin = token
		}
		if _, err := store.AddSource(ctx, src); err != nil {
			return err
		}
	}
	return nil
}

// RemoveDemo removes the data of a demo, so that another one begins. A data
// directory that no demo made is left alone.
func RemoveDemo(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if !there(filepath.Join(dir, demoFile)) {
		return &errs.Error{Code: errs.Usage, Place: errs.Place{File: dir}, What: errs.T("no demo made this folder, so it isn't removed", "此文件夹不是演示建立的，因此不予删除"),
			Next: errs.T("name another folder with --dir", "请用 --dir 换一个文件夹")}
	}
	held, err := datadir.Serve(context.Background(), datadir.Config{Data: dir}) // nobody serves it
	if err != nil {
		return err
	}
	if err := held.Close(); err != nil {
		return err
	}
	return unwrittenDemo(dir, os.RemoveAll(dir))
}

func unwrittenDemo(dir string, err error) error {
	if err == nil {
		return nil
	}
	why := errs.System(err)
	return &errs.Error{Code: errs.Internal, Place: errs.Place{File: dir}, Err: err, What: errs.T("can't be written: "+why.En, "无法写入："+why.Zh),
		Next: errs.T("check that you may write there and that the disk has room", "请检查是否可写、磁盘是否有空间")}
}

// demoClock is the one clock of a demo's service. While the history is taken in it
// shows what it is set to; then it goes by itself. Its monotonic time goes as fast as
// its wall's, so that nothing leaps.
type demoClock struct {
	mu    sync.Mutex
	start clock.Instant
	began time.Time // zero: it is set
	speed float64
}

func (c *demoClock) now() (wall clock.Instant, mono int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall = c.start
	if !c.began.IsZero() {
		wall += clock.Instant(float64(time.Since(c.began).Microseconds()) * c.speed)
	}
	return wall, int64(wall)
}

// set lets the clock show an instant, unless it shows a later one.
func (c *demoClock) set(t clock.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start = max(c.start, t)
}

// run lets the clock go.
func (c *demoClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began = time.Now()
}

// until is how long it takes until the clock shows an instant.
func (c *demoClock) until(t clock.Instant) time.Duration {
	wall, _ := c.now()
	return time.Duration(float64(t-wall) / c.speed * float64(time.Microsecond))
}

// demoRun is one run of a demo.
type demoRun struct {
	DemoOptions
	state  *demoState
	store  *sqldb.Store
	clock  *demoClock
	again  bool // the history is there
	addr   net.Addr
	zone   *clock.Zone
	titles map[[2]string]errs.Text // by pack and rule
	told   int64                   // the last finding's number
}

func (r *demoRun) serve(ctx context.Context, config datadir.Config) error {
	pos, err := r.store.Position(ctx)
	if err != nil {
		return err
	}
	sources, err := r.store.Sources(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		r.again = r.again || src.Name == demoPast && src.Disabled
	}
	r.clock = &demoClock{start: max(clock.InstantOf(r.state.Plan.simulated().Begin()), pos.Now), speed: r.Speed}
	if r.again {
		r.clock.set(r.state.Plan.begins())
		r.clock.run()
	}
	return Serve(ctx, ServeOptions{Demo: true, Store: r.store, Config: config, Log: r.Log, Version: r.Version, Now: r.clock.now,
		Started: func(addr net.Addr) { r.addr = addr },
		Along:   r.live})
}

// ready gathers what is told once the history is there.
func (r *demoRun) ready(ctx context.Context, s *service.Service) error {
	out := DemoReady{Addr: r.addr, Zone: r.zone, Again: r.again, Tokens: r.state.Tokens}
	out.Now, _ = r.clock.now()
	states, err := r.store.SourceStates(ctx)
	if err != nil {
		return err
	}
	for _, st := range states {
		out.Events += st.Taken
	}
	counts, err := r.store.FindingCounts(ctx)
	if err != nil {
		return err
	}
	out.Findings = counts[service.Open] + counts[service.ClaimedMet]
	pos, err := r.store.Position(ctx)
	if err != nil {
		return err
	}
	r.told = pos.NextFinding
	page, err := s.Findings(ctx, service.FindingQuery{Packs: AgencyPacks[:1], Kind: "rule", Sort: "-severity", Limit: 500})
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(page.Findings, func(f service.Finding) bool { return f.Case != "" }); i >= 0 {
		out.Case = page.Findings[i].Case
	}
	r.Ready(out)
	return nil
}
