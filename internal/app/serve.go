package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"plumbline/internal/api"
	"plumbline/internal/clock"
	"plumbline/internal/datadir"
	"plumbline/internal/errs"
	"plumbline/internal/ledger"
	"plumbline/internal/logmap"
	"plumbline/internal/pack"
	"plumbline/internal/service"
	"plumbline/internal/vault"
)

// ServeOptions say what is served where.
type ServeOptions struct {
	Store   Record
	Config  datadir.Config
	Log     *slog.Logger
	Version string
	Started func(addr net.Addr) // called once events are taken
	Demo    bool                // the accounts of the demonstration are shown to who signs in
	// Now is the one clock of what runs, as service.Options.Now; nil: the machine's.
	Now          func() (wall clock.Instant, mono int64)
	ClockIsRight bool // of the machine: however far it is ahead of the record
	doubtClock   bool // it may not be so
	// Along runs beside the service from then on until its ctx ends; its error ends
	// the service. May be nil.
	Along func(ctx context.Context, s *service.Service) error
}

// Serve judges what comes in until ctx ends, then lets what is under way end
// and stops, within five seconds.
func Serve(ctx context.Context, o ServeOptions) error {
	if o.Now == nil {
		o.doubtClock = !o.ClockIsRight
		began := time.Now()
		o.Now = func() (clock.Instant, int64) {
			return clock.Instant(time.Now().UnixMicro()), passed(began).Microseconds()
		}
	}
	s, zone, beside, err := startService(ctx, &o)
	if err != nil {
		return err
	}
	stop := func() error {
		c, cancel := context.WithTimeout(context.Background(), 1900*time.Millisecond) // the rest of the five seconds is for requests
		defer cancel()
		return s.Close(c)
	}
	if beside.table, err = tableOf(ctx, o.Store, o.Log); err != nil {
		return errors.Join(err, stop())
	}
	if beside.people, err = signIn(&o, beside); err == nil {
		err = beside.people.HideSecrets(ctx)
	}
	if err != nil {
		return errors.Join(err, stop())
	}
	log, err := keep(ctx, &o, s)
	if err != nil {
		return errors.Join(err, stop())
	}
	beside.vault = &vault.Keeper{Store: o.Store, Now: o.wall}
	desk := approvals(&o, s, zone, beside)
	shown, err := pages(ctx, &o, s, zone, beside, log, desk)
	if err != nil {
		return errors.Join(err, stop())
	}
	a, err := api.New(s, api.Options{Zone: zone, Version: o.Version, Log: o.Log, Pages: shown, Ledger: beside.ledger, Organisation: organisationFace{beside.organisation}, People: beside.people, Accounts: beside.people, Record: o.Store, Approvals: desk, Agreed: o.Store, Tokens: tokens{o.Store}, Vault: beside.vault, Policy: beside.table.Now, Seal: log})
	if err != nil {
		return errors.Join(err, stop())
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Config.Listen)
	if err != nil {
		return errors.Join(&errs.Error{Code: errs.Usage, Err: err,
			What: errs.Tf("can't listen on %s: %v", "无法监听 %s：%v", o.Config.Listen, reasonOf(err)),
			Next: errs.T("choose another address with --listen, or stop what listens there", "请用 --listen 换一个地址，或停止占用该地址的程序")}, stop())
	}
	if o.Started != nil {
		o.Started(l.Addr())
	}
	running, enough := context.WithCancelCause(ctx)
	wait := beside.run(running, o, s, zone)
	along := o.along(running, enough, s)
	kept := log.start(running)
	err = a.Serve(running, l)
	enough(nil)
	wait()
	err = errors.Join(err, <-along, stop())
	<-kept
	return errors.Join(err, log.last())
}

// along starts what runs beside the service, and gives what became of it.
func (o *ServeOptions) along(ctx context.Context, end context.CancelCauseFunc, s *service.Service) <-chan error {
	ended := make(chan error, 1)
	if o.Along == nil {
		close(ended)
		return ended
	}
	go func() {
		err := o.Along(ctx, s)
		if err != nil {
			end(err)
		}
		ended <- err
	}()
	return ended
}

