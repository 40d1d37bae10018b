package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"plumbline/internal/clock"
	"plumbline/internal/service"
	"plumbline/internal/sqldb"
	"plumbline/internal/vault"
	"plumbline/internal/web"
)

// machine is what the pages of administration are told of how the system runs.
type machine struct {
	store   Record
	service *service.Service
	options *ServeOptions
	began   time.Time
}

// shownBackups is how many backups are listed.
const shownBackups = 20

// Health says how the machine stands.
func (m machine) Health(ctx context.Context) (web.Health, error) {
	dir := m.options.Config.Data
	out := web.Health{Data: dir, Version: m.options.Version, Listens: m.options.Config.Listen, Began: clock.InstantOf(m.began), Clock: clock.InstantOf(time.Now()), Trouble: m.service.Ready()}
	shape, err := m.store.Shape(ctx)
	if err != nil {
		return out, err
	}
	out.Postgres, out.Form, out.Record = shape.Postgres, shape.Form, shape.Bytes
	g, err := m.service.Gauges(ctx)
	if err != nil {
		return out, err
	}
	out.Queue, out.Segments = g.Queue, g.Segments
	custodians, err := m.store.Custodians(ctx)
	if err != nil {
		return out, err
	}
	out.Custodians = len(vault.InForce(custodians))
	out.Free, out.Disk = diskSpace(dir)
	if im, err := os.Stat(filepath.Join(dir, "image")); err == nil {
		out.Image, out.ImageBytes = clock.InstantOf(im.ModTime()), im.Size()
	}
	return out, nil
}

// Key says where the key of the seal lies.
func (m machine) Key() web.KeyPlace {
	switch c := m.options.Config; {
	case c.SealKey != "":
		return web.KeyInEnvironment
	case c.SealKeyCommand != "":
		return web.KeyByCommand
	}
	return web.KeyInFile
}

// Backups are the last that were made.
func (m machine) Backups(ctx context.Context) ([]web.Backup, error) {
	list, err := m.store.Backups(ctx, shownBackups)
	out := make([]web.Backup, len(list))
	for i, b := range list {
		out[i] = web.Backup{At: b.At, File: b.File, Size: b.Size, Encrypted: b.Encrypted, Events: b.Events, Findings: b.Findings}
	}
	return out, err
}

// Known are the packs that could be put into force: built in, or in the data
// directory; one that can't be read is left out, as proposing it says why.
func (m machine) Known() (out []web.SetupPack, err error) {
	out, err = packsOffered()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(m.options.Config.Data, "packs"))
	if os.IsNotExist(err) {
		return out, nil
	}
	for _, e := range entries {
		if list, err := packNamed(m.options.Config.Data, e.Name()); err == nil {
			out = append(out, offered(e.Name(), list)...)
		}
	}
	return out, err
}

// recordOfMachine is what is kept of the system itself; package sqldb implements it.
type recordOfMachine interface {
	Shape(ctx context.Context) (sqldb.Shape, error)
	Backups(ctx context.Context, limit int) ([]sqldb.Backup, error)
	AddSource(ctx context.Context, src service.Source) (int64, error)
	SetToken(ctx context.Context, name string, token [32]byte) error
	Disable(ctx context.Context, name string) error
}
