package web

import (
	"context"

	"plumbline/internal/clock"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// Organisation is the agency's units and people as the record has them; package org
// keeps it, and app reads files.
type Organisation interface {
	Time() clock.Instant // by the one clock of what runs
	// As is the organisation as of a revision, 0 for the last, with its number; nil
	// where there is none.
	As(ctx context.Context, revision int64) (*org.Organisation, int64, error)
	Revisions(ctx context.Context, limit int) ([]org.Revision, error)
	// Touching are the revisions that changed days of a finding afterwards, oldest first.
	Touching(ctx context.Context, finding int64) ([]org.Revision, error)
	// Read reads a file by its name's ending: YAML, XLSX, CSV.
	Read(name string, body []byte) (*org.Draft, error)
	Plan(ctx context.Context, who org.Author, f *org.Draft, from clock.Day, hasFrom bool) (*org.Plan, error)
	Apply(ctx context.Context, who org.Author, p *org.Plan, reason string) (*org.Revision, error)
}

// Tokens keeps who may send and read without being a person. A token is told once.
type Tokens interface {
	Add(ctx context.Context, src service.Source) (token string, err error)
	Rotate(ctx context.Context, name string) (token string, err error)
	Disable(ctx context.Context, name string) error
}

// Machine says how the system runs; nothing of what it holds.
type Machine interface {
	Health(ctx context.Context) (Health, error)
	Key() KeyPlace
	Backups(ctx context.Context) ([]Backup, error) // newest first
	Known() ([]SetupPack, error)                   // packs that could be put into force
}

// Health is how the machine stands.
type Health struct {
	Version, Data, Listens string
	Began, Clock           clock.Instant // when the service started, and what the machine's clock says
	Trouble                error         // why nothing is taken; nil where all is well
	Postgres               bool
	Form                   int64 // of the tables: the last migration
	Record                 int64 // bytes of the record
	Free, Disk             int64 // bytes; 0 where the system doesn't say
	Queue                  int   // events that wait to be judged
	Segments               int64
	Image                  clock.Instant // when it was made; 0: there is none
	ImageBytes             int64
	Custodians             int // of sealed identities, who get shares now
}

// KeyPlace is where the key of the seal lies.
type KeyPlace string

// Where the key of the seal lies.
const (
	KeyInFile        KeyPlace = "file"
	KeyInEnvironment KeyPlace = "environment"
	KeyByCommand     KeyPlace = "command"
)

// Backup is one that was made of the record, and read again.
type Backup struct {
	At               clock.Instant
	File             string
	Size             int64
	Encrypted        bool
	Events, Findings int64
}