// startService folds the record and starts the judge, by what stands beside it.
func startService(ctx context.Context, o *ServeOptions) (*service.Service, *clock.Zone, *attached, error) {
	settings, err := o.Store.Settings(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	zone, err := clock.LoadZone(settings.Zone)
	if err != nil {
		return nil, nil, nil, err
	}
	if o.doubtClock {
		if err := clockSet(ctx, o.Store, zone, o.wall()); err != nil {
			return nil, nil, nil, err
		}
	}
	beside, err := attachments(o.Config.Data)
	if err != nil {
		return nil, nil, nil, err
	}
	if beside.organisation, err = organisationAt(ctx, o.Store, o.Config.Data, zone, o.wall, o.Log); err != nil {
		return nil, nil, nil, err
	}
	if beside.ledger, err = theLedger(ctx, o, zone, beside); err != nil {
		return nil, nil, nil, err
	}
	inForce, err := o.Store.Packs(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	var packs []*pack.Pack
	if len(inForce) == 0 {
		if packs, err = Packs(settings.Packs); err != nil {
			return nil, nil, nil, err
		}
	}
	files := ledger.OpenFiles(filepath.Join(o.Config.Data, filesDir))
	s, err := service.Start(ctx, service.Options{Store: o.Store, Packs: packs, Zone: zone, Log: o.Log, Version: o.Version,
		Image: filepath.Join(o.Config.Data, "image"), Stamp: stamped(beside.organisation), Reconcile: beside.comparisons,
		Now:      o.Now,
		Cores:    cores(),
		Garbage:  garbage(memory()),
		LoadPack: func(name string) ([]*pack.Pack, error) { return packNamed(o.Config.Data, name) },
		Refused:  refusing(), DropFile: files.Drop})
	if err != nil {
		return nil, nil, nil, err
	}
	if err := sweep(ctx, o.Store, s, files); err != nil {
		return nil, nil, nil, errors.Join(err, s.Close(ctx))
	}
	return s, zone, beside, nil
}

// sweep ends what an erasure left to do on files when the program ended.
func sweep(ctx context.Context, store Record, s *service.Service, files *ledger.Files) error {
	list, err := s.Erasures(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	known, err := store.FileHashes(ctx)
	if err != nil {
		return err
	}
	return files.Sweep(known)
}

// refusing says which names of fields are about the public. The same few come with
// every event, so what was found of a name is remembered.
func refusing() func(field string) (what, whatZH string, refused bool) {
	const most = 10_000 // a hostile source may send a new name each time
	type found struct {
		what errs.Text
		yes  bool
	}
	var mu sync.Mutex
	known := map[string]found{}
	return func(field string) (string, string, bool) {
		mu.Lock()
		defer mu.Unlock()
		f, ok := known[field]
		if !ok {
			if f.what, f.yes = logmap.Refused(field, nil); len(known) == most {
				clear(known)
			}
			known[strings.Clone(field)] = f
		}
		return f.what.En, f.what.Zh, f.yes
	}
}

// packNamed finds a built-in pack, or one in the data directory's folder of
// packs: a caller over the network names no other files of this machine.
func packNamed(dir, name string) ([]*pack.Pack, error) {
	if slices.Contains(pack.BuiltIn(), name) {
		return pack.Load(name)
	}
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return nil, &errs.Error{Code: errs.Usage, What: errs.Tf("%q is no name of a pack", "“%s”不是规则包名称", name),
			Next: errs.Tf("put it into the folder packs of the data directory and give the folder's name; built-in ones are: %s",
				"请放入数据目录的 packs 文件夹并给出其文件夹名；内置规则包有：%s", strings.Join(pack.BuiltIn(), ", "))}
	}
	return pack.Load(filepath.Join(dir, "packs", name))
}

// reasonOf is what the system says, without the address again.
func reasonOf(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return op.Err
	}
	return err
}
