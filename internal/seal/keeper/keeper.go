// Package keeper keeps a log as a running service must: it signs the head after
// what was written, at most once a second; it asks witnesses to cosign that, and
// knows how fresh their word is; it serves the log to whoever asks (C2SP
// tlog-tiles); and it proves that something is in it.
//
// The head lies in the record, in the transaction of what it seals. That it is
// signed a moment later loses nothing: until then the record can only be shorter
// than what a source was told, and the next checkpoint shows that it isn't.
//
// A keeper never signs what contradicts what it signed before. Where the record
// is shorter than its last checkpoint, or its beginning another, somebody has put
// an old state back, or changed it: it signs no more, and says so.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// Store is where the log lies; package sqldb implements it.
type Store interface {
	SealHead(ctx context.Context) (seal.Checkpoint, error)
	SealTile(ctx context.Context, level int, number int64) ([]byte, error)
	SealEntries(ctx context.Context, from int64, n int) ([][]byte, error)
	SaveCheckpoint(ctx context.Context, cosigned bool, at clock.Instant, size int64, note []byte) error
	Checkpoints(ctx context.Context) (signed, cosigned []byte, err error)
	OpenFinding(ctx context.Context, id string) (leaf int64, o seal.Opening, err error)
	OpenMove(ctx context.Context, finding string, number int64) (leaf int64, o seal.Opening, err error)
	OpenFile(ctx context.Context, hash string) (leaf int64, o seal.Opening, err error)
	OpenEvent(ctx context.Context, source int64, id string, received clock.Instant) (leaf int64, o seal.Opening, err error)
}

// Fresh is how old the word of a witness may be. Without a younger one every
// page and export says that nobody outside the agency vouches for the record.
const Fresh = time.Hour

// Options are what a keeper works with.
type Options struct {
	Store     Store
	Signers   []note.Signer // the key of now, and those that still sign beside it
	Keys      []string      // all public keys of the log, oldest first
	Witnesses []Witness
	Client    *http.Client // nil: one of its own
	Now       func() time.Time
	Log       *slog.Logger
}

// Witness is who is asked to cosign.
type Witness struct {
	Key string // NAME+HASH+KEY
	URL string // below which /add-checkpoint is
}

// Keeper keeps a log. Its methods may be called from many goroutines.
type Keeper struct {
	opt       Options
	witnesses []*witness

	mu      sync.Mutex
	signed  *seal.Signed // the last; nil before the first
	problem error        // why nothing is signed
}

// New makes a keeper of the log that a store holds.
func New(ctx context.Context, o Options) (*Keeper, error) {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	k := &Keeper{opt: o}
	for _, w := range o.Witnesses {
		key, err := seal.ParseWitness(w.Key)
		if err != nil {
			return nil, err
		}
		k.witnesses = append(k.witnesses, &witness{Witness: w, name: key.Name()})
	}
	signed, cosigned, err := o.Store.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	if signed != nil {
		if k.signed, err = seal.Open(signed, o.Keys, nil); err != nil {
			return nil, fmt.Errorf("the last checkpoint: %w", err)
		}
	}
	if cosigned != nil {
		last, err := seal.Open(cosigned, o.Keys, k.witnessKeys())
		if err != nil {
			return nil, fmt.Errorf("the last cosigned checkpoint: %w", err)
		}
		for _, w := range k.witnesses {
			w.heard(last)
		}
	}
	return k, nil
}

func (k *Keeper) witnessKeys() (keys []string) {
	for _, w := range k.witnesses {
		keys = append(keys, w.Key)
	}
	return keys
}

// signEvery and askEvery are how often it is looked whether there is something to
// sign, and something to cosign.
const (
	signEvery = time.Second
	askEvery  = 10 * time.Second
	// askAgain keeps the word of witnesses fresh where nothing happens.
	askAgain = Fresh / 3
)

// Run signs and asks until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	sign, ask := time.NewTicker(signEvery), time.NewTicker(askEvery)
	defer sign.Stop()
	defer ask.Stop()
	k.note(k.Sign(ctx))
	k.Ask(ctx)
	for {
		select {
		case <-sign.C:
			k.note(k.Sign(ctx))
		case <-ask.C:
			k.Ask(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// note keeps why nothing is signed, and tells it once.
func (k *Keeper) note(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	k.mu.Lock()
	was := k.problem
	k.problem = err
	k.mu.Unlock()
	if err != nil && (was == nil || was.Error() != err.Error()) {
		k.opt.Log.Error("the log can't be signed", "error", err.Error())
	}
}

// Sign signs the log's head, where it has grown since it was last signed.
func (k *Keeper) Sign(ctx context.Context) error {
	head, err := k.opt.Store.SealHead(ctx)
	if err != nil {
		return err
	}
	head.Origin = k.Origin()
	k.mu.Lock()
	last := k.signed
	k.mu.Unlock()
	if last != nil {
		switch {
		case head.Size < last.Size:
			return k.shorter(head.Size, last.Size)
		case head.Size == last.Size && head.Root == last.Root && len(last.Keys) == len(k.opt.Signers):
			return nil
		}
		if err := seal.CheckRoot(&last.Checkpoint, k.tiles(ctx)); err != nil {
			return err
		}
	}
	msg, err := seal.Sign(&head, k.opt.Signers...)
	if err != nil {
		return err
	}
	signed, err := seal.Open(msg, k.opt.Keys, nil)
	if err != nil {
		return err
	}
	if err := k.opt.Store.SaveCheckpoint(ctx, false, k.now(), head.Size, msg); err != nil {
		return err
	}
	k.mu.Lock()
	k.signed = signed
	k.mu.Unlock()
	return nil
}

func (k *Keeper) shorter(is, was int64) error {
	return &errs.Error{Code: errs.Input, What: errs.Tf("the log has %d leaves, and %d were signed: an old state of the record was put back, or leaves were taken out", "日志有 %d 条，而此前已签署 %d 条：恢复了旧的记录，或有内容被删除", is, was),
		Next: errs.T("find out who did it; plumbline verify names what doesn't match", "请查明原因；plumbline verify 会指出不符之处")}
}

// Origin is the log's name.
func (k *Keeper) Origin() string { return k.opt.Signers[0].Name() }

func (k *Keeper) tiles(ctx context.Context) seal.ReadTile {
	return func(level int, number int64) ([]byte, error) { return k.opt.Store.SealTile(ctx, level, number) }
}

func (k *Keeper) now() clock.Instant { return clock.Instant(k.opt.Now().UnixMicro()) }

// Status is how a log stands.
type Status struct {
	Origin    string
	Keys      []string
	Size      int64 // leaves
	Signed    int64 // of those, as of the last checkpoint
	Root      seal.Hash
	Witnesses []WitnessStatus
	Fresh     bool  // a witness has cosigned within Fresh, and none knows another log
	Denied    error // what a witness says that knows another log; nil: none does
	Problem   error // why nothing is signed; nil where all is well
}

// WitnessStatus is how one witness stands.
type WitnessStatus struct {
	Name    string
	Key     string
	Size    int64     // that it cosigned last
	At      time.Time // when; zero: never
	Fresh   bool
	Denies  bool  // it has seen another log of this name, or a longer one
	Problem error // why it didn't answer as it should; nil where it did
}

// Status says how the log stands.
func (k *Keeper) Status(ctx context.Context) (Status, error) {
	head, err := k.opt.Store.SealHead(ctx)
	if err != nil {
		return Status{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s := Status{Origin: k.Origin(), Keys: k.opt.Keys, Size: head.Size, Problem: k.problem}
	if k.signed != nil {
		s.Signed, s.Root = k.signed.Size, k.signed.Root
	}
	for _, w := range k.witnesses {
		s.Witnesses = append(s.Witnesses, WitnessStatus{Name: w.name, Key: w.Key, Size: w.size, At: w.at, Problem: w.problem, Denies: w.denies, Fresh: !w.denies && k.fresh(w.at)})
		if w.denies && s.Denied == nil {
			s.Denied = w.problem
		}
	}
	s.Fresh = k.vouched()
	return s, nil
}

// Vouched says whether a witness has cosigned within Fresh, and none knows another log:
// the word of one that looked away doesn't outweigh it.
func (k *Keeper) Vouched() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.vouched()
}

// vouched is Vouched under the lock.
func (k *Keeper) vouched() bool {
	fresh := false
	for _, w := range k.witnesses {
		if w.denies {
			return false
		}
		fresh = fresh || k.fresh(w.at)
	}
	return fresh
}

// fresh says whether something was said within Fresh. What was said long after now was
// said before this machine's clock was set back: it would stay young for as long.
func (k *Keeper) fresh(at time.Time) bool {
	return !at.IsZero() && k.opt.Now().Sub(at).Abs() < Fresh
}
